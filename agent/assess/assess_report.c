/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/assess/assess_report.h"

#include "agent/assess/wire_senders.h"
#include "agent/base/json_writer.h"
#include "agent/base/text.h"
#include "agent/report/report_json.h"
#include "agent/report/report_text.h"
#include "array.h"
#include "cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ANSWERS (ANSWER_YES + 1)

/*
 * How many nodes, by state, and by the verdict of each rule, but for rules that devices decide,
 * where only the API server spoke; and who sent wrong packets.
 */
struct tally {
	size_t by_state[STATES];
	size_t (*by_rule)[ANSWERS];
	enum state *states; /* of each node */
	size_t n_states;
	struct wire_sender *senders;
	size_t n_senders;
};

static void tally_clear(struct tally *tally)
{
	free(tally->by_rule);
	free(tally->states);
	free(tally->senders);
}

static int tally_init(struct tally *tally, const struct assessed_nodes *nodes,
		      const struct rules *rules)
{
	tally->by_rule = calloc(rules->n_rules + 1, sizeof(*tally->by_rule));
	tally->states = calloc(nodes->n_nodes + 1, sizeof(*tally->states));
	return tally->by_rule && tally->states ? 0 : -ENOMEM;
}

/* The next node. */
static void tally_add(struct tally *tally, const struct assessed_node *node,
		      const struct assessment *assessment, const struct rules *rules)
{
	const struct judgement *judgement = &assessment->judgement;

	tally->states[tally->n_states++] = assessment->state;
	tally->by_state[assessment->state]++;
	for (size_t i = 0; i < judgement->n_rules; i++) {
		if (!rule_is_decided_by_nics(judgement->rules[i].rule))
			tally->by_rule[i][judgement->rules[i].verdict]++;
	}
	for (size_t i = 0; node->sources & ASSESSED_OWN && node->rules && i < rules->n_rules; i++) {
		if (node->rules[i])
			tally->by_rule[i][node->rules[i] - 1]++;
	}
}

static int tally_senders(struct tally *tally, struct assessed_nodes *nodes)
{
	return wire_senders_find(nodes, tally->states, &tally->senders, &tally->n_senders);
}

static enum state tally_worst(const struct tally *tally)
{
	if (tally->by_state[STATE_VULNERABLE] || tally->n_senders)
		return STATE_VULNERABLE;
	/* An empty list must not pass for a healthy cluster. */
	return tally->by_state[STATE_UNKNOWN] || tally->n_states == 0 ? STATE_UNKNOWN
								      : STATE_NOT_AFFECTED;
}

static size_t count_receivers(const struct assessed_nodes *nodes)
{
	size_t count = 0;

	for (size_t i = 0; i < nodes->n_nodes; i++)
		count += nodes->nodes[i].sources & ASSESSED_WIRE ? 1 : 0;
	return count;
}

static const char *node_reason(const struct assessed_node *node, const struct judgement *judgement)
{
	const char *colon;

	if (node->sources & ASSESSED_OWN) {
		/* The state stands before it, and beside it. */
		colon = strstr(node->summary, ": ");
		return colon ? colon + 2 : node->summary;
	}
	if (node->sources == ASSESSED_WIRE)
		return "of this node only what it received is known";
	if (!assess_is_linux(node))
		return "it does not run Linux";
	for (size_t i = 0; i < judgement->n_rules; i++) {
		if (!judgement->rules[i].not_looked_at &&
		    !rule_is_decided_by_nics(judgement->rules[i].rule) &&
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
		if (judgement->rules[i].verdict != ANSWER_YES ||
		    rule_is_decided_by_nics(judgement->rules[i].rule))
			continue;
		fprintf(output, "%s%s", separator, judgement->rules[i].rule->id);
		separator = ", ";
	}
	putc('\n', output);
}

static void print_senders(FILE *output, const struct tally *tally,
			  const struct assessed_nodes *nodes)
{
	char text[WIRE_SENTENCE_SIZE], clean[WIRE_SENTENCE_SIZE];

	if (tally->n_senders)
		fputs("\nSeen on the wire:\n", output);
	for (size_t i = 0; i < tally->n_senders; i++) {
		wire_sender_describe(&tally->senders[i], nodes, tally->states, text);
		fprintf(output, "  %s\n", text_clean(text, clean, sizeof(clean)));
	}
}

/* States that only nodes themselves can tell stand there when one did. */
static void print_states(FILE *output, const struct tally *tally)
{
	const size_t *by_state = tally->by_state;

	fprintf(output, "\n%zu %s: %zu vulnerable, %zu unknown, ", tally->n_states,
		tally->n_states == 1 ? "node" : "nodes", by_state[STATE_VULNERABLE],
		by_state[STATE_UNKNOWN]);
	if (by_state[STATE_MITIGATED])
		fprintf(output, "%zu mitigated, ", by_state[STATE_MITIGATED]);
	if (by_state[STATE_NOT_EXPOSED])
		fprintf(output, "%zu not exposed, ", by_state[STATE_NOT_EXPOSED]);
	fprintf(output, "%zu not affected\n", by_state[STATE_NOT_AFFECTED]);
}

/* Without those that no node was judged by: of devices the API server knows nothing. */
static void print_rules(FILE *output, const struct tally *tally, const struct rules *rules)
{
	for (size_t i = 0; i < rules->n_rules; i++) {
		const size_t *counts = tally->by_rule[i];

		if (counts[ANSWER_YES] + counts[ANSWER_UNKNOWN] + counts[ANSWER_NO])
			fprintf(output, "  %s: %zu affected, %zu unknown, %zu not affected\n",
				rules->rules[i].id, counts[ANSWER_YES], counts[ANSWER_UNKNOWN],
				counts[ANSWER_NO]);
	}
}

static bool all_spoke(const struct assessed_nodes *nodes)
{
	for (size_t i = 0; i < nodes->n_nodes; i++) {
		if (!(nodes->nodes[i].sources & ASSESSED_STATUS))
			return false;
	}
	return true;
}

static void print_sum(FILE *output, const struct tally *tally, const struct rules *rules,
		      const struct assessed_nodes *nodes)
{
	size_t n_receivers = count_receivers(nodes);

	if (nodes->n_nodes == 0) {
		fputs("No nodes: nothing was judged\n", output);
		return;
	}
	print_states(output, tally);
	print_rules(output, tally, rules);
	if (n_receivers)
		fprintf(output,
			"%zu %s listened: %" PRIu64 " connection attempts seen, %zu %s sent wrong "
			"ones\n",
			n_receivers, n_receivers == 1 ? "node" : "nodes", nodes->n_attempts,
			tally->n_senders, tally->n_senders == 1 ? "sender" : "senders");
	if ((tally->by_state[STATE_VULNERABLE] || tally->by_state[STATE_UNKNOWN]) &&
	    !all_spoke(nodes))
		fputs("The cure, and what is unknown here, only a node itself can tell: run "
		      "'offload-agent status' there.\n",
		      output);
}

int assess_print_text(FILE *output, struct assessed_nodes *nodes, const struct rules *rules,
		      bool color, enum state *ret_state)
{
	_cleanup_(tally_clear) struct tally tally = {.n_states = 0};
	size_t widths[COLUMNS];
	const char *cells[COLUMNS];

	if (tally_init(&tally, nodes, rules) < 0)
		return -ENOMEM;
	find_widths(nodes, widths);
	if (nodes->n_nodes) {
		print_cells(output, headings, widths, NULL);
		fputs("WHY\n", output);
	}
	for (size_t i = 0; i < nodes->n_nodes; i++) {
		_cleanup_(assessment_clear) struct assessment assessment = {.state = STATE_UNKNOWN};
		const struct assessed_node *node = &nodes->nodes[i];

		if (assess_judge(node, rules, &assessment) < 0)
			return -ENOMEM;
		tally_add(&tally, node, &assessment, rules);
		node_cells(node, state_name(assessment.state), cells);
		print_cells(output, cells, widths, color ? report_color(assessment.state) : NULL);
		print_why(output, node, &assessment.judgement);
	}
	if (tally_senders(&tally, nodes) < 0)
		return -ENOMEM;
	print_senders(output, &tally, nodes);
	print_sum(output, &tally, rules, nodes);
	*ret_state = tally_worst(&tally);
	return ferror(output) ? -EIO : 0;
}

static void write_counts(struct json_writer *writer, const size_t counts[static ANSWERS])
{
	json_write_integer(writer, "affected", counts[ANSWER_YES]);
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

/* What the node itself said of the rules that are known here, too. */
static void write_own_rules(struct json_writer *writer, const struct assessed_node *node,
			    const struct rules *rules)
{
	for (size_t i = 0; node->rules && i < rules->n_rules; i++) {
		if (!node->rules[i])
			continue;
		json_write_begin(writer, NULL, '{');
		json_write_string(writer, "id", rules->rules[i].id);
		json_write_string(writer, "verdict", verdict_name(node->rules[i] - 1));
		json_write_end(writer, '}');
	}
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

static void write_sources(struct json_writer *writer, unsigned int sources)
{
	static const struct {
		enum assessed_source source;
		const char *name;
	} names[] = {
		{ASSESSED_API, "nodes"},
		{ASSESSED_FACTS, "facts"},
		{ASSESSED_STATUS, "status"},
		{ASSESSED_WIRE, "wire"},
	};

	json_write_begin(writer, "sources", '[');
	for (size_t i = 0; i < N_ELEMENTS(names); i++) {
		if (sources & names[i].source)
			json_write_string(writer, NULL, names[i].name);
	}
	json_write_end(writer, ']');
}

static void write_node(struct json_writer *writer, const struct assessed_node *node,
		       const struct assessment *assessment, const struct rules *rules)
{
	const struct judgement *judgement = &assessment->judgement;

	json_write_line(writer);
	json_write_begin(writer, NULL, '{');
	json_write_string(writer, "name", node->name);
	json_write_string(writer, "state", state_name(assessment->state));
	json_write_string(writer, "verdict", verdict_name(assessment->verdict));
	json_write_text(writer, "reason", node_reason(node, judgement));
	write_sources(writer, node->sources);
	write_node_facts(writer, &assessment->facts);
	json_write_begin(writer, "rules", '[');
	for (size_t i = 0; i < judgement->n_rules; i++) {
		if (!rule_is_decided_by_nics(judgement->rules[i].rule))
			write_node_rule(writer, &judgement->rules[i]);
	}
	if (node->sources & ASSESSED_OWN)
		write_own_rules(writer, node, rules);
	json_write_end(writer, ']');
	json_write_end(writer, '}');
}

static int write_nodes(struct json_writer *writer, const struct assessed_nodes *nodes,
		       const struct rules *rules, struct tally *tally)
{
	json_write_line(writer);
	json_write_begin(writer, "nodes", '[');
	for (size_t i = 0; i < nodes->n_nodes; i++) {
		_cleanup_(assessment_clear) struct assessment assessment = {.state = STATE_UNKNOWN};

		if (assess_judge(&nodes->nodes[i], rules, &assessment) < 0)
			return -ENOMEM;
		tally_add(tally, &nodes->nodes[i], &assessment, rules);
		write_node(writer, &nodes->nodes[i], &assessment, rules);
	}
	json_write_end(writer, ']');
	return 0;
}

static void write_sighting(struct json_writer *writer, const struct assessed_nodes *nodes,
			   const struct sighting *sighting)
{
	json_write_begin(writer, NULL, '{');
	json_write_string(writer, "receiver", nodes->nodes[sighting->receiver].name);
	json_write_string(writer, "address", assess_address_print(&sighting->address).text);
	json_write_integer(writer, "wrong", (int64_t)sighting->wrong);
	json_write_integer(writer, "inner_wrong", (int64_t)sighting->inner_wrong);
	json_write_text(writer, "looks_like",
			sighting->looks_like[0] ? sighting->looks_like : NULL);
	json_write_end(writer, '}');
}

static void write_sender(struct json_writer *writer, const struct tally *tally,
			 const struct assessed_nodes *nodes, const struct wire_sender *sender)
{
	const struct sighting *first = &nodes->sightings[sender->first];
	char text[WIRE_SENTENCE_SIZE];

	wire_sender_describe(sender, nodes, tally->states, text);
	json_write_line(writer);
	json_write_begin(writer, NULL, '{');
	json_write_text(writer, "name",
			first->sighted == SIGHTED_NODE ? nodes->nodes[first->sender].name : NULL);
	json_write_string(writer, "finding", wire_finding_name(sender->finding));
	json_write_text(writer, "text", text);
	json_write_begin(writer, "seen", '[');
	for (size_t i = 0; i < sender->n_sightings; i++)
		write_sighting(writer, nodes, &first[i]);
	json_write_end(writer, ']');
	json_write_end(writer, '}');
}

static void write_senders(struct json_writer *writer, const struct tally *tally,
			  const struct assessed_nodes *nodes)
{
	json_write_line(writer);
	json_write_begin(writer, "wire", '{');
	json_write_integer(writer, "receivers", (int64_t)count_receivers(nodes));
	json_write_integer(writer, "attempts", (int64_t)nodes->n_attempts);
	json_write_begin(writer, "senders", '[');
	for (size_t i = 0; i < tally->n_senders; i++)
		write_sender(writer, tally, nodes, &tally->senders[i]);
	json_write_end(writer, ']');
	json_write_end(writer, '}');
}

static void write_sum(struct json_writer *writer, const struct tally *tally,
		      const struct rules *rules)
{
	const size_t *by_state = tally->by_state;

	json_write_line(writer);
	json_write_begin(writer, "sum", '{');
	json_write_integer(writer, "nodes", tally->n_states);
	json_write_integer(writer, "vulnerable", by_state[STATE_VULNERABLE]);
	json_write_integer(writer, "unknown", by_state[STATE_UNKNOWN]);
	json_write_integer(writer, "not_affected", by_state[STATE_NOT_AFFECTED]);
	json_write_integer(writer, "mitigated", by_state[STATE_MITIGATED]);
	json_write_integer(writer, "not_exposed", by_state[STATE_NOT_EXPOSED]);
	json_write_begin(writer, "rules", '[');
	for (size_t i = 0; i < rules->n_rules; i++) {
		json_write_begin(writer, NULL, '{');
		json_write_string(writer, "id", rules->rules[i].id);
		json_write_string(writer, "title", rules->rules[i].title);
		write_counts(writer, tally->by_rule[i]);
		json_write_end(writer, '}');
	}
	json_write_end(writer, ']');
	json_write_end(writer, '}');
}

int assess_print_json(FILE *output, struct assessed_nodes *nodes, const struct rules *rules,
		      enum state *ret_state)
{
	_cleanup_(tally_clear) struct tally tally = {.n_states = 0};
	struct json_writer writer = {.output = output};

	if (tally_init(&tally, nodes, rules) < 0)
		return -ENOMEM;
	json_write_begin(&writer, NULL, '{');
	json_write_integer(&writer, "schema", 1);
	if (write_nodes(&writer, nodes, rules, &tally) < 0 || tally_senders(&tally, nodes) < 0)
		return -ENOMEM;
	write_senders(&writer, &tally, nodes);
	write_sum(&writer, &tally, rules);
	json_write_end(&writer, '}');
	putc('\n', output);
	*ret_state = tally_worst(&tally);
	return json_write_result(&writer);
}
