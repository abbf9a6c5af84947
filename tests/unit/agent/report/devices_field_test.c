/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shipped rules against nodes with NICs of all sorts, each a file of facts:
 * tests/data/devices/expected.tsv, which says what its columns are.
 */
#include "agent/reconcile/inspection.h"
#include "agent/reconcile/policy_in_force.h"
#include "agent/reconcile/sources.h"
#include "agent/report/report.h"
#include "cleanup.h"
#include "policy/evaluate.h"
#include "tests/unit/agent/columns.h"
#include "tests/unit/policy/data_file.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEVICES TEST_DATA_DIR "/devices"

enum column {
	FACTS,
	STATE,
	RULES,
	WHY,
	COLUMNS,
};

static struct folder folder;
static char config[128];

static int setup(void **state)
{
	folder_make(&folder);
	data_file_copy_rules(&folder);
	folder_write(&folder, "agent.conf", "", 0);
	snprintf(config, sizeof(config), "%s/agent.conf", folder.path);
	return 0;
}

static int teardown(void **state)
{
	folder_remove(&folder);
	return 0;
}

/* The rules that are not surely about something else, in the table's words; the caller frees them.
 */
static char *concerning(const struct report *report)
{
	char *text = NULL;
	size_t size;
	FILE *output = open_memstream(&text, &size);

	assert_non_null(output);
	for (size_t i = 0; i < report->judgement->n_rules; i++) {
		const enum answer verdict = report_rule_verdict(report, i);

		if (verdict != ANSWER_NO && !report->judgement->rules[i].not_looked_at)
			fprintf(output, "%s%s=%s", ftell(output) > 0 ? " " : "",
				report->judgement->rules[i].rule->id, answer_name(verdict));
	}
	assert_int_equal(fclose(output), 0);
	return text;
}

/* Returns whether the node is judged as expected; prints it when not. */
static bool agrees(char *const columns[static COLUMNS], size_t line)
{
	_cleanup_(inspection_clear) struct inspection inspection = {0};
	_cleanup_free_ char *path = NULL, *rules = NULL;
	struct sources sources = {.config = config, .rules = folder.path};
	struct report report;

	assert_true(asprintf(&path, "%s/%s", DEVICES, columns[FACTS]) > 0);
	sources.facts = path;
	assert_int_equal(inspection_judge(&sources, -1, &inspection, NULL), 0);
	assert_int_equal(inspection_take_links(&inspection), 0);
	report_make(&inspection, NULL, false, &report);
	rules = concerning(&report);
	if (strcmp(rules, columns[RULES]) == 0 &&
	    strcmp(state_name(report.state), columns[STATE]) == 0)
		return true;
	print_error("line %zu: %s: %s by \"%s\" instead of %s by \"%s\"\n", line, columns[FACTS],
		    state_name(report.state), rules, columns[STATE], columns[RULES]);
	return false;
}

static void test_nodes(void **state)
{
	FILE *file = fopen(DEVICES "/expected.tsv", "re");
	size_t n_wrong = 0, n_nodes = 0, number = 0, size = 0;
	_cleanup_free_ char *line = NULL;

	assert_non_null(file);
	while (number++, getline(&line, &size, file) >= 0) {
		char *columns[COLUMNS];

		if (!columns_split(line, columns, COLUMNS))
			continue;
		n_nodes++;
		n_wrong += !agrees(columns, number);
	}
	fclose(file);
	assert_int_equal(n_wrong, 0);
	assert_true(n_nodes > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes),
	};

	if (geteuid() != 0) {
		print_message("skipped: only root can make rules that are root's\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
