/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shipped rules against nodes of the field: tests/data/field/nodes.tsv and kernels.tsv, which
 * say what their columns are.
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

enum kernel_column {
	KERNEL_OS,
	KERNEL_RELEASE,
	KERNEL_VERSION,
	FAMILY,
	GRO_ANSWER,
	VMXNET3_ANSWER,
	BNXT_ANSWER,
	KERNEL_WHY,
	KERNEL_COLUMNS,
};

/* Which rule and condition a column of answers is about. */
struct answer_column {
	unsigned int column;
	const char *id;
	enum condition_name condition;
};

static const struct answer_column answers[] = {
	{KUBERNETES_ANSWER, "kubernetes-double-snat-zero-checksum", CONDITION_KUBERNETES},
	{KUBERNETES_ANSWER, "kubernetes-double-snat-udp-checksum", CONDITION_KUBERNETES},
	{ZERO_ANSWER, "kubernetes-double-snat-zero-checksum", CONDITION_KERNEL},
	{COMPLETE_ANSWER, "kubernetes-double-snat-udp-checksum", CONDITION_KERNEL},
};

static const struct answer_column kernel_answers[] = {
	{GRO_ANSWER, "udp-gro-into-tunnel", CONDITION_KERNEL},
	{VMXNET3_ANSWER, "vmxnet3-tunnel-port", CONDITION_KERNEL},
	{BNXT_ANSWER, "bnxt-rx-coalescing-corrupts", CONDITION_KERNEL},
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
static bool agrees(const struct judgement *judgement, const struct answer_column *answer,
		   const char *expected, const char *release)
{
	for (size_t j = 0; j < judgement->n_rules; j++) {
		const struct rule_judgement *judged = &judgement->rules[j];

		for (size_t k = 0; k < judged->n_conditions; k++) {
			const struct condition *condition = &judged->conditions[k];

			if (strcmp(judged->rule->id, answer->id) != 0 ||
			    condition->name != answer->condition)
				continue;
			if (strcmp(expected, "any") == 0 ||
			    strcmp(expected, answer_name(condition->outcome)) == 0)
				return true;
			print_error("%s: %s, %s: %s instead of %s: %s\n", release, judged->rule->id,
				    condition_name(condition->name),
				    answer_name(condition->outcome), expected, condition->reason);
			return false;
		}
	}
	fail_msg("no condition %s", answer->id);
	return false;
}

/* Returns how many of the answers are wrong. */
static size_t judge(const struct facts *facts, char *const columns[],
		    const struct answer_column asked[], size_t n_asked)
{
	static const struct evidence by_version = {.kernel_measured = false};
	_cleanup_(judgement_clear) struct judgement judgement = {0};
	const char *release = facts->kernel.release ? facts->kernel.release : "";
	size_t n_wrong = 0;

	assert_int_equal(policy_evaluate(&rules, facts, &by_version, &judgement), 0);
	for (size_t i = 0; i < n_asked; i++)
		n_wrong += !agrees(&judgement, &asked[i], columns[asked[i].column], release);
	return n_wrong;
}

static void test_nodes(void **state)
{
	FILE *file = fopen(TEST_DATA_DIR "/field/nodes.tsv", "re");
	size_t n_wrong = 0, n_nodes = 0, size = 0;
	_cleanup_free_ char *line = NULL;

	assert_non_null(file);
	while (getline(&line, &size, file) >= 0) {
		_cleanup_(facts_clear) struct facts facts = {0};
		char *columns[COLUMNS];

		if (!columns_split(line, columns, COLUMNS))
			continue;
		make_facts(columns, &facts);
		n_wrong += judge(&facts, columns, answers, N_ELEMENTS(answers));
		n_nodes++;
	}
	fclose(file);
	assert_true(n_nodes > 300);
	assert_int_equal(n_wrong, 0);
}

static void test_kernels(void **state)
{
	FILE *file = fopen(TEST_DATA_DIR "/field/kernels.tsv", "re");
	size_t n_wrong = 0, n_kernels = 0, size = 0;
	_cleanup_free_ char *line = NULL;

	assert_non_null(file);
	while (getline(&line, &size, file) >= 0) {
		_cleanup_(facts_clear) struct facts facts = {0};
		char *columns[KERNEL_COLUMNS];

		if (!columns_split(line, columns, KERNEL_COLUMNS))
			continue;
		facts.os.id = copy(columns[KERNEL_OS]);
		facts.kernel.release = copy(columns[KERNEL_RELEASE]);
		facts.kernel.version = copy(columns[KERNEL_VERSION]);
		assert_int_equal(kernel_identify(&facts.kernel, facts.os.id), 0);
		assert_same_text(columns[KERNEL_RELEASE], facts.kernel.family, columns[FAMILY]);
		n_wrong += judge(&facts, columns, kernel_answers, N_ELEMENTS(kernel_answers));
		n_kernels++;
	}
	fclose(file);
	assert_true(n_kernels > 50);
	assert_int_equal(n_wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_kernels),
	};

	if (geteuid() != 0) {
		puts("skipped: rule files must be root's");
		return 77;
	}
	return cmocka_run_group_tests(tests, load_rules, clear_rules);
}
