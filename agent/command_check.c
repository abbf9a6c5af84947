/* SPDX-License-Identifier: Apache-2.0 */

/* check: reads configuration and rules, and says what is wrong with them. */

#include "agent/commands.h"
#include "agent/exit_code.h"
#include "agent/inspection.h"
#include "agent/output.h"
#include "cleanup.h"

int command_check(const struct options *options)
{
	_cleanup_(inspection_clear) struct inspection inspection = {0};
	int result;

	result = inspection_load(options, &inspection);
	if (result != 0)
		return result;
	if (options->json) {
		printf("{\"schema\":1,\"valid\":true,\"rules\":%zu,\"masked\":%zu}\n",
		       inspection.rules.n_rules, inspection.rules.n_masked);
		return output_end(EXIT_CODE_OK);
	}
	printf("Configuration and rules are valid: %zu rules, %zu masked.\n",
	       inspection.rules.n_rules, inspection.rules.n_masked);
	for (size_t i = 0; i < inspection.rules.n_rules; i++)
		printf("  %s (%s)\n", inspection.rules.rules[i].id, inspection.rules.rules[i].file);
	return output_end(EXIT_CODE_OK);
}
