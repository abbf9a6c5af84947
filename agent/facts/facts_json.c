/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/facts/facts_json.h"

#include "agent/base/json_writer.h"
#include "agent/base/print_memory.h"
#include "agent/facts/facts_table.h"
#include "cleanup.h"
#include "policy/facts.h"
#include "policy/rule.h"

#include <errno.h>
#include <string.h>

/* What is being written, and by what links are judged. */
struct facts_output {
	struct json_writer *writer;
	const struct rules *rules; /* NULL: not at all */
	const struct facts *facts;
};

static void write_answer(struct json_writer *writer, const char *key, enum answer answer)
{
	if (answer == ANSWER_UNKNOWN)
		json_write_null(writer, key);
	else
		json_write_boolean(writer, key, answer == ANSWER_YES);
}

static void write_exposed_by(const struct facts_output *facts_output, const char *key,
			     const struct link_facts *link)
{
	const struct rules *rules = facts_output->rules;

	if (!rules)
		return;
	json_write_begin(facts_output->writer, key, '[');
	for (size_t i = 0; i < rules->n_rules; i++) {
		if (rules->rules[i].mode != RULE_OFF &&
		    rule_exposes(&rules->rules[i], link,
				 facts_device(facts_output->facts, link->ifindex),
				 NULL) != ANSWER_NO)
			json_write_string(facts_output->writer, NULL, rules->rules[i].id);
	}
	json_write_end(facts_output->writer, ']');
}

static void write_object(const struct facts_output *facts_output, const char *key,
			 const struct fact_table *table, const char *structure);

// NOLINTNEXTLINE(misc-no-recursion): as deep as the tables
static void write_list(const struct facts_output *facts_output, const struct fact *fact,
		       const char *elements, size_t n_elements)
{
	json_write_begin(facts_output->writer, fact->key, '[');
	for (size_t i = 0; i < n_elements; i++) {
		if (fact->own_line)
			json_write_line(facts_output->writer);
		write_object(facts_output, NULL, fact->table,
			     elements + i * fact->table->structure_size);
	}
	json_write_end(facts_output->writer, ']');
}

// NOLINTNEXTLINE(misc-no-recursion): see above
static void write_fact(const struct facts_output *facts_output, const struct fact *fact,
		       const char *structure)
{
	struct json_writer *writer = facts_output->writer;
	const void *member = structure + fact->offset;
	const char *text = member;

	switch (fact->kind) {
	case FACT_SCHEMA:
		json_write_integer(writer, fact->key, FACTS_JSON_SCHEMA);
		return;
	case FACT_TEXT:
		json_write_text(writer, fact->key, *(char *const *)member);
		return;
	case FACT_SHORT_TEXT:
		json_write_text(writer, fact->key, *text ? text : NULL);
		return;
	case FACT_ANSWER:
		write_answer(writer, fact->key, *(const enum answer *)member);
		return;
	case FACT_ANSWER_WORD:
		json_write_string(writer, fact->key, answer_name(*(const enum answer *)member));
		return;
	case FACT_CORRUPTION:
		json_write_string(writer, fact->key, corruption_name(*(const enum answer *)member));
		return;
	case FACT_FLAG:
		json_write_boolean(writer, fact->key, *(const bool *)member);
		return;
	case FACT_COUNT:
		json_write_integer(writer, fact->key, *(const unsigned int *)member);
		return;
	case FACT_OBJECT:
		write_object(facts_output, fact->key, fact->table, member);
		return;
	case FACT_LIST:
		write_list(facts_output, fact, *(const char *const *)member,
			   *(const size_t *)(const void *)(structure + fact->count_offset));
		return;
	case FACT_STRINGS:
		json_write_strings(writer, fact->key, *(char *const *const *)member);
		return;
	case FACT_EXPOSED_BY:
		write_exposed_by(facts_output, fact->key, (const void *)structure);
	}
}

// NOLINTNEXTLINE(misc-no-recursion): see above
static void write_object(const struct facts_output *facts_output, const char *key,
			 const struct fact_table *table, const char *structure)
{
	json_write_begin(facts_output->writer, key, '{');
	for (size_t i = 0; i < table->n_facts; i++)
		write_fact(facts_output, &table->facts[i], structure);
	json_write_end(facts_output->writer, '}');
}

/* What means nothing as it stands is unknown. */
static struct facts make_plain(const struct facts *facts)
{
	struct facts plain = *facts;

	if (!plain.measured.source)
		plain.measured.zero_checksum = plain.measured.udp_checksum = ANSWER_UNKNOWN;
	if (!plain.nat_rules.read)
		plain.nat_rules.vulnerable = ANSWER_UNKNOWN;
	return plain;
}

void facts_json_write(struct json_writer *writer, const char *key, const struct facts *facts,
		      const struct rules *rules)
{
	const struct facts_output facts_output = {writer, rules, facts};
	const struct facts plain = make_plain(facts);

	json_write_begin(writer, key, '{');
	for (size_t i = 0; i < facts_table.n_facts; i++) {
		const struct fact *fact = &facts_table.facts[i];

		if (fact->table == facts_table_links && !facts->links_known)
			continue;
		if (fact->table == facts_table_devices && !facts->devices_known)
			continue;
		if (fact->table == facts_table_symptoms && !facts->symptoms_known)
			continue;
		if (i > 0)
			json_write_line(writer);
		write_fact(&facts_output, fact, (const char *)&plain);
	}
	json_write_end(writer, '}');
}

struct printing {
	const struct facts *facts;
	const struct rules *rules;
};

static int print_facts(FILE *output, void *data)
{
	const struct printing *printing = data;
	struct json_writer writer = {.output = output};

	facts_json_write(&writer, NULL, printing->facts, printing->rules);
	return json_write_result(&writer);
}

int facts_json_print(const struct facts *facts, const struct rules *rules, char **ret_text)
{
	struct printing printing = {facts, rules};
	size_t size;

	return print_memory(print_facts, &printing, ret_text, &size);
}

static char *print_without_links(const struct facts *facts)
{
	struct facts node = *facts;
	char *text = NULL;

	node.links_known = node.devices_known = node.symptoms_known = false;
	node.n_links = node.n_devices = node.n_symptoms = 0;
	/* What others call it, and by what, is no matter of the verdict. */
	node.node = (struct node_facts){.name = NULL};
	/* How many flows there were is another number at every look; that there were some decides.
	 */
	node.nat_seen.flows = 0;
	node.nat_seen.rewritten = node.nat_seen.rewritten > 0;
	node.nat_seen.example = NULL;
	return facts_json_print(&node, NULL, &text) < 0 ? NULL : text;
}

bool facts_json_equal(const struct facts *a, const struct facts *b)
{
	_cleanup_free_ char *one = print_without_links(a);
	_cleanup_free_ char *other = print_without_links(b);

	return one && other && strcmp(one, other) == 0;
}
