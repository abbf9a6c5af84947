/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/assess/assess.h"

#include "agent/assess/os_image.h"
#include "array.h"
#include "cleanup.h"
#include "policy/kernel_identity.h"
#include "policy/string_copy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer than any key that is looked for. */
#define KEY_SIZE 32

/* One object of the text, or one element of its items. */
struct object {
	char kind[ASSESS_INFO_SIZE];
	bool has_items;
	struct assessed_node node;
};

struct parser {
	struct json_reader *reader;
	struct assessed_nodes nodes;
	char *error; /* of ASSESS_ERROR_SIZE */
	int result; /* the first fault: -EBADMSG, with `error`, or -ENOMEM */
};

void assessed_nodes_clear(struct assessed_nodes *nodes)
{
	free(nodes->nodes);
	*nodes = (struct assessed_nodes){0};
}

static int refuse(struct parser *parser, const char *what, const char *detail)
{
	snprintf(parser->error, ASSESS_ERROR_SIZE, "line %zu: %.80s%.60s",
		 json_reader_line(parser->reader), what, detail);
	parser->result = -EBADMSG;
	return parser->result;
}

/* The reader's faults come first: what is missing after one is no fault of its own. */
static int reader_result(struct parser *parser)
{
	if (parser->result == 0 && parser->reader->fault)
		return refuse(parser, "is not valid JSON: ", parser->reader->fault);
	return parser->result;
}

/* Passes over null where an object is meant: Kubernetes leaves out what is empty, or says so. */
static bool begins_object(struct json_reader *reader)
{
	if (json_read_peek(reader) == '{')
		return json_read_begin(reader, '{');
	json_read_skip(reader);
	return false;
}

/* A member whose text is kept. */
struct text_member {
	const char *key;
	char *text;
	size_t size;
};

/* Reads an object's texts, and passes over all else in it. */
static void read_texts(struct json_reader *reader, const struct text_member members[],
		       size_t n_members)
{
	char key[KEY_SIZE];
	bool first = true;

	if (!begins_object(reader))
		return;
	while (json_read_member(reader, &first, key, sizeof(key))) {
		size_t i = 0;

		while (i < n_members && strcmp(members[i].key, key) != 0)
			i++;
		if (i < n_members)
			json_read_text(reader, members[i].text, members[i].size);
		else
			json_read_skip(reader);
	}
}

static void read_node_info(struct json_reader *reader, struct assessed_node *node)
{
	const struct text_member members[] = {
		{"kernelVersion", node->kernel_version, sizeof(node->kernel_version)},
		{"osImage", node->os_image, sizeof(node->os_image)},
		{"kubeletVersion", node->kubelet_version, sizeof(node->kubelet_version)},
		{"kubeProxyVersion", node->proxy_version, sizeof(node->proxy_version)},
		{"operatingSystem", node->operating_system, sizeof(node->operating_system)},
	};

	read_texts(reader, members, N_ELEMENTS(members));
}

static void read_metadata(struct json_reader *reader, struct assessed_node *node)
{
	const struct text_member name = {"name", node->name, sizeof(node->name)};

	read_texts(reader, &name, 1);
}

static void read_status(struct json_reader *reader, struct assessed_node *node)
{
	char key[KEY_SIZE];
	bool first = true;

	if (!begins_object(reader))
		return;
	while (json_read_member(reader, &first, key, sizeof(key))) {
		if (strcmp(key, "nodeInfo") == 0)
			read_node_info(reader, node);
		else
			json_read_skip(reader);
	}
}

/* A member that all objects of Kubernetes have; false for another, whose value is still to come. */
static bool read_common_member(struct json_reader *reader, const char *key, struct object *object)
{
	if (strcmp(key, "kind") == 0)
		json_read_text(reader, object->kind, sizeof(object->kind));
	else if (strcmp(key, "metadata") == 0)
		read_metadata(reader, &object->node);
	else if (strcmp(key, "status") == 0)
		read_status(reader, &object->node);
	else
		return false;
	return true;
}

static int add_node(struct parser *parser, const struct assessed_node *node)
{
	struct assessed_nodes *nodes = &parser->nodes;
	struct assessed_node *grown;

	if (!node->name[0])
		return refuse(parser, "a node without metadata.name", "");
	grown = array_grow(nodes->nodes, nodes->n_nodes, &nodes->allocated, sizeof(*grown));
	if (!grown) {
		parser->result = -ENOMEM;
		return -ENOMEM;
	}
	nodes->nodes = grown;
	nodes->nodes[nodes->n_nodes++] = *node;
	return 0;
}

static int read_items(struct parser *parser);

/* Reads an object's members; only the outermost one's items are looked at. */
// NOLINTNEXTLINE(misc-no-recursion): an item has no items
static int read_members(struct parser *parser, bool outermost, struct object *object)
{
	struct json_reader *reader = parser->reader;
	char key[KEY_SIZE];
	bool first = true;

	if (!json_read_begin(reader, '{'))
		return reader_result(parser);
	while (parser->result == 0 && json_read_member(reader, &first, key, sizeof(key))) {
		if (outermost && strcmp(key, "items") == 0) {
			object->has_items = true;
			read_items(parser);
		} else if (!read_common_member(reader, key, object)) {
			json_read_skip(reader);
		}
	}
	return reader_result(parser);
}

/* The items of a NodeList say no kind of their own; those of a List may be anything. */
// NOLINTNEXTLINE(misc-no-recursion): see above
static int read_item(struct parser *parser)
{
	struct object object = {0};

	if (read_members(parser, false, &object) < 0)
		return parser->result;
	if (object.kind[0] && strcmp(object.kind, "Node") != 0)
		return refuse(parser, "is no list of nodes, it holds a ", object.kind);
	return add_node(parser, &object.node);
}

// NOLINTNEXTLINE(misc-no-recursion): see above
static int read_items(struct parser *parser)
{
	bool first = true;

	if (!json_read_begin(parser->reader, '['))
		return reader_result(parser);
	while (json_read_element(parser->reader, &first)) {
		if (read_item(parser) < 0)
			break;
	}
	return reader_result(parser);
}

static int check_object(struct parser *parser, const struct object *object)
{
	const char *kind = object->kind;

	if (strcmp(kind, "Node") == 0 && !object->has_items)
		return add_node(parser, &object->node);
	if (strcmp(kind, "NodeList") != 0 && strcmp(kind, "List") != 0)
		return refuse(parser, "is neither a node nor a list of nodes, but ",
			      *kind ? kind : "says no kind");
	return object->has_items ? 0 : refuse(parser, "a list without items", "");
}

static int read_object(struct parser *parser)
{
	struct object object = {0};

	if (read_members(parser, true, &object) < 0)
		return parser->result;
	return check_object(parser, &object);
}

/* What people pipe into it by mistake: kubectl's table, its YAML, an error of kubectl's. */
static int check_beginning(struct parser *parser)
{
	struct json_reader *reader = parser->reader;

	if (!json_reader_has_more(reader))
		return reader_result(parser) < 0
			       ? parser->result
			       : refuse(parser,
					"is empty; pipe 'kubectl get nodes -o json' into it", "");
	switch (json_read_peek(reader)) {
	case '{':
		return 0;
	case '[':
		return refuse(parser, "is an array; give it all that ",
			      "'kubectl get nodes -o json' prints");
	case '\xef':
	case '\xfe':
	case '\xff':
		return refuse(parser, "begins with a byte order mark; write it as UTF-8 without: ",
			      "'kubectl get nodes -o json'");
	default:
		return refuse(parser, "is not JSON; give it what ",
			      "'kubectl get nodes -o json' prints");
	}
}

int assess_read(struct json_reader *reader, struct assessed_nodes *ret_nodes,
		char ret_error[static ASSESS_ERROR_SIZE])
{
	struct parser parser = {.reader = reader, .error = ret_error};

	check_beginning(&parser);
	while (parser.result == 0 && json_reader_has_more(reader))
		read_object(&parser);
	/* What could not be read is why the text ended where it did. */
	if (reader->error < 0)
		parser.result = reader->error;
	if (parser.result < 0)
		assessed_nodes_clear(&parser.nodes);
	else
		*ret_nodes = parser.nodes;
	return parser.result;
}

const char *assess_version(const struct assessed_node *node)
{
	return node->proxy_version[0] ? node->proxy_version : node->kubelet_version;
}

static int kubernetes_facts(const struct assessed_node *node, struct kubernetes_facts *kubernetes)
{
	const char *component = node->proxy_version[0] ? "kube-proxy" : "kubelet";
	const char *version = assess_version(node);
	int result;

	kubernetes->present = ANSWER_YES;
	result = string_copy_once(&kubernetes->version, version, strlen(version));
	if (result == 0 && kubernetes->version)
		result = string_copy(&kubernetes->component, component);
	return result;
}

static int node_facts(const struct assessed_node *node, struct facts *ret_facts)
{
	_cleanup_(facts_clear) struct facts facts = {0};
	int result;

	result = kubernetes_facts(node, &facts.kubernetes);
	if (result == 0)
		result = os_image_parse(node->os_image, &facts.os);
	if (result == 0)
		result = string_copy_once(&facts.kernel.release, node->kernel_version,
					  strlen(node->kernel_version));
	if (result == 0)
		result = kernel_identify(&facts.kernel, facts.os.id);
	if (result < 0)
		return result;
	*ret_facts = facts;
	facts = (struct facts){0};
	return 0;
}

void assessment_clear(struct assessment *assessment)
{
	judgement_clear(&assessment->judgement);
	facts_clear(&assessment->facts);
}

int assess_judge(const struct assessed_node *node, const struct rules *rules,
		 struct assessment *ret_assessment)
{
	_cleanup_(assessment_clear) struct assessment assessment = {0};
	const struct evidence versions_alone = {0};
	int result;

	result = node_facts(node, &assessment.facts);
	if (result == 0 && assess_is_linux(node))
		result = policy_evaluate(rules, &assessment.facts, &versions_alone,
					 &assessment.judgement);
	if (result < 0)
		return result;
	*ret_assessment = assessment;
	assessment = (struct assessment){0};
	return 0;
}

bool assess_is_linux(const struct assessed_node *node)
{
	return !node->operating_system[0] || strcmp(node->operating_system, "linux") == 0;
}

enum state assess_state(enum answer verdict)
{
	switch (verdict) {
	case ANSWER_YES:
		return STATE_VULNERABLE;
	case ANSWER_NO:
		return STATE_NOT_AFFECTED;
	case ANSWER_UNKNOWN:
		break;
	}
	return STATE_UNKNOWN;
}
