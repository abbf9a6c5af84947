/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/file/rule_names.h"

#include "policy/rule.h"
#include "policy/rule_name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int add_name(const config_setting_t *setting, const char *key, struct rule *rule)
{
	struct rule_name *longer;
	char *name = strdup(config_setting_get_string(setting));

	if (!name)
		return -ENOMEM;
	longer = realloc(rule->names, (rule->n_names + 1) * sizeof(*longer));
	if (!longer) {
		free(name);
		return -ENOMEM;
	}
	rule->names = longer;
	rule->names[rule->n_names++] = (struct rule_name){
		.key = key,
		.name = name,
		.line = config_setting_source_line(setting),
	};
	return 0;
}

/* A string, or a list of strings. */
static int add_names(const config_setting_t *group, const char *key, struct rule *rule)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	int result = 0;

	if (!setting)
		return 0;
	if (!config_setting_is_aggregate(setting))
		return add_name(setting, key, rule);
	for (int i = 0; result == 0 && i < config_setting_length(setting); i++)
		result = add_name(config_setting_get_elem(setting, i), key, rule);
	return result;
}

static int add_names_of_links(const config_setting_t *exposed, struct rule *rule)
{
	int result = add_names(exposed, "feature_on", rule);

	return result == 0 ? add_names(exposed, "feature_changeable", rule) : result;
}

int rule_names_collect(const config_setting_t *group, struct rule *rule)
{
	const config_setting_t *kernel = config_setting_get_member(group, "kernel");
	const config_setting_t *exposed = config_setting_get_member(group, "exposed");
	int result = 0;

	for (int i = 0; result == 0 && kernel && i < config_setting_length(kernel); i++)
		result = add_names(config_setting_get_elem(kernel, i), "family", rule);
	if (result == 0 && config_setting_is_group(exposed))
		result = add_names_of_links(exposed, rule);
	for (int i = 0;
	     result == 0 && !config_setting_is_group(exposed) && i < config_setting_length(exposed);
	     i++)
		result = add_names_of_links(config_setting_get_elem(exposed, i), rule);
	if (result == 0)
		result = add_names(group, "turn_off", rule);
	return result == 0 ? add_names(group, "required", rule) : result;
}
