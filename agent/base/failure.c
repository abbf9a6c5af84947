/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/base/failure.h"

#include "agent/base/exit_code.h"
#include "agent/base/log.h"
#include "policy/file/diagnostics.h"

#include <errno.h>
#include <string.h>

static void log_diagnostics(const struct diagnostics *diagnostics)
{
	for (size_t i = 0; i < diagnostics->n_texts; i++)
		log_error("%s", diagnostics->texts[i]);
}

int failure_tell(int error, const char *what, const struct diagnostics *diagnostics)
{
	if (error == -EBADMSG && diagnostics && diagnostics->n_texts) {
		log_diagnostics(diagnostics);
		return EXIT_CODE_BAD_INPUT;
	}
	log_error("%s: %s", what, strerror(-error));
	return EXIT_CODE_INTERNAL;
}
