/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes of a cluster, and what nodes say of themselves: from memory and from a file; judged by
 * the shipped rules, joined, and printed. */
#include "agent/assess/assess.h"
#include "agent/assess/assess_report.h"
#include "agent/base/json.h"
#include "agent/reconcile/policy_in_force.h"
#include "cleanup.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/shipped_rules.h"

#include <errno.h>
#include <string.h>

struct context {
	int result;
	char error[ASSESS_ERROR_SIZE];
	struct assessed_nodes nodes;
};

/* The rules stay those of the other. */
static struct policy_in_force policy;

static void read_nodes(struct json_reader *reader, struct context *context)
{
	const struct assess_policy by = {.rules = &shipped_rules, .policy = &policy};
	struct assessed_nodes nodes;

	*context = (struct context){.result = 0};
	fuzz_spoil(&nodes, sizeof(nodes));
	context->result = assess_read(reader, &by, &nodes, context->error);
	if (context->result == 0) {
		context->nodes = nodes;
		return;
	}
	FUZZ_CHECK(context->result == -EBADMSG && fuzz_is_spoiled(&nodes, sizeof(nodes)));
	FUZZ_CHECK(strnlen(context->error, ASSESS_ERROR_SIZE) < ASSESS_ERROR_SIZE);
	FUZZ_CHECK(strncmp(context->error, "line ", strlen("line ")) == 0);
}

static void check_node(const struct assessed_node *node)
{
	FUZZ_CHECK(node->name[0] && strnlen(node->name, sizeof(node->name)) < sizeof(node->name));
	FUZZ_CHECK(strnlen(node->kernel_version, ASSESS_INFO_SIZE) < ASSESS_INFO_SIZE);
	FUZZ_CHECK(strnlen(node->os_image, ASSESS_INFO_SIZE) < ASSESS_INFO_SIZE);
	FUZZ_CHECK(strnlen(node->kubelet_version, ASSESS_INFO_SIZE) < ASSESS_INFO_SIZE);
	FUZZ_CHECK(strnlen(node->proxy_version, ASSESS_INFO_SIZE) < ASSESS_INFO_SIZE);
	FUZZ_CHECK(strnlen(node->operating_system, ASSESS_INFO_SIZE) < ASSESS_INFO_SIZE);
}

static bool equal(const struct assessed_node *a, const struct assessed_node *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->kernel_version, b->kernel_version) == 0 &&
	       strcmp(a->os_image, b->os_image) == 0 &&
	       strcmp(a->kubelet_version, b->kubelet_version) == 0 &&
	       strcmp(a->proxy_version, b->proxy_version) == 0 &&
	       strcmp(a->operating_system, b->operating_system) == 0 &&
	       strcmp(a->summary, b->summary) == 0 && a->sources == b->sources &&
	       a->n_addresses == b->n_addresses;
}

/* The same, wherever the text came from. */
static void check_equal(const struct context *one, const struct context *other)
{
	FUZZ_CHECK(one->result == other->result && strcmp(one->error, other->error) == 0);
	FUZZ_CHECK(one->nodes.n_nodes == other->nodes.n_nodes);
	FUZZ_CHECK(one->nodes.n_sightings == other->nodes.n_sightings);
	for (size_t i = 0; i < one->nodes.n_sightings; i++) {
		const struct sighting *sighting = &one->nodes.sightings[i];

		FUZZ_CHECK(sighting->wrong || sighting->inner_wrong);
		FUZZ_CHECK(sighting->receiver < one->nodes.n_nodes);
		FUZZ_CHECK(sighting->sighted != SIGHTED_NODE ||
			   sighting->sender < one->nodes.n_nodes);
	}
	for (size_t i = 0; i < one->nodes.n_nodes; i++) {
		check_node(&one->nodes.nodes[i]);
		FUZZ_CHECK(equal(&one->nodes.nodes[i], &other->nodes.nodes[i]));
	}
}

/*
 * A node that spoke itself is what it says; the verdict on another is the worst of the rules that
 * were looked at, but for those that devices decide; none is about other systems.
 */
static enum state judge(const struct assessed_node *node)
{
	_cleanup_(assessment_clear) struct assessment assessment = {.state = STATE_UNKNOWN};
	const struct judgement *judgement = &assessment.judgement;
	enum answer verdict = ANSWER_NO;

	FUZZ_CHECK(assess_judge(node, &shipped_rules, &assessment) == 0);
	if (node->sources & ASSESSED_OWN || node->sources == ASSESSED_WIRE) {
		FUZZ_CHECK(judgement->n_rules == 0);
		FUZZ_CHECK(assessment.state ==
			   (node->sources == ASSESSED_WIRE ? STATE_UNKNOWN : node->state));
		return assessment.state;
	}
	FUZZ_CHECK(judgement->n_rules == (assess_is_linux(node) ? shipped_rules.n_rules : 0));
	for (size_t i = 0; i < judgement->n_rules; i++) {
		const struct rule_judgement *judged = &judgement->rules[i];

		if (!judged->not_looked_at && !rule_is_decided_by_nics(judged->rule))
			verdict = answer_or(verdict, judged->verdict);
	}
	FUZZ_CHECK(assessment.verdict == verdict);
	return assessment.state;
}

/* An empty list must not pass for a healthy cluster, nor may wrong packets. */
static enum state worst(const struct assessed_nodes *nodes)
{
	enum state worst = nodes->n_nodes ? STATE_NOT_AFFECTED : STATE_UNKNOWN;

	for (size_t i = 0; i < nodes->n_nodes; i++) {
		enum state state = judge(&nodes->nodes[i]);

		if (state == STATE_VULNERABLE ||
		    (state == STATE_UNKNOWN && worst != STATE_VULNERABLE))
			worst = state;
	}
	return nodes->n_sightings ? STATE_VULNERABLE : worst;
}

static void check_text(struct assessed_nodes *nodes, enum state expected)
{
	_cleanup_free_ char *text = NULL;
	enum state state;
	size_t size = 0;
	FILE *output = open_memstream(&text, &size);

	FUZZ_CHECK(output);
	FUZZ_CHECK(assess_print_text(output, nodes, &shipped_rules, false, &state) == 0);
	FUZZ_CHECK(fclose(output) == 0 && state == expected);
	/* Nothing that a terminal obeys. */
	for (size_t i = 0; i < size; i++)
		FUZZ_CHECK(text[i] == '\n' || ((unsigned char)text[i] >= ' ' && text[i] != 0x7f));
}

static void check_json(struct assessed_nodes *nodes, enum state expected)
{
	_cleanup_(cleanup_json) json_t *json = NULL;
	_cleanup_free_ char *text = NULL;
	const json_t *list, *sum;
	enum state state;
	size_t size = 0;
	FILE *output = open_memstream(&text, &size);

	FUZZ_CHECK(output);
	FUZZ_CHECK(assess_print_json(output, nodes, &shipped_rules, &state) == 0);
	FUZZ_CHECK(fclose(output) == 0 && state == expected);
	json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	list = json_object_get(json, "nodes");
	sum = json_object_get(json, "sum");
	FUZZ_CHECK(json_array_size(list) == nodes->n_nodes);
	FUZZ_CHECK((size_t)json_integer_value(json_object_get(sum, "nodes")) == nodes->n_nodes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_reader reader = json_reader_of_text((const char *)data, size);
	char buffer[JSON_READER_BUFFER_MIN];
	struct context from_text, from_file;

	policy.rules = shipped_rules;
	read_nodes(&reader, &from_text);
	reader = json_reader_of_file(fuzz_file(data, size), buffer, sizeof(buffer));
	read_nodes(&reader, &from_file);
	check_equal(&from_text, &from_file);
	if (from_text.result == 0) {
		check_text(&from_text.nodes, worst(&from_text.nodes));
		check_json(&from_text.nodes, worst(&from_text.nodes));
	}
	assessed_nodes_clear(&from_text.nodes);
	assessed_nodes_clear(&from_file.nodes);
	return 0;
}
