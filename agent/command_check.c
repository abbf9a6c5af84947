/* SPDX-License-Identifier: Apache-2.0 */

/* check: reads configuration and rules, and says what is wrong with them. */

#include "agent/base/exit_code.h"
#include "agent/base/log.h"
#include "agent/commands.h"
#include "agent/output.h"
#include "agent/reconcile/inspection.h"
#include "cleanup.h"

/* No error: the rules of another release may have other names; but the operator must see it. */
static void warn_choices(const struct agent_config *config)
{
	for (size_t i = 0; i < config->n_choices; i++) {
		if (!config->choices[i].fits)
			log_warning("%s: \"%s\" fits the id of no rule", config->choices[i].source,
				    config->choices[i].glob);
	}
}

int command_check(const struct options *options)
{
	_cleanup_(inspection_clear) struct inspection inspection = {0};
	int result;

	result = inspection_load(options, &inspection);
	if (result != 0)
		return result;
	warn_choices(&inspection.config);
	if (options->json) {
		printf("{\"schema\":1,\"valid\":true,\"rules\":%zu,\"masked\":%zu}\n",
		       inspection.rules.n_rules, inspection.rules.n_masked);
		return output_end(EXIT_CODE_OK);
	}
	printf("Configuration and rules are valid: %zu rules, %zu masked.\n",
	       inspection.rules.n_rules, inspection.rules.n_masked);
	for (size_t i = 0; i < inspection.rules.n_rules; i++)
		printf("  %s: %s (%s)\n", inspection.rules.rules[i].id,
		       rule_mode_name(inspection.rules.rules[i].mode),
		       inspection.rules.rules[i].file);
	return output_end(EXIT_CODE_OK);
}
