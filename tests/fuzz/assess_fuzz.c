/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes of a cluster, from memory and from a file; judged by the shipped rules, and printed. */
#include "agent/assess/assess.h"
#include "agent/assess/assess_report.h"
#include "agent/base/json.h"
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

static void read_nodes(struct json_reader *reader, struct context *context)
{
	struct assessed_nodes nodes;

	*context = (struct context){.result = 0};
	fuzz_spoil(&nodes, sizeof(nodes));
	context->result = assess_read(reader, &nodes, context->error);
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
	       strcmp(a->operating_system, b->operating_system) == 0;
}

/* The same, wherever the text came from. */
static void check_equal(const struct context *one, const struct context *other)
{
	FUZZ_CHECK(one->result == other->result && strcmp(one->error, other->error) == 0);
	FUZZ_CHECK(one->nodes.n_nodes == other->nodes.n_nodes);
	for (size_t i = 0; i < one->nodes.n_nodes; i++) {
		check_node(&one->nodes.nodes[i]);
		FUZZ_CHECK(equal(&one->nodes.nodes[i], &other->nodes.nodes[i]));
	}
}

/* The verdict of one node: the worst of the rules that were looked at, none of which is about other
 * systems. */
static enum answer judge(const struct assessed_node *node)
{
	_cleanup_(assessment_clear) struct assessment assessment = {0};
	const struct judgement *judgement = &assessment.judgement;
	enum answer verdict = ANSWER_NO;

	FUZZ_CHECK(assess_judge(node, &shipped_rules, &assessment) == 0);
	FUZZ_CHECK(judgement->n_rules == (assess_is_linux(node) ? shipped_rules.n_rules : 0));
	for (size_t i = 0; i < judgement->n_rules; i++)
		if (!judgement->rules[i].not_looked_at)
			verdict = answer_or(verdict, judgement->rules[i].verdict);
	FUZZ_CHECK(judgement->verdict == verdict);
	return verdict;
}

static void check_text(const struct assessed_nodes *nodes, enum answer expected)
{
	_cleanup_free_ char *text = NULL;
	enum answer verdict;
	size_t size = 0;
	FILE *output = open_memstream(&text, &size);

	FUZZ_CHECK(output);
	FUZZ_CHECK(assess_print_text(output, nodes, &shipped_rules, false, &verdict) == 0);
	FUZZ_CHECK(fclose(output) == 0 && verdict == expected);
	/* Nothing that a terminal obeys. */
	for (size_t i = 0; i < size; i++)
		FUZZ_CHECK(text[i] == '\n' || ((unsigned char)text[i] >= ' ' && text[i] != 0x7f));
}

static void check_json(const struct assessed_nodes *nodes, enum answer expected)
{
	_cleanup_(cleanup_json) json_t *json = NULL;
	_cleanup_free_ char *text = NULL;
	const json_t *list, *sum;
	enum answer verdict;
	size_t size = 0;
	FILE *output = open_memstream(&text, &size);

	FUZZ_CHECK(output);
	FUZZ_CHECK(assess_print_json(output, nodes, &shipped_rules, &verdict) == 0);
	FUZZ_CHECK(fclose(output) == 0 && verdict == expected);
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
	enum answer verdict = ANSWER_NO;

	read_nodes(&reader, &from_text);
	reader = json_reader_of_file(fuzz_file(data, size), buffer, sizeof(buffer));
	read_nodes(&reader, &from_file);
	check_equal(&from_text, &from_file);
	if (from_text.result == 0) {
		for (size_t i = 0; i < from_text.nodes.n_nodes; i++)
			verdict = answer_or(verdict, judge(&from_text.nodes.nodes[i]));
		/* An empty list must not pass for a healthy cluster. */
		if (from_text.nodes.n_nodes == 0)
			verdict = ANSWER_UNKNOWN;
		check_text(&from_text.nodes, verdict);
		check_json(&from_text.nodes, verdict);
	}
	assessed_nodes_clear(&from_text.nodes);
	assessed_nodes_clear(&from_file.nodes);
	return 0;
}
