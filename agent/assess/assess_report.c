/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/assess/assess_report.h"

#include "agent/base/json_writer.h"
#include "agent/base/text.h"
#include "agent/report/report_json.h"
#include "agent/report/report_text.h"
#include "cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ANSWERS (ANSWER_YES + 1)

/* How many nodes, by verdict: of all rules together, and of each. */
struct tally {
	size_t all[ANSWERS];
	size_t (*by_rule)[ANSWERS];
};

static void tally_clear(struct tally *tally)
{
	free(tally->by_rule);
}

static int tally_init(struct tally *tally, const struct rules *rules)
{
	tally->by_rule = calloc(rules->n_rules + 1, sizeof(*tally->by_rule));
	return tally->by_rule ? 0 : -ENOMEM;
}

static void tally_add(struct tally *tally, const struct judgement *judgement)
{
	tally->all[judgement->verdict]++;
	for (size_t i = 0; i < judgement->n_rules; i++)
		tally->by_rule[i][judgement->rules[i].verdict]++;
}

static enum answer tally_verdict(const struct tally *tally)
{
	if (tally->all[ANSWER_YES])
		return ANSWER_YES;
	/* An empty list must not pass for a healthy cluster. */
	return tally->all[ANSWER_UNKNOWN] || !tally->all[ANSWER_NO] ? ANSWER_UNKNOWN : ANSWER_NO;
}

static const char *node_reason(const struct assessed_node *node, const struct judgement *judgement)
{
	if (!assess_is_linux(node))
		return "it does not run Linux";
	for (size_t i = 0; i < judgement->n_rules; i++) {
		if (!judgement->rules[i].not_looked_at &&
		    judgement->rules[i].verdict == judgement->verdict)
			return rule_judgement_reason(&judgement->rules[i]);
	}
	return NULL;
}

/* The columns of the table; the last needs no width. */
enum column {
	COLUMN_NODE,
	COLUMN_STATE,
	COLUMN_KUBERNETES,
	COLUMN_KERNEL,
	COLUMN_OS,
	COLUMNS,
};

/* A cell that is wider does not widen the others. */
#define COLUMN_WIDTH_MAX 64

static const char *const headings[COLUMNS] = {"NODE", "STATE", "KUBERNETES", "KERNEL", "OS"};

static void node_cells(const struct assessed_node *node, const char *state,
		       const char *cells[static COLUMNS])
{
	cells[COLUMN_NODE] = node->name;
	cells[COLUMN_STATE] = state;
	cells[COLUMN_KUBERNETES] = assess_version(node);
	cells[COLUMN_KERNEL] = node->kernel_version;
	cells[COLUMN_OS] = node->os_image;
	for (size_t i = 0; i < COLUMNS; i++) {
		if (!*cells[i])
			cells[i] = "-";
	}
}

static void widen(const char *const cells[static COLUMNS], size_t widths[static COLUMNS])
{
	for (size_t i = 0; i < COLUMNS; i++) {
		size_t length = strlen(cells[i]);

		if (length > widths[i])
			widths[i] = length < COLUMN_WIDTH_MAX ? length : COLUMN_WIDTH_MAX;
	}
}

static void find_widths(const struct assessed_nodes *nodes, size_t widths[static COLUMNS])
{
	const char *cells[COLUMNS];

	memset(widths, 0, COLUMNS * sizeof(*widths));
	widen(headings, widths);
	for (size_t i = 0; i < nodes->n_nodes; i++) {
		node_cells(&nodes->nodes[i], state_name(STATE_NOT_AFFECTED), cells);
		widen(cells, widths);
	}
}

/* `color` is what the state's cell begins with; NULL: all are plain. */
static void print_cells(FILE *output, const char *const cells[static COLUMNS],
			const size_t widths[static COLUMNS], const char *color)
{
	char clean[ASSESS_NAME_SIZE];

	for (size_t i = 0; i < COLUMNS; i++) {
		bool colored = color && i == COLUMN_STATE;

		fprintf(output, "%s%-*s%s  ", colored ? color : "", (int)widths[i],
			text_clean(cells[i], clean, sizeof(clean)),
			colored ? REPORT_COLOR_RESET : "");
	}
}

/* The rules that a node is affected by, or why it is not, or why that is unknown. */
static void print_why(FILE *output, const struct assessed_node *node,
		      const struct judgement *judgement)
{
	const char *reason = node_reason(node, judgement), *separator = "";
	char clean[512];

	if (reason)
		fputs(text_clean(reason, clean, sizeof(clean)), output);
	for (size_t i = 0; judgement->verdict == ANSWER_YES && i < judgement->n_rules; i++) {
		if (judgement->rules[i].verdict != ANSWER_YES)
			continue;
		fprintf(output, "%s%s", separator, judgement->rules[i].rule->id);
		separator = ", ";
	}
	putc('\n', output);
}

static void print_sum(FILE *output, const struct tally *tally, const struct rules *rules,
		      size_t n_nodes)
{
	if (n_nodes == 0) {
		fputs("No nodes: nothing was judged\n", output);
		return;
	}
	fprintf(output, "\n%zu %s: %zu vulnerable, %zu unknown, %zu not affected\n", n_nodes,
		n_nodes == 1 ? "node" : "nodes", tally->all[ANSWER_YES], tally->all[ANSWER_UNKNOWN],
		tally->all[ANSWER_NO]);
	for (size_t i = 0; i < rules->n_rules; i++)
		fprintf(output, "  %s: %zu affected, %zu unknown, %zu not affected\n",
			rules->rules[i].id, tally->by_rule[i][ANSWER_YES],
			tally->by_rule[i][ANSWER_UNKNOWN], tally->by_rule[i][ANSWER_NO]);
	if (tally->all[ANSWER_YES] || tally->all[ANSWER_UNKNOWN])
		fputs("The cure, and what is unknown here, only a node itself can tell: run "
		      "'offload-agent status' there.\n",
		      output);
}

int assess_print_text(FILE *output, const struct assessed_nodes *nodes, const struct rules *rules,
		      bool color, enum answer *ret_verdict)
{
	_cleanup_(tally_clear) struct tally tally = {0};
	size_t widths[COLUMNS];
	const char *cells[COLUMNS];

	if (tally_init(&tally, rules) < 0)
		return -ENOMEM;
	find_widths(nodes, widths);
	if (nodes->n_nodes) {
		print_cells(output, headings, widths, NULL);
		fputs("WHY\n", output);
	}
	for (size_t i = 0; i < nodes->n_nodes; i++) {
		_cleanup_(assessment_clear) struct assessment assessment = {0};
		const struct assessed_node *node = &nodes->nodes[i];
		enum state state;

		if (assess_judge(node, rules, &assessment) < 0)
			return -ENOMEM;
		tally_add(&tally, &assessment.judgement);
		state = assess_state(assessment.judgement.verdict);
		node_cells(node, state_name(state), cells);
		print_cells(output, cells, widths, color ? report_color(state) : NULL);
		print_why(output, node, &assessment.judgement);
	}
	print_sum(output, &tally, rules, nodes->n_nodes);
	*ret_verdict = tally_verdict(&tally);
	return ferror(output) ? -EIO : 0;
}

static void write_counts(struct json_writer *writer, const size_t counts[static ANSWERS],
			 const char *affected)
{
	json_write_integer(writer, affected, counts[ANSWER_YES]);
	json_write_integer(writer, "unknown", counts[ANSWER_UNKNOWN]);
	json_write_integer(writer, "not_affected", counts[ANSWER_NO]);
}

static void write_node_rule(struct json_writer *writer, const struct rule_judgement *judged)
{
	json_write_begin(writer, NULL, '{');
	json_write_string(writer, "id", judged->rule->id);
	json_write_string(writer, "verdict", verdict_name(judged->verdict));
	report_json_write_conditions(writer, judged);
	json_write_end(writer, '}');
}

static void write_node_facts(struct json_writer *writer, const struct facts *facts)
{
	json_write_begin(writer, "kubernetes", '{');
	json_write_text(writer, "version", facts->kubernetes.version);
	json_write_text(writer, "component", facts->kubernetes.component);
	json_write_end(writer, '}');
	json_write_begin(writer, "kernel", '{');
	json_write_text(writer, "release", facts->kernel.release);
	json_write_text(writer, "family", facts->kernel.family);
	json_write_text(writer, "base", facts->kernel.base);
	json_write_end(writer, '}');
	json_write_begin(writer, "os", '{');
	json_write_text(writer, "id", facts->os.id);
	json_write_text(writer, "version_id", facts->os.version_id);
	json_write_text(writer, "pretty_name", facts->os.pretty_name);
	json_write_end(writer, '}');
}

static void write_node(struct json_writer *writer, const struct assessed_node *node,
		       const struct assessment *assessment)
{
	const struct judgement *judgement = &assessment->judgement;

	json_write_line(writer);
	json_write_begin(writer, NULL, '{');
	json_write_string(writer, "name", node->name);
	json_write_string(writer, "state", state_name(assess_state(judgement->verdict)));
	json_write_string(writer, "verdict", verdict_name(judgement->verdict));
	json_write_text(writer, "reason", node_reason(node, judgement));
	write_node_facts(writer, &assessment->facts);
	json_write_begin(writer, "rules", '[');
	for (size_t i = 0; i < judgement->n_rules; i++)
		write_node_rule(writer, &judgement->rules[i]);
	json_write_end(writer, ']');
	json_write_end(writer, '}');
}

static int write_nodes(struct json_writer *writer, const struct assessed_nodes *nodes,
		       const struct rules *rules, struct tally *tally)
{
	json_write_line(writer);
	json_write_begin(writer, "nodes", '[');
	for (size_t i = 0; i < nodes->n_nodes; i++) {
		_cleanup_(assessment_clear) struct assessment assessment = {0};

		if (assess_judge(&nodes->nodes[i], rules, &assessment) < 0)
			return -ENOMEM;
		tally_add(tally, &assessment.judgement);
		write_node(writer, &nodes->nodes[i], &assessment);
	}
	json_write_end(writer, ']');
	return 0;
}

static void write_sum(struct json_writer *writer, const struct tally *tally,
		      const struct rules *rules, size_t n_nodes)
{
	json_write_line(writer);
	json_write_begin(writer, "sum", '{');
	json_write_integer(writer, "nodes", n_nodes);
	write_counts(writer, tally->all, "vulnerable");
	json_write_begin(writer, "rules", '[');
	for (size_t i = 0; i < rules->n_rules; i++) {
		json_write_begin(writer, NULL, '{');
		json_write_string(writer, "id", rules->rules[i].id);
		json_write_string(writer, "title", rules->rules[i].title);
		write_counts(writer, tally->by_rule[i], "affected");
		json_write_end(writer, '}');
	}
	json_write_end(writer, ']');
	json_write_end(writer, '}');
}

int assess_print_json(FILE *output, const struct assessed_nodes *nodes, const struct rules *rules,
		      enum answer *ret_verdict)
{
	_cleanup_(tally_clear) struct tally tally = {0};
	struct json_writer writer = {.output = output};

	if (tally_init(&tally, rules) < 0)
		return -ENOMEM;
	json_write_begin(&writer, NULL, '{');
	json_write_integer(&writer, "schema", 1);
	if (write_nodes(&writer, nodes, rules, &tally) < 0)
		return -ENOMEM;
	write_sum(&writer, &tally, rules, nodes->n_nodes);
	json_write_end(&writer, '}');
	putc('\n', output);
	*ret_verdict = tally_verdict(&tally);
	return json_write_result(&writer);
}
