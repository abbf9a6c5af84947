/* SPDX-License-Identifier: Apache-2.0 */
/* One rule file: what is accepted is a whole rule, what is refused has a complaint. */
#include "cleanup.h"
#include "policy/evaluate.h"
#include "policy/file/rule_file.h"
#include "tests/fuzz/complained.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

static bool has_string(char *const strings[], const char *wanted)
{
	for (; *strings; strings++) {
		if (strcmp(*strings, wanted) == 0)
			return true;
	}
	return false;
}

static void check_ranges(const struct range_list *list)
{
	for (size_t i = 0; i < list->n_ranges; i++) {
		const struct range *range = &list->ranges[i];

		FUZZ_CHECK(range->has_lower || range->has_upper);
		if (range->has_lower && range->has_upper)
			FUZZ_CHECK(version_compare(&range->lower, &range->upper) <= 0);
	}
}

static void check_kernel_line(const struct kernel_line *line)
{
	FUZZ_CHECK(line->family && line->family[0]);
	FUZZ_CHECK(!line->release || link_match_glob_valid(line->release));
	FUZZ_CHECK(!line->version || link_match_glob_valid(line->version));
	check_ranges(&line->affected);
	check_ranges(&line->unknown);
}

static void check_rule(const struct rule *rule)
{
	const struct link_match *exposed = &rule->exposed;

	FUZZ_CHECK(rule->id && rule->id[0] && rule->title && rule->title[0]);
	FUZZ_CHECK(rule->has_kubernetes || rule->nat || rule->n_kernel > 0);
	FUZZ_CHECK(!rule->has_kubernetes || rule->kubernetes.n_ranges > 0);
	check_ranges(&rule->kubernetes);
	for (size_t i = 0; i < rule->n_kernel; i++)
		check_kernel_line(&rule->kernel[i]);
	FUZZ_CHECK(exposed->name || exposed->kind || exposed->driver || exposed->mac ||
		   exposed->udp_csum != ANSWER_UNKNOWN);
	FUZZ_CHECK(rule->turn_off && rule->turn_off[0] && rule->required && rule->required[0]);
	for (char **feature = rule->required; *feature; feature++)
		FUZZ_CHECK(has_string(rule->turn_off, *feature));
}

/* Nothing is known of this node: a rule with an empty condition would still decide. */
static void check_unknown_node(const struct rules *rules)
{
	_cleanup_(judgement_clear) struct judgement judgement = {0};
	const struct facts facts = {.kubernetes.present = ANSWER_UNKNOWN};
	size_t n_looked_at = 0;

	FUZZ_CHECK(policy_evaluate(rules, &facts, &(struct evidence){0}, &judgement) == 0);
	for (size_t i = 0; i < judgement.n_rules; i++)
		n_looked_at += !judgement.rules[i].not_looked_at;
	FUZZ_CHECK(judgement.verdict == (n_looked_at ? ANSWER_UNKNOWN : ANSWER_NO));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_needs_root();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *const directories[] = {fuzz_folder(), NULL};
	_cleanup_(complaints_clear) struct complaints complaints = {0};
	struct rules rules;
	int result;

	fuzz_put("one.rules", data, size);
	fuzz_spoil(&rules, sizeof(rules));
	result = rule_files_load(directories, &complaints, &rules);
	check_complaints(&complaints);
	if (result < 0) {
		FUZZ_CHECK(result == -EBADMSG && complaints.n_texts > 0);
		FUZZ_CHECK(fuzz_is_spoiled(&rules, sizeof(rules)));
		return 0;
	}
	FUZZ_CHECK(complaints.n_texts == 0 && rules.n_rules + rules.n_masked == 1);
	for (size_t i = 0; i < rules.n_rules; i++)
		check_rule(&rules.rules[i]);
	check_unknown_node(&rules);
	rules_clear(&rules);
	return 0;
}
