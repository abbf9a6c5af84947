/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/rule.h"

#include "policy/string_list.h"

#include <stdlib.h>
#include <string.h>

static void kernel_line_clear(struct kernel_line *line)
{
	free(line->family);
	free(line->series);
	free(line->flavour);
	free(line->release);
	free(line->version);
	range_list_clear(&line->affected);
	range_list_clear(&line->unknown);
	*line = (struct kernel_line){0};
}

void rule_clear(struct rule *rule)
{
	free(rule->id);
	free(rule->title);
	strings_free(rule->references);
	free(rule->file);
	range_list_clear(&rule->kubernetes);
	for (size_t i = 0; i < rule->n_kernel; i++)
		kernel_line_clear(&rule->kernel[i]);
	free(rule->kernel);
	link_match_clear(&rule->exposed);
	strings_free(rule->turn_off);
	strings_free(rule->required);
	*rule = (struct rule){0};
}

void rules_clear(struct rules *rules)
{
	for (size_t i = 0; i < rules->n_rules; i++)
		rule_clear(&rules->rules[i]);
	free(rules->rules);
	*rules = (struct rules){0};
}

enum answer rule_exposes(const struct rule *rule, const struct link_facts *link)
{
	return link_match_test(&rule->exposed, link);
}

bool rule_acts_on(const struct rule *rule, const struct link_facts *link)
{
	if (rule_exposes(rule, link) != ANSWER_NO)
		return true;
	return rule->exposed.kind && strcmp(rule->exposed.kind, link->kind) != 0;
}
