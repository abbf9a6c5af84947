/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shipped rules against nodes of the field: tests/data/field/nodes.tsv, which says what its
 * columns are.
 */
#include "agent/assess/os_image.h"
#include "cleanup.h"
#include "policy/evaluate.h"
#include "policy/kernel_identity.h"
#include "tests/unit/agent/columns.h"
#include "tests/unit/policy/data_file.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

enum column {
	KUBERNETES,
	OS,
	RELEASE,
	VERSION,
	SIGNATURE,
	KUBERNETES_ANSWER,
	ZERO_ANSWER,
	COMPLETE_ANSWER,
	CERTAINTY,
	WHY,
	COLUMNS,
};

/* Which rule and condition a column of answers is about. */
static const struct {
	enum column column;
	const char *id;
	enum condition_name condition;
} answers[] = {
	{KUBERNETES_ANSWER, "kubernetes-double-snat-zero-checksum", CONDITION_KUBERNETES},
	{KUBERNETES_ANSWER, "kubernetes-double-snat-udp-checksum", CONDITION_KUBERNETES},
	{ZERO_ANSWER, "kubernetes-double-snat-zero-checksum", CONDITION_KERNEL},
	{COMPLETE_ANSWER, "kubernetes-double-snat-udp-checksum", CONDITION_KERNEL},
};

static struct rules rules;

static int load_rules(void **state)
{
	data_file_load_rules(&rules);
	return 0;
}

static int clear_rules(void **state)
{
	rules_clear(&rules);
	return 0;
}

static char *copy(const char *text)
{
	return *text ? strdup(text) : NULL;
}

static void make_facts(char *const columns[static COLUMNS], struct facts *facts)
{
	facts->kubernetes.present = ANSWER_YES;
	facts->kubernetes.version = copy(columns[KUBERNETES]);
	assert_int_equal(os_image_parse(columns[OS], &facts->os), 0);
	if (!facts->os.id)
		facts->os.id = copy(columns[OS]);
	facts->kernel.release = copy(columns[RELEASE]);
	facts->kernel.version = copy(columns[VERSION]);
	facts->kernel.signature = copy(columns[SIGNATURE]);
	assert_int_equal(kernel_identify(&facts->kernel, facts->os.id), 0);
}

/* Returns whether the condition is as expected; prints it when not. */
static bool agrees(const struct judgement *judgement, size_t i, char *const columns[static COLUMNS],
		   size_t line)
{
	const char *expected = columns[answers[i].column];

	for (size_t j = 0; j < judgement->n_rules; j++) {
		const struct rule_judgement *judged = &judgement->rules[j];

		for (size_t k = 0; k < judged->n_conditions; k++) {
			const struct condition *condition = &judged->conditions[k];

			if (strcmp(judged->rule->id, answers[i].id) != 0 ||
			    condition->name != answers[i].condition)
				continue;
			if (strcmp(expected, "any") == 0 ||
			    strcmp(expected, answer_name(condition->outcome)) == 0)
				return true;
			print_error("line %zu: %s: %s, %s: %s instead of %s: %s\n", line,
				    columns[RELEASE], judged->rule->id,
				    condition_name(condition->name),
				    answer_name(condition->outcome), expected, condition->reason);
			return false;
		}
	}
	fail_msg("no condition %s", answers[i].id);
	return false;
}

static void test_nodes(void **state)
{
	static const struct evidence by_version = {.kernel_measured = false};
	FILE *file = fopen(TEST_DATA_DIR "/field/nodes.tsv", "re");
	size_t n_wrong = 0, n_nodes = 0, number = 0, size = 0;
	_cleanup_free_ char *line = NULL;

	assert_non_null(file);
	while (number++, getline(&line, &size, file) >= 0) {
		_cleanup_(judgement_clear) struct judgement judgement = {0};
		_cleanup_(facts_clear) struct facts facts = {0};
		char *columns[COLUMNS];

		if (!columns_split(line, columns, COLUMNS))
			continue;
		make_facts(columns, &facts);
		assert_int_equal(policy_evaluate(&rules, &facts, &by_version, &judgement), 0);
		for (size_t i = 0; i < N_ELEMENTS(answers); i++)
			n_wrong += !agrees(&judgement, i, columns, number);
		n_nodes++;
	}
	fclose(file);
	assert_true(n_nodes > 300);
	assert_int_equal(n_wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes),
	};

	if (geteuid() != 0) {
		puts("skipped: rule files must be root's");
		return 77;
	}
	return cmocka_run_group_tests(tests, load_rules, clear_rules);
}
