/* SPDX-License-Identifier: Apache-2.0 */

/* check: reads configuration and rules, and says what is wrong with them. */

#include "agent/base/exit_code.h"
#include "agent/base/log.h"
#include "agent/base/near_miss.h"
#include "agent/base/utc_time.h"
#include "agent/commands.h"
#include "agent/options.h"
#include "agent/output.h"
#include "agent/reconcile/policy_in_force.h"
#include "agent/reconcile/sources.h"
#include "cleanup.h"
#include "ethtool_nl/ethtool_nl.h"
#include "ethtool_nl/feature_names.h"
#include "policy/kernel_identity.h"
#include "policy/machine_words.h"
#include "policy/rule_name.h"
#include "policy/string_list.h"

#include <fnmatch.h>
#include <string.h>

static void cleanup_handle(struct ethtool_nl **handle)
{
	ethtool_nl_close(*handle);
}

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

/*
 * A feature may be one of a kernel that is still to come, and a configuration one for another
 * machine: nobody can refuse it here. `handle` may be NULL: then only the list counts.
 */
static void warn_feature(const struct ethtool_nl *handle, const char *where, const char *name)
{
	const char *meant;
	struct feature_mask mask;

	if (strings_have(feature_names, name) ||
	    (handle && ethtool_nl_mask(handle, name, &mask) == 0))
		return;
	meant = near_miss(name, feature_names);
	if (meant)
		log_warning("%s: no kernel is known to have a feature \"%s\"; is \"%s\" meant?",
			    where, name, meant);
	else
		log_warning(
			"%s: no kernel is known to have a feature \"%s\"; 'ethtool -k' lists those "
			"of this one",
			where, name);
}

static void warn_family(const char *where, const char *name)
{
	const char *meant;

	if (strings_have(kernel_families, name))
		return;
	meant = near_miss(name, kernel_families);
	if (meant)
		log_warning("%s: no kernel is of a family \"%s\"; is \"%s\" meant?", where, name,
			    meant);
	else
		log_warning(
			"%s: no kernel is of a family \"%s\"; 'offload-agent facts' tells this one's",
			where, name);
}

/* Kernels of a family without builds are never in a range of them; a family that is not known may
 * have some. */
static void warn_build(const char *where, const char *family)
{
	if (strings_have(kernel_families, family) && !kernel_family_has_build(family))
		log_warning("%s: \"build\" is for ubuntu and rhel, whose kernels have a number of "
			    "their own; %s kernels have none",
			    where, family);
}

/* "a, b, c" of a list that ends with NULL; the caller frees it. NULL when memory is short. */
static char *join_words(const char *const words[])
{
	size_t size = 1;
	char *joined;

	for (size_t i = 0; words[i]; i++)
		size += strlen(words[i]) + strlen(", ");
	joined = calloc(1, size);
	for (size_t i = 0; joined && words[i]; i++) {
		if (i > 0)
			strcat(joined, ", ");
		strcat(joined, words[i]);
	}
	return joined;
}

/* A glob on a word that is one of a list. */
static void warn_glob(const char *where, const char *glob, const char *const words[])
{
	_cleanup_free_ char *joined = NULL;

	for (size_t i = 0; words[i]; i++) {
		if (fnmatch(glob, words[i], 0) == 0)
			return;
	}
	joined = join_words(words);
	log_warning("%s: \"%s\" fits no word that there is: %s", where, glob,
		    joined ? joined : "...");
}

static void warn_name(const struct ethtool_nl *handle, const char *where,
		      const struct rule_name *name)
{
	switch (name->kind) {
	case RULE_NAME_FEATURE:
		warn_feature(handle, where, name->name);
		return;
	case RULE_NAME_FAMILY:
		warn_family(where, name->name);
		return;
	case RULE_NAME_BUILD:
		warn_build(where, name->name);
		return;
	case RULE_NAME_ARCHITECTURE:
		warn_glob(where, name->name, machine_architectures);
		return;
	case RULE_NAME_HYPERVISOR:
		warn_glob(where, name->name, machine_hypervisors);
		return;
	}
}

/* Does an earlier key of the rule name the same? "required" repeats what "turn_off" says. */
static bool named_before(const struct rule *rule, size_t place)
{
	for (size_t i = 0; i < place; i++) {
		if (rule->names[i].kind == rule->names[place].kind &&
		    strcmp(rule->names[i].name, rule->names[place].name) == 0)
			return true;
	}
	return false;
}

static void warn_names(const struct rule *rule, const struct ethtool_nl *handle)
{
	for (size_t i = 0; i < rule->n_names; i++) {
		const struct rule_name *name = &rule->names[i];
		_cleanup_free_ char *where = NULL;

		if (named_before(rule, i))
			continue;
		if (asprintf(&where, "%s:%d: %s", rule->file, name->line, name->key) < 0) {
			where = NULL;
			return;
		}
		warn_name(handle, where, name);
	}
}

/* Words that nobody can refuse, and that look like a slip of the pen. */
static void warn_slips(const struct policy_in_force *policy)
{
	_cleanup_(cleanup_handle) struct ethtool_nl *handle = NULL;
	const struct agent_config *config = &policy->config;

	/* Without a back end the list has to do. */
	if (ethtool_nl_open(ETHTOOL_NL_AUTO, &handle) < 0)
		handle = NULL;
	for (size_t i = 0; config->turn_off && config->turn_off[i]; i++) {
		_cleanup_free_ char *where = NULL;

		if (asprintf(&where, "%s: turn_off", config->turn_off_source) < 0) {
			where = NULL;
			return;
		}
		warn_feature(handle, where, config->turn_off[i]);
	}
	for (size_t i = 0; i < policy->rules.n_rules; i++)
		warn_names(&policy->rules.rules[i], handle);
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
	warn_slips(&policy);
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
