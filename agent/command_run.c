/* SPDX-License-Identifier: Apache-2.0 */

/* run: the service. */

#include "agent/commands.h"
#include "agent/options.h"
#include "agent/reconcile/sources.h"
#include "agent/service/service.h"

int command_run(const struct options *options)
{
	const struct sources sources = options_sources(options);

	return service_run(&sources);
}
