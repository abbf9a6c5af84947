/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/file/rule_names.h"

#include "policy/rule.h"
#include "policy/rule_name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* `setting`: where the key is; `name`: what it is about, borrowed. */
static int add_name(const config_setting_t *setting, enum rule_name_kind kind, const char *key,
		    const char *name, struct rule *rule)
{
	struct rule_name *longer;
	char *copy = strdup(name);

	if (!copy)
		return -ENOMEM;
	longer = realloc(rule->names, (rule->n_names + 1) * sizeof(*longer));
	if (!longer) {
		free(copy);
		return -ENOMEM;
	}
	rule->names = longer;
	rule->names[rule->n_names++] = (struct rule_name){
		.kind = kind,
		.key = key,
		.name = copy,
		.line = config_setting_source_line(setting),
	};
	return 0;
}

/* The string of a key, if it is there. */
static int add_string(const config_setting_t *group, enum rule_name_kind kind, const char *key,
		      struct rule *rule)
{
	const config_setting_t *setting = config_setting_get_member(group, key);

	return setting ? add_name(setting, kind, key, config_setting_get_string(setting), rule) : 0;
}

/* A string, or a list of strings. */
static int add_features(const config_setting_t *group, const char *key, struct rule *rule)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	int result = 0;

	if (!setting || !config_setting_is_aggregate(setting))
		return add_string(group, RULE_NAME_FEATURE, key, rule);
	for (int i = 0; result == 0 && i < config_setting_length(setting); i++) {
		const config_setting_t *one = config_setting_get_elem(setting, i);

		result =
			add_name(one, RULE_NAME_FEATURE, key, config_setting_get_string(one), rule);
	}
	return result;
}

static int add_features_of_links(const config_setting_t *exposed, struct rule *rule)
{
	int result = add_features(exposed, "feature_on", rule);

	return result == 0 ? add_features(exposed, "feature_changeable", rule) : result;
}

static int add_names_of_kernel(const config_setting_t *line, struct rule *rule)
{
	const config_setting_t *compare = config_setting_get_member(line, "compare");
	int result = add_string(line, RULE_NAME_FAMILY, "family", rule);

	if (result < 0 || !compare || strcmp(config_setting_get_string(compare), "build") != 0)
		return result;
	return add_name(compare, RULE_NAME_BUILD, "compare",
			config_setting_get_string(config_setting_get_member(line, "family")), rule);
}

static int add_names_of_machine(const config_setting_t *machine, struct rule *rule)
{
	int result = add_string(machine, RULE_NAME_ARCHITECTURE, "arch", rule);

	return result == 0 ? add_string(machine, RULE_NAME_HYPERVISOR, "hypervisor", rule) : result;
}

int rule_names_collect(const config_setting_t *group, struct rule *rule)
{
	const config_setting_t *kernel = config_setting_get_member(group, "kernel");
	const config_setting_t *machine = config_setting_get_member(group, "machine");
	const config_setting_t *exposed = config_setting_get_member(group, "exposed");
	int result = 0;

	for (int i = 0; result == 0 && kernel && i < config_setting_length(kernel); i++)
		result = add_names_of_kernel(config_setting_get_elem(kernel, i), rule);
	if (result == 0 && machine)
		result = add_names_of_machine(machine, rule);
	if (result == 0 && config_setting_is_group(exposed))
		result = add_features_of_links(exposed, rule);
	for (int i = 0;
	     result == 0 && !config_setting_is_group(exposed) && i < config_setting_length(exposed);
	     i++)
		result = add_features_of_links(config_setting_get_elem(exposed, i), rule);
	if (result == 0)
		result = add_features(group, "turn_off", rule);
	return result == 0 ? add_features(group, "required", rule) : result;
}
