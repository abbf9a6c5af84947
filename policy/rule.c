/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/rule.h"

#include "policy/string_list.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

const char *rule_mode_name(enum rule_mode mode)
{
	switch (mode) {
	case RULE_ACT:
		return "act";
	case RULE_TELL:
		return "tell";
	case RULE_OFF:
		break;
	}
	return "off";
}

static size_t count_literals(const char *glob)
{
	size_t count = 0;

	for (; *glob; glob++)
		count += !strchr("*?[]", *glob);
	return count;
}

static bool is_stronger(const struct rule_choice *choice, const struct rule_choice *other)
{
	size_t literals = count_literals(choice->glob), others = count_literals(other->glob);

	return literals != others ? literals > others : choice->mode > other->mode;
}

void rules_choose(struct rules *rules, struct rule_choice choices[], size_t n_choices)
{
	for (size_t i = 0; i < rules->n_rules; i++) {
		const struct rule_choice *strongest = NULL;

		for (size_t j = 0; j < n_choices; j++) {
			if (fnmatch(choices[j].glob, rules->rules[i].id, 0) != 0)
				continue;
			choices[j].fits = true;
			if (!strongest || is_stronger(&choices[j], strongest))
				strongest = &choices[j];
		}
		if (strongest)
			rules->rules[i].mode = strongest->mode;
	}
}

bool rules_need_nat(const struct rules *rules)
{
	for (size_t i = 0; i < rules->n_rules; i++) {
		if (rules->rules[i].nat && rules->rules[i].mode != RULE_OFF)
			return true;
	}
	return false;
}

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
	free(rule->cost);
	strings_free(rule->remedies);
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

bool rule_acts_on(const struct rule *rule, const struct link_facts *link, bool named)
{
	enum answer exposes = rule_exposes(rule, link);

	if (exposes != ANSWER_NO)
		return exposes == ANSWER_YES;
	return named && rule->exposed.kind && strcmp(rule->exposed.kind, link->kind) != 0;
}
