/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/assess/assess.h"

#include "agent/assess/node_document.h"
#include "agent/assess/nodes_join.h"
#include "agent/assess/os_image.h"
#include "array.h"
#include "cleanup.h"
#include "policy/kernel_identity.h"
#include "policy/string_copy.h"

#include <errno.h>
#include <stdio.h>
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
	const struct assess_policy *policy;
	struct assessed_nodes nodes;
	size_t n_objects; /* that were begun */
	char *error; /* of ASSESS_ERROR_SIZE */
	int result; /* the first fault: -EBADMSG, with `error`, or another errno */
};

/* In what people joined of many files the line says little, and the document more. */
static int refuse(struct parser *parser, const char *what, const char *detail)
{
	char document[32] = "";

	if (parser->n_objects > 1)
		snprintf(document, sizeof(document), ", document %zu", parser->n_objects);
	snprintf(parser->error, ASSESS_ERROR_SIZE, "line %zu%s: %.96s%.60s",
		 json_reader_line(parser->reader), document, what, detail);
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

static void read_node_info(struct json_reader *reader, struct assessed_node *node)
{
	const struct json_text members[] = {
		{"kernelVersion", node->kernel_version, sizeof(node->kernel_version)},
		{"osImage", node->os_image, sizeof(node->os_image)},
		{"kubeletVersion", node->kubelet_version, sizeof(node->kubelet_version)},
		{"kubeProxyVersion", node->proxy_version, sizeof(node->proxy_version)},
		{"operatingSystem", node->operating_system, sizeof(node->operating_system)},
	};

	json_read_texts(reader, members, N_ELEMENTS(members));
}

static void read_metadata(struct json_reader *reader, struct assessed_node *node)
{
	const struct json_text name = {"name", node->name, sizeof(node->name)};

	json_read_texts(reader, &name, 1);
}

/* Names of the node stand there, too. */
static int read_addresses(struct json_reader *reader, struct assessed_node *node)
{
	bool first = true;
	int result = 0;

	if (json_read_peek(reader) != '[') {
		json_read_skip(reader);
		return 0;
	}
	json_read_begin(reader, '[');
	while (result != -ENOMEM && json_read_element(reader, &first)) {
		char address[ASSESS_INFO_SIZE] = "";
		const struct json_text member = {"address", address, sizeof(address)};

		json_read_texts(reader, &member, 1);
		result = assessed_node_add_address(node, address);
	}
	return result == -ENOMEM ? result : 0;
}

static int read_status(struct json_reader *reader, struct assessed_node *node)
{
	char key[KEY_SIZE];
	bool first = true;
	int result = 0;

	if (!json_read_begin_or_null(reader))
		return 0;
	while (result == 0 && json_read_member(reader, &first, key, sizeof(key))) {
		if (strcmp(key, "nodeInfo") == 0)
			read_node_info(reader, node);
		else if (strcmp(key, "addresses") == 0)
			result = read_addresses(reader, node);
		else
			json_read_skip(reader);
	}
	return result;
}

/* A member that all objects of Kubernetes have; false for another, whose value is still to come. */
static bool read_common_member(struct parser *parser, const char *key, struct object *object)
{
	struct json_reader *reader = parser->reader;

	if (strcmp(key, "kind") == 0)
		json_read_text(reader, object->kind, sizeof(object->kind));
	else if (strcmp(key, "metadata") == 0)
		read_metadata(reader, &object->node);
	else if (strcmp(key, "status") == 0)
		parser->result = read_status(reader, &object->node);
	else
		return false;
	return true;
}

/* The node is the list's then, or is gone. */
static int add_node(struct parser *parser, struct assessed_node *node)
{
	int result = 0;

	if (parser->result == 0 && !node->name[0])
		refuse(parser, "a node without metadata.name", "");
	if (parser->result == 0)
		result = assessed_nodes_add(&parser->nodes, node);
	if (parser->result < 0 || result < 0)
		assessed_node_clear(node);
	if (result < 0)
		parser->result = result;
	return parser->result;
}

/* An item of a list: its members. */
static int read_item_members(struct parser *parser, struct object *object)
{
	struct json_reader *reader = parser->reader;
	char key[KEY_SIZE];
	bool first = true;

	if (!json_read_begin(reader, '{'))
		return reader_result(parser);
	while (parser->result == 0 && json_read_member(reader, &first, key, sizeof(key))) {
		if (!read_common_member(parser, key, object))
			json_read_skip(reader);
	}
	return reader_result(parser);
}

/* The items of a NodeList say no kind of their own; those of a List may be anything. */
static int read_item(struct parser *parser)
{
	struct object object = {.node.sources = ASSESSED_API};

	if (read_item_members(parser, &object) == 0 && object.kind[0] &&
	    strcmp(object.kind, "Node") != 0)
		refuse(parser, "is no list of nodes, it holds a ", object.kind);
	return add_node(parser, &object.node);
}

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

/* What a document of the agent's own turns out to be. */
static int take_document(struct parser *parser, struct node_document *document)
{
	int result = node_document_finish(document);

	if (result == -EBADMSG)
		return refuse(parser, document->fault, document->detail);
	if (result == 0)
		result = assessed_nodes_add(&parser->nodes, &document->node);
	if (result == 0)
		document->node = (struct assessed_node){.sources = 0};
	parser->result = result;
	return result;
}

static int take_object(struct parser *parser, struct object *object, struct node_document *document)
{
	const char *kind = object->kind;

	if (document->error < 0) {
		parser->result = document->error;
		return parser->result;
	}
	if (node_document_is_any(document))
		return *kind || object->has_items
			       ? refuse(parser, "is of no kind: it has what is of several", "")
			       : take_document(parser, document);
	if (strcmp(kind, "Node") == 0 && !object->has_items) {
		int result = add_node(parser, &object->node);

		object->node = (struct assessed_node){.sources = 0};
		return result;
	}
	if (strcmp(kind, "NodeList") != 0 && strcmp(kind, "List") != 0)
		return refuse(parser, "is neither of nodes nor of offload-agent, but ",
			      *kind ? kind : "says no kind");
	return object->has_items ? 0 : refuse(parser, "a list without items", "");
}

/* What it is shows in what is in it; and its items are looked at. */
static int read_members(struct parser *parser, struct object *object,
			struct node_document *document)
{
	struct json_reader *reader = parser->reader;
	char key[KEY_SIZE];
	bool first = true;

	if (!json_read_begin(reader, '{'))
		return reader_result(parser);
	while (parser->result == 0 && json_read_member(reader, &first, key, sizeof(key))) {
		if (strcmp(key, "items") == 0) {
			object->has_items = true;
			read_items(parser);
		} else if (!read_common_member(parser, key, object) &&
			   !node_document_read(document, reader, key)) {
			json_read_skip(reader);
		}
	}
	return reader_result(parser);
}

static int read_object(struct parser *parser)
{
	struct object object = {.node.sources = ASSESSED_API};
	struct node_document document = {
		.policy = parser->policy, .nodes = &parser->nodes, .node.verdict = ANSWER_UNKNOWN};

	parser->n_objects++;
	if (read_members(parser, &object, &document) == 0)
		take_object(parser, &object, &document);
	assessed_node_clear(&object.node);
	node_document_clear(&document);
	return parser->result;
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

int assess_read(struct json_reader *reader, const struct assess_policy *policy,
		struct assessed_nodes *ret_nodes, char ret_error[static ASSESS_ERROR_SIZE])
{
	struct parser parser = {.reader = reader, .policy = policy, .error = ret_error};

	check_beginning(&parser);
	while (parser.result == 0 && json_reader_has_more(reader))
		read_object(&parser);
	/* What could not be read is why the text ended where it did. */
	if (reader->error < 0)
		parser.result = reader->error;
	if (parser.result == 0)
		parser.result = nodes_join(&parser.nodes);
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

static int copy_once(char **member, const char *text)
{
	return string_copy_once(member, text, strlen(text));
}

static int kubernetes_facts(const struct assessed_node *node, struct kubernetes_facts *kubernetes)
{
	const char *component = node->proxy_version[0] ? "kube-proxy" : "kubelet";
	int result;

	if (node->component[0])
		component = node->component;
	kubernetes->present = ANSWER_YES;
	result = copy_once(&kubernetes->version, assess_version(node));
	if (result == 0 && kubernetes->version)
		result = string_copy(&kubernetes->component, component);
	return result;
}

/* What the node found out itself comes before what its image is called. */
static int os_facts(const struct assessed_node *node, struct os_facts *os)
{
	int result = 0;

	if (!node->os_id[0])
		return os_image_parse(node->os_image, os);
	result = copy_once(&os->id, node->os_id);
	if (result == 0)
		result = copy_once(&os->version_id, node->os_version_id);
	if (result == 0)
		result = copy_once(&os->pretty_name, node->os_image);
	return result;
}

static int kernel_facts(const struct assessed_node *node, const char *os_id,
			struct kernel_facts *kernel)
{
	int result = copy_once(&kernel->release, node->kernel_version);

	if (result == 0)
		result = copy_once(&kernel->family, node->kernel_family);
	if (result == 0)
		result = copy_once(&kernel->base, node->kernel_base);
	return result == 0 ? kernel_identify(kernel, os_id) : result;
}

void assessment_clear(struct assessment *assessment)
{
	judgement_clear(&assessment->judgement);
	facts_clear(&assessment->facts);
}

static enum state state_of(enum answer verdict)
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

static int judge(const struct assessed_node *node, const struct rules *rules,
		 struct assessment *assessment)
{
	const struct evidence versions_alone = {0};
	int result = 0;

	if (node->sources & ASSESSED_OWN) {
		assessment->verdict = node->verdict;
		assessment->state = node->state;
		return 0;
	}
	if (!assess_is_linux(node)) {
		assessment->verdict = ANSWER_NO;
	} else if (node->sources & ASSESSED_API) {
		result = policy_evaluate(rules, &assessment->facts, &versions_alone,
					 &assessment->judgement);
		assessment->verdict = assessment->judgement.verdict;
	}
	assessment->state = state_of(assessment->verdict);
	return result;
}

int assess_judge(const struct assessed_node *node, const struct rules *rules,
		 struct assessment *ret_assessment)
{
	_cleanup_(assessment_clear) struct assessment assessment = {.verdict = ANSWER_UNKNOWN};
	struct facts *facts = &assessment.facts;
	int result;

	result = kubernetes_facts(node, &facts->kubernetes);
	if (result == 0)
		result = os_facts(node, &facts->os);
	if (result == 0)
		result = kernel_facts(node, facts->os.id, &facts->kernel);
	if (result == 0)
		result = judge(node, rules, &assessment);
	if (result < 0)
		return result;
	*ret_assessment = assessment;
	assessment = (struct assessment){.verdict = ANSWER_UNKNOWN};
	return 0;
}

bool assess_is_linux(const struct assessed_node *node)
{
	return !node->operating_system[0] || strcmp(node->operating_system, "linux") == 0;
}
