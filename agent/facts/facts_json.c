/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/facts/facts_json.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>

static void write_answer(struct json_writer *writer, const char *key, enum answer answer)
{
	if (answer == ANSWER_UNKNOWN)
		json_write_null(writer, key);
	else
		json_write_boolean(writer, key, answer == ANSWER_YES);
}

/* The arrays of struct link_facts say "not known" with an empty string. */
static void write_array_text(struct json_writer *writer, const char *key, const char *text)
{
	json_write_text(writer, key, *text ? text : NULL);
}

static void write_kernel(struct json_writer *writer, const struct kernel_facts *kernel)
{
	json_write_begin(writer, "kernel", '{');
	json_write_text(writer, "release", kernel->release);
	json_write_text(writer, "version", kernel->version);
	json_write_text(writer, "signature", kernel->signature);
	json_write_text(writer, "base", kernel->base);
	json_write_text(writer, "family", kernel->family);
	json_write_text(writer, "build", kernel->build);
	json_write_text(writer, "flavour", kernel->flavour);
	json_write_text(writer, "source", kernel->source);
	json_write_end(writer, '}');
}

static void write_measured(struct json_writer *writer, const struct measured_facts *measured)
{
	const bool tried = measured->source != NULL;
	const enum answer zero = tried ? measured->zero_checksum : ANSWER_UNKNOWN;
	const enum answer udp = tried ? measured->udp_checksum : ANSWER_UNKNOWN;

	json_write_begin(writer, "measured", '{');
	json_write_string(writer, "zero_checksum", corruption_name(zero));
	json_write_string(writer, "udp_checksum", corruption_name(udp));
	json_write_text(writer, "source", measured->source);
	json_write_end(writer, '}');
}

static void write_os(struct json_writer *writer, const struct os_facts *os)
{
	json_write_begin(writer, "os", '{');
	json_write_text(writer, "id", os->id);
	json_write_text(writer, "version_id", os->version_id);
	json_write_text(writer, "pretty_name", os->pretty_name);
	json_write_text(writer, "source", os->source);
	json_write_end(writer, '}');
}

static void write_kubernetes(struct json_writer *writer, const struct kubernetes_facts *kubernetes)
{
	json_write_begin(writer, "kubernetes", '{');
	json_write_text(writer, "version", kubernetes->version);
	json_write_text(writer, "component", kubernetes->component);
	json_write_text(writer, "source", kubernetes->source);
	write_answer(writer, "present", kubernetes->present);
	json_write_begin(writer, "answers", '[');
	for (size_t i = 0; i < kubernetes->n_answers; i++) {
		const struct kubernetes_answer *answer = &kubernetes->answers[i];

		json_write_begin(writer, NULL, '{');
		json_write_text(writer, "component", answer->component);
		json_write_text(writer, "version", answer->version);
		json_write_text(writer, "source", answer->source);
		json_write_end(writer, '}');
	}
	json_write_end(writer, ']');
	json_write_end(writer, '}');
}

static void write_nat_rules(struct json_writer *writer, const struct nat_rules_facts *nat_rules)
{
	const enum answer vulnerable = nat_rules->read ? nat_rules->vulnerable : ANSWER_UNKNOWN;

	json_write_begin(writer, "nat_rules", '{');
	json_write_boolean(writer, "read", nat_rules->read);
	json_write_string(writer, "vulnerable", answer_name(vulnerable));
	json_write_boolean(writer, "absent", nat_rules->absent);
	json_write_text(writer, "reason", nat_rules->reason);
	json_write_text(writer, "source", nat_rules->source);
	json_write_end(writer, '}');
}

static void write_nat_seen(struct json_writer *writer, const struct nat_seen_facts *nat_seen)
{
	json_write_begin(writer, "nat_seen", '{');
	json_write_boolean(writer, "looked", nat_seen->looked);
	json_write_integer(writer, "flows", nat_seen->flows);
	json_write_integer(writer, "rewritten", nat_seen->rewritten);
	json_write_text(writer, "example", nat_seen->example);
	json_write_text(writer, "reason", nat_seen->reason);
	json_write_end(writer, '}');
}

static void write_exposed_by(struct json_writer *writer, const struct link_facts *link,
			     const struct rules *rules)
{
	json_write_begin(writer, "exposed_by", '[');
	for (size_t i = 0; i < rules->n_rules; i++) {
		if (rules->rules[i].mode != RULE_OFF &&
		    rule_exposes(&rules->rules[i], link) != ANSWER_NO)
			json_write_string(writer, NULL, rules->rules[i].id);
	}
	json_write_end(writer, ']');
}

static void write_link(struct json_writer *writer, const struct link_facts *link,
		       const struct rules *rules)
{
	json_write_line(writer);
	json_write_begin(writer, NULL, '{');
	write_array_text(writer, "name", link->name);
	json_write_integer(writer, "ifindex", link->ifindex);
	write_array_text(writer, "kind", link->kind);
	write_array_text(writer, "driver", link->driver);
	write_array_text(writer, "mac", link->mac);
	write_answer(writer, "udp_csum", link->udp_csum);
	json_write_boolean(writer, "external", link->external);
	if (rules)
		write_exposed_by(writer, link, rules);
	json_write_end(writer, '}');
}

void facts_json_write(struct json_writer *writer, const char *key, const struct facts *facts,
		      const struct rules *rules)
{
	json_write_begin(writer, key, '{');
	json_write_integer(writer, "schema", FACTS_JSON_SCHEMA);
	json_write_line(writer);
	write_kernel(writer, &facts->kernel);
	json_write_line(writer);
	write_measured(writer, &facts->measured);
	json_write_line(writer);
	write_os(writer, &facts->os);
	json_write_line(writer);
	write_kubernetes(writer, &facts->kubernetes);
	json_write_line(writer);
	write_nat_rules(writer, &facts->nat_rules);
	json_write_line(writer);
	write_nat_seen(writer, &facts->nat_seen);
	if (facts->links_known) {
		json_write_line(writer);
		json_write_begin(writer, "links", '[');
		for (size_t i = 0; i < facts->n_links; i++)
			write_link(writer, &facts->links[i], rules);
		json_write_end(writer, ']');
	}
	json_write_end(writer, '}');
}

int facts_json_print(const struct facts *facts, const struct rules *rules, char **ret_text)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *output = open_memstream(&text, &size);
	struct json_writer writer = {.output = output};
	int result;

	if (!output)
		return -ENOMEM;
	facts_json_write(&writer, NULL, facts, rules);
	result = json_write_result(&writer);
	/* glibc's fclose() may have lost the text for lack of memory, and yet return 0. */
	if (fclose(output) != 0 || result < 0 || !text)
		return -ENOMEM;
	*ret_text = TAKE_PTR(text);
	return 0;
}

static char *print_without_links(const struct facts *facts)
{
	struct facts node = *facts;
	char *text = NULL;

	node.links_known = false;
	node.n_links = 0;
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
