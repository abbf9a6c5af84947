/* SPDX-License-Identifier: Apache-2.0 */

/* rules: which rules are loaded, what they need to know, and what they do. */

#include "agent/base/exit_code.h"
#include "agent/commands.h"
#include "agent/options.h"
#include "agent/output.h"
#include "agent/reconcile/policy_in_force.h"
#include "agent/reconcile/sources.h"
#include "agent/report/report_json.h"
#include "agent/report/rule_table.h"
#include "cleanup.h"

int command_rules(const struct options *options)
{
	_cleanup_(policy_in_force_clear) struct policy_in_force policy = {.config = {.nics = NULL}};
	const struct sources sources = options_sources(options);
	int result = policy_in_force_load(&sources, &policy);

	if (result != 0)
		return result;
	if (options->json)
		report_print_rules_json(stdout, &policy.rules);
	else
		rule_table_print(stdout, &policy.rules);
	return output_end(EXIT_CODE_OK);
}
