/* SPDX-License-Identifier: Apache-2.0 */

/* check: reads configuration and rules, and says what is wrong with them. */

#include "agent/base/exit_code.h"
#include "agent/base/log.h"
#include "agent/base/utc_time.h"
#include "agent/commands.h"
#include "agent/options.h"
#include "agent/output.h"
#include "agent/reconcile/policy_in_force.h"
#include "agent/reconcile/sources.h"
#include "cleanup.h"

#include <string.h>

/* No error: the rules of another release may have other names; but the operator must see it. */
static void warn_choices(const struct agent_config *config)
{
	for (size_t i = 0; i < config->n_choices; i++) {
		if (!config->choices[i].fits)
			log_warning("%s: \"%s\" fits the id of no rule", config->choices[i].source,
				    config->choices[i].glob);
	}
}

/* Knowledge grows old: the month is compared as text, YYYY-MM. */
static void warn_reviews(const struct rules *rules)
{
	char now[UTC_TIME_SIZE];

	utc_time_now(now);
	for (size_t i = 0; i < rules->n_rules; i++) {
		const struct rule *rule = &rules->rules[i];

		if (rule->review && rule->mode != RULE_OFF &&
		    strncmp(rule->review, now, strlen("YYYY-MM")) <= 0)
			log_warning(
				"%s: review = \"%s\": look whether the rule still says what is so",
				rule->file, rule->review);
	}
}

int command_check(const struct options *options)
{
	_cleanup_(policy_in_force_clear) struct policy_in_force policy = {.config = {.nics = NULL}};
	const struct sources sources = options_sources(options);
	int result;

	result = policy_in_force_load(&sources, &policy);
	if (result != 0)
		return result;
	warn_choices(&policy.config);
	warn_reviews(&policy.rules);
	if (options->json) {
		printf("{\"schema\":1,\"valid\":true,\"rules\":%zu,\"masked\":%zu}\n",
		       policy.rules.n_rules, policy.rules.n_masked);
		return output_end(EXIT_CODE_OK);
	}
	printf("Configuration and rules are valid: %zu rule%s, %zu masked.\n", policy.rules.n_rules,
	       policy.rules.n_rules == 1 ? "" : "s", policy.rules.n_masked);
	for (size_t i = 0; i < policy.rules.n_rules; i++)
		printf("  %s: %s (%s)\n", policy.rules.rules[i].id,
		       rule_mode_name(policy.rules.rules[i].mode), policy.rules.rules[i].file);
	return output_end(EXIT_CODE_OK);
}
