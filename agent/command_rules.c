/* SPDX-License-Identifier: Apache-2.0 */

/* rules: which rules are loaded, what they need to know, and what they do. */

#include "agent/base/exit_code.h"
#include "agent/commands.h"
#include "agent/options.h"
#include "agent/output.h"
#include "agent/reconcile/rules_in_force.h"
#include "agent/reconcile/sources.h"
#include "agent/report/report_json.h"
#include "agent/report/rule_table.h"
#include "cleanup.h"
#include "policy/rule.h"

int command_rules(const struct options *options)
{
	_cleanup_(rules_clear) struct rules rules = {0};
	const struct sources sources = options_sources(options);
	int result = rules_in_force_load(&sources, &rules);

	if (result != 0)
		return result;
	if (options->json)
		report_print_rules_json(stdout, &rules);
	else
		rule_table_print(stdout, &rules);
	return output_end(EXIT_CODE_OK);
}
