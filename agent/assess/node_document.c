/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/assess/node_document.h"

#include "agent/facts/facts_json_parse.h"
#include "agent/facts/facts_table.h"
#include "agent/report/report.h"
#include "array.h"
#include "cleanup.h"
#include "policy/evaluate.h"
#include "policy/facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Longer than any key that is looked for. */
#define KEY_SIZE 32

void node_document_clear(struct node_document *document)
{
	json_decref(document->facts);
	document->facts = NULL;
	assessed_node_clear(&document->node);
}

static void refuse(struct node_document *document, const char *fault, const char *detail)
{
	if (document->fault[0])
		return;
	/* What is longer is cut off. */
	snprintf(document->fault, sizeof(document->fault), "%.95s", fault);
	snprintf(document->detail, sizeof(document->detail), "%.63s", detail);
}

static void read_addresses(struct node_document *document, struct json_reader *reader)
{
	bool first = true;

	if (!json_read_begin(reader, '['))
		return;
	while (json_read_element(reader, &first)) {
		char text[ASSESS_INFO_SIZE];
		int result;

		if (!json_read_string(reader, text, sizeof(text)))
			return;
		result = assessed_node_add_address(&document->node, text);
		if (result == -EINVAL)
			refuse(document, "node.addresses: no address: ", text);
		else if (result < 0)
			document->error = result;
	}
}

static void read_node(struct node_document *document, struct json_reader *reader)
{
	struct assessed_node *node = &document->node;
	char key[KEY_SIZE];
	bool first = true;

	if (!json_read_begin_or_null(reader))
		return;
	while (json_read_member(reader, &first, key, sizeof(key))) {
		if (strcmp(key, "name") == 0)
			json_read_text(reader, node->name, sizeof(node->name));
		else if (strcmp(key, "addresses") == 0)
			read_addresses(document, reader);
		else
			json_read_skip(reader);
	}
}

/* The facts in a status: what is shown of them. */
static void read_facts(struct node_document *document, struct json_reader *reader)
{
	struct assessed_node *node = &document->node;
	const struct json_text kernel[] = {
		{"release", node->kernel_version, sizeof(node->kernel_version)},
		{"family", node->kernel_family, sizeof(node->kernel_family)},
		{"base", node->kernel_base, sizeof(node->kernel_base)},
	};
	const struct json_text os[] = {
		{"id", node->os_id, sizeof(node->os_id)},
		{"version_id", node->os_version_id, sizeof(node->os_version_id)},
		{"pretty_name", node->os_image, sizeof(node->os_image)},
	};
	const struct json_text kubernetes[] = {
		{"version", node->proxy_version, sizeof(node->proxy_version)},
		{"component", node->component, sizeof(node->component)},
	};
	char key[KEY_SIZE];
	bool first = true;

	if (!json_read_begin_or_null(reader))
		return;
	while (json_read_member(reader, &first, key, sizeof(key))) {
		if (strcmp(key, "node") == 0)
			read_node(document, reader);
		else if (strcmp(key, "kernel") == 0)
			json_read_texts(reader, kernel, N_ELEMENTS(kernel));
		else if (strcmp(key, "os") == 0)
			json_read_texts(reader, os, N_ELEMENTS(os));
		else if (strcmp(key, "kubernetes") == 0)
			json_read_texts(reader, kubernetes, N_ELEMENTS(kubernetes));
		else
			json_read_skip(reader);
	}
}

static bool verdict_parse(const char *name, enum answer *ret_verdict)
{
	for (int verdict = ANSWER_NO; verdict <= ANSWER_YES; verdict++) {
		if (strcmp(name, verdict_name(verdict)) == 0) {
			*ret_verdict = verdict;
			return true;
		}
	}
	return false;
}

static void note_rule(struct node_document *document, const char *id, enum answer verdict)
{
	const struct rules *rules = document->policy->rules;

	if (!document->node.rules)
		document->node.rules = calloc(rules->n_rules + 1, 1);
	if (!document->node.rules) {
		document->error = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < rules->n_rules; i++) {
		if (strcmp(rules->rules[i].id, id) == 0)
			document->node.rules[i] = (unsigned char)(verdict + 1);
	}
}

/* Rules that are not known here count only in the node's state. */
static void read_rules(struct node_document *document, struct json_reader *reader)
{
	bool first = true;

	if (!json_read_begin(reader, '['))
		return;
	while (json_read_element(reader, &first)) {
		char id[ASSESS_INFO_SIZE] = "", verdict[ASSESS_WORD_SIZE] = "";
		const struct json_text texts[] = {
			{"id", id, sizeof(id)},
			{"verdict", verdict, sizeof(verdict)},
		};
		enum answer answer;

		if (!json_read_texts(reader, texts, N_ELEMENTS(texts)))
			return;
		if (verdict_parse(verdict, &answer))
			note_rule(document, id, answer);
		else
			refuse(document, "rules: no verdict: ", verdict);
	}
}

struct peer {
	char address[ASSESS_INFO_SIZE];
	uint64_t attempts;
	struct sighting sighting;
};

static void read_peer_members(struct json_reader *reader, struct peer *peer)
{
	struct sighting *sighting = &peer->sighting;
	char key[KEY_SIZE];
	bool first = true;

	if (!json_read_begin(reader, '{'))
		return;
	while (json_read_member(reader, &first, key, sizeof(key))) {
		if (strcmp(key, "address") == 0)
			json_read_text(reader, peer->address, sizeof(peer->address));
		else if (strcmp(key, "attempts") == 0)
			json_read_count(reader, &peer->attempts);
		else if (strcmp(key, "wrong") == 0)
			json_read_count(reader, &sighting->wrong);
		else if (strcmp(key, "inner_wrong") == 0)
			json_read_count(reader, &sighting->inner_wrong);
		else if (strcmp(key, "looks_like") == 0)
			json_read_text(reader, sighting->looks_like, sizeof(sighting->looks_like));
		else
			json_read_skip(reader);
	}
}

/* Peers that are too many to be listed are one without an address, `fallback`. */
static void read_peer(struct node_document *document, struct json_reader *reader,
		      const char *fallback)
{
	struct peer peer = {.sighting.receiver = document->nodes->n_nodes};
	const struct sighting *sighting = &peer.sighting;

	strcpy(peer.address, fallback);
	read_peer_members(reader, &peer);
	document->nodes->n_attempts += peer.attempts;
	if (!assess_address_parse(peer.address, &peer.sighting.address))
		refuse(document, "peers: no address: ", peer.address);
	else if ((sighting->wrong || sighting->inner_wrong) &&
		 assessed_nodes_sight(document->nodes, sighting) < 0)
		document->error = -ENOMEM;
}

static void read_peers(struct node_document *document, struct json_reader *reader)
{
	bool first = true;

	if (!json_read_begin(reader, '['))
		return;
	while (!reader->fault && json_read_element(reader, &first))
		read_peer(document, reader, "");
}

static void read_state(struct node_document *document, struct json_reader *reader)
{
	char text[ASSESS_WORD_SIZE];

	if (json_read_string(reader, text, sizeof(text)) &&
	    state_parse(text, &document->node.state) < 0)
		refuse(document, "state: is none: ", text);
}

static void read_verdict(struct node_document *document, struct json_reader *reader)
{
	char text[ASSESS_WORD_SIZE];

	if (json_read_string(reader, text, sizeof(text)) &&
	    !verdict_parse(text, &document->node.verdict))
		refuse(document, "verdict: is none: ", text);
}

/* Members of `status --json` and `wire --json`. */
static bool read_own_member(struct node_document *document, struct json_reader *reader,
			    const char *key)
{
	if (strcmp(key, "state") == 0) {
		document->has_state = true;
		read_state(document, reader);
	} else if (strcmp(key, "verdict") == 0) {
		read_verdict(document, reader);
	} else if (strcmp(key, "summary") == 0) {
		json_read_text(reader, document->node.summary, sizeof(document->node.summary));
	} else if (strcmp(key, "dry_run") == 0) {
		document->dry_run = json_read_peek(reader) == 't';
		json_read_skip(reader);
	} else if (strcmp(key, "facts") == 0) {
		read_facts(document, reader);
	} else if (strcmp(key, "rules") == 0) {
		read_rules(document, reader);
	} else if (strcmp(key, "peers") == 0) {
		document->has_peers = true;
		read_peers(document, reader);
	} else if (strcmp(key, "others") == 0) {
		document->has_peers = true;
		read_peer(document, reader, "::");
	} else {
		return false;
	}
	return true;
}

static bool is_fact(const char *key)
{
	for (size_t i = 0; i < facts_table.n_facts; i++) {
		if (facts_table.facts[i].kind != FACT_SCHEMA &&
		    strcmp(facts_table.facts[i].key, key) == 0)
			return true;
	}
	return false;
}

/* All of a fact is of interest: it is judged here. */
static void keep_fact(struct node_document *document, struct json_reader *reader, const char *key)
{
	struct json_copy copy = {.text = NULL};
	json_error_t error;
	json_t *value = NULL;
	int result;

	if (!document->facts)
		document->facts = json_object();
	if (json_read_copy(reader, &copy)) {
		result = json_read(copy.text, copy.length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
				   &value, &error);
		if (result == -EBADMSG)
			refuse(document, "is not valid JSON: ", error.text);
		else if (result < 0 || json_object_set_new(document->facts, key, value) < 0)
			document->error = -ENOMEM;
	}
	free(copy.text);
}

bool node_document_read(struct node_document *document, struct json_reader *reader, const char *key)
{
	/* Both of `facts` and of `wire --json`. */
	if (strcmp(key, "node") == 0)
		read_node(document, reader);
	else if (is_fact(key))
		keep_fact(document, reader, key);
	else
		return read_own_member(document, reader, key);
	return true;
}

bool node_document_is_any(const struct node_document *document)
{
	return document->has_state || document->has_peers || document->facts;
}

static void copy_text(char *target, size_t size, const char *text)
{
	snprintf(target, size, "%s", text ? text : "");
}

#define COPY_TEXT(member, text) copy_text((member), sizeof(member), (text))

static void take_report(void *data, const struct report *report)
{
	struct node_document *document = data;
	struct assessed_node *node = &document->node;
	const struct facts *facts = report->facts;

	COPY_TEXT(node->kernel_version, facts->kernel.release);
	COPY_TEXT(node->kernel_family, facts->kernel.family);
	COPY_TEXT(node->kernel_base, facts->kernel.base);
	COPY_TEXT(node->os_id, facts->os.id);
	COPY_TEXT(node->os_version_id, facts->os.version_id);
	COPY_TEXT(node->os_image, facts->os.pretty_name);
	COPY_TEXT(node->proxy_version, facts->kubernetes.version);
	COPY_TEXT(node->component, facts->kubernetes.component);
	COPY_TEXT(node->summary, report->summary);
	node->state = report->state;
	node->verdict = report->judgement->verdict;
	for (size_t i = 0; i < report->judgement->n_rules; i++)
		note_rule(document, report->judgement->rules[i].rule->id,
			  report_rule_verdict(report, i));
}

static int judge_facts(struct node_document *document)
{
	_cleanup_(facts_clear) struct facts facts = {.links_known = false};
	char error[sizeof(document->fault)];
	int result = facts_json_read_line(document->facts, "facts", error, sizeof(error), &facts);

	if (result == -EBADMSG)
		refuse(document, error, "");
	if (result < 0)
		return result;
	if (report_judge_facts(document->policy->policy, &facts, take_report, document) != 0)
		return -ECANCELED;
	return document->error;
}

/* One document is of one kind. */
static int check(struct node_document *document)
{
	if (document->dry_run)
		refuse(document, "is of a dry run: how the node would be, not how it is", "");
	else if (document->has_state + document->has_peers + (document->facts != NULL) > 1)
		refuse(document, "is of no kind: it has what is of several", "");
	else if (!document->node.name[0])
		refuse(document, "does not say whose it is: a document without node.name", "");
	return document->fault[0] ? -EBADMSG : 0;
}

int node_document_finish(struct node_document *document)
{
	int result = document->error;

	if (result == 0)
		result = check(document);
	if (result == 0 && document->facts)
		result = judge_facts(document);
	if (document->has_state)
		document->node.sources = ASSESSED_STATUS;
	else
		document->node.sources = document->has_peers ? ASSESSED_WIRE : ASSESSED_FACTS;
	return result;
}
