/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/facts_json.h"

#include "agent/json.h"
#include "cleanup.h"
#include "policy/kernel_identity.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#define SCHEMA		    1
#define FACTS_JSON_SIZE_MAX (4 * 1024 * 1024)
#define N_ELEMENTS(a)	    (sizeof(a) / sizeof((a)[0]))

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
	json_write_text(writer, "reason", nat_rules->reason);
	json_write_text(writer, "source", nat_rules->source);
	json_write_end(writer, '}');
}

static void write_exposed_by(struct json_writer *writer, const struct link_facts *link,
			     const struct rules *rules)
{
	json_write_begin(writer, "exposed_by", '[');
	for (size_t i = 0; i < rules->n_rules; i++) {
		if (rule_exposes(&rules->rules[i], link) != ANSWER_NO)
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
	json_write_integer(writer, "schema", SCHEMA);
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
	if (fclose(output) != 0 || result < 0)
		return -ENOMEM;
	*ret_text = TAKE_PTR(text);
	return 0;
}

/* The text being read: how it is called, and where complaints go. */
struct reading {
	const char *name;
	struct complaints *complaints;
};

/* Text as it can be shown in one line: every byte that is not printable ASCII as \xNN. */
static char *escape(const char *text)
{
	char *escaped = malloc(strlen(text) * 4 + 1), *end = escaped;

	for (; escaped && *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte >= 0x20 && byte < 0x7f)
			*end++ = *text;
		else
			end += sprintf(end, "\\x%02x", byte);
	}
	if (escaped)
		*end = '\0';
	return escaped;
}

/* Complains about `key` (may be NULL) of the object at `path` (may be ""). */
static int complain(const struct reading *reading, const char *path, const char *key,
		    const char *text)
{
	_cleanup_free_ char *shown_key = escape(key ? key : "");
	int result;

	if (!shown_key)
		return -ENOMEM;
	result = complaints_add(reading->complaints, "%s: %s%s%s: %s", reading->name, path,
				*path && key ? "." : "", shown_key, text);
	return result < 0 ? result : -EBADMSG;
}

/* C0, DEL, and C1 (U+0080 to U+009F, in UTF-8), which terminals obey as well. */
static bool is_control(const char *text)
{
	unsigned char first = (unsigned char)text[0], second = (unsigned char)text[1];

	return first < 0x20 || first == 0x7f || (first == 0xc2 && second < 0xa0);
}

static int check_text(const struct reading *reading, const char *path, const char *key,
		      const char *text, size_t size_max)
{
	_cleanup_free_ char *escaped = NULL, *complaint = NULL;

	if (strlen(text) >= size_max)
		return complain(reading, path, key, "is too long");
	for (const char *next = text; *next; next++) {
		if (!is_control(next))
			continue;
		escaped = escape(text);
		if (!escaped ||
		    asprintf(&complaint, "must not hold control characters: \"%s\"", escaped) < 0) {
			complaint = NULL;
			return -ENOMEM;
		}
		return complain(reading, path, key, complaint);
	}
	return 0;
}

/*
 * The readers of a value: `value` is never NULL, JSON's null means unknown. They return 0,
 * -EBADMSG after a complaint, or -ENOMEM.
 */

/* Checks a text of less than `size_max` bytes; `ret_text` is NULL for null, else borrowed. */
static int check_string(const struct reading *reading, const char *path, const char *key,
			const json_t *value, size_t size_max, const char **ret_text)
{
	*ret_text = json_string_value(value);
	if (json_is_null(value))
		return 0;
	if (!*ret_text)
		return complain(reading, path, key, "must be a string");
	return check_text(reading, path, key, *ret_text, size_max);
}

static int read_text(const struct reading *reading, const char *path, const char *key,
		     const json_t *value, char **member)
{
	const char *text;
	int result = check_string(reading, path, key, value, SIZE_MAX, &text);

	if (result < 0 || !text)
		return result;
	*member = strdup(text);
	return *member ? 0 : -ENOMEM;
}

static int read_array_text(const struct reading *reading, const char *path, const char *key,
			   const json_t *value, char *member, size_t size)
{
	const char *text;
	int result = check_string(reading, path, key, value, size, &text);

	if (result == 0 && text)
		strcpy(member, text);
	return result;
}

static int read_answer(const struct reading *reading, const char *path, const char *key,
		       const json_t *value, enum answer *member)
{
	if (!json_is_boolean(value) && !json_is_null(value))
		return complain(reading, path, key, "must be true, false or null");
	if (json_is_boolean(value))
		*member = json_is_true(value) ? ANSWER_YES : ANSWER_NO;
	return 0;
}

static int read_ifindex(const struct reading *reading, const char *path, const char *key,
			const json_t *value, unsigned int *member)
{
	if (json_is_null(value))
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > INT_MAX)
		return complain(reading, path, key, "must be a number from 0 to 2147483647");
	*member = (unsigned int)json_integer_value(value);
	return 0;
}

/* What was derived from the rules is checked, and derived anew when it is needed. */
static int check_exposed_by(const struct reading *reading, const char *path, const char *key,
			    const json_t *value)
{
	if (!json_is_array(value) && !json_is_null(value))
		return complain(reading, path, key, "must be a list of strings");
	for (size_t i = 0; i < json_array_size(value); i++) {
		if (!json_is_string(json_array_get(value, i)))
			return complain(reading, path, key, "must be a list of strings");
	}
	return 0;
}

static int check_schema(const struct reading *reading, const char *key, const json_t *value)
{
	if (json_is_null(value) || (json_is_integer(value) && json_integer_value(value) == SCHEMA))
		return 0;
	return complain(reading, "", key, "must be 1");
}

/* An object whose members are strings or unknown. */
struct text_member {
	const char *key;
	char **member;
};

static char **find_member(const struct text_member members[], size_t n_members, const char *key)
{
	for (size_t i = 0; i < n_members; i++) {
		if (strcmp(members[i].key, key) == 0)
			return members[i].member;
	}
	return NULL;
}

static int complain_unknown(const struct reading *reading, const char *path, const char *key)
{
	return complain(reading, path, key, "unknown key");
}

static int read_texts(const struct reading *reading, const char *path, json_t *object,
		      const struct text_member members[], size_t n_members)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object) && !json_is_null(object))
		return complain(reading, path, NULL, "must be an object");
	json_object_foreach(object, key, value)
	{
		char **member = find_member(members, n_members, key);
		int result = member ? read_text(reading, path, key, value, member)
				    : complain_unknown(reading, path, key);

		if (result < 0)
			return result;
	}
	return 0;
}

static int read_kernel(const struct reading *reading, json_t *value, struct kernel_facts *kernel)
{
	const struct text_member members[] = {
		{"release", &kernel->release},	   {"version", &kernel->version},
		{"signature", &kernel->signature}, {"base", &kernel->base},
		{"family", &kernel->family},	   {"build", &kernel->build},
		{"flavour", &kernel->flavour},	   {"source", &kernel->source},
	};

	return read_texts(reading, "kernel", value, members, N_ELEMENTS(members));
}

static int read_corruption(const struct reading *reading, const char *key, const json_t *value,
			   enum answer *member)
{
	const char *text = json_string_value(value);

	if (json_is_null(value))
		return 0;
	if (text && corruption_parse(text, member) == 0)
		return 0;
	return complain(reading, "measured", key, "must be \"corrupt\", \"clean\" or \"unknown\"");
}

static int read_measured(const struct reading *reading, json_t *object,
			 struct measured_facts *measured)
{
	const char *key;
	json_t *value;
	int result = 0;

	measured->zero_checksum = measured->udp_checksum = ANSWER_UNKNOWN;
	if (!json_is_object(object) && !json_is_null(object))
		return complain(reading, "measured", NULL, "must be an object");
	json_object_foreach(object, key, value)
	{
		if (strcmp(key, "zero_checksum") == 0)
			result = read_corruption(reading, key, value, &measured->zero_checksum);
		else if (strcmp(key, "udp_checksum") == 0)
			result = read_corruption(reading, key, value, &measured->udp_checksum);
		else if (strcmp(key, "source") == 0)
			result = read_text(reading, "measured", key, value, &measured->source);
		else
			result = complain_unknown(reading, "measured", key);
		if (result < 0)
			return result;
	}
	/* A person need not say how it is known. */
	if (!measured->source &&
	    (measured->zero_checksum != ANSWER_UNKNOWN || measured->udp_checksum != ANSWER_UNKNOWN))
		measured->source = strdup(reading->name);
	else
		return 0;
	return measured->source ? 0 : -ENOMEM;
}

static int read_os(const struct reading *reading, json_t *value, struct os_facts *os)
{
	const struct text_member members[] = {
		{"id", &os->id},
		{"version_id", &os->version_id},
		{"pretty_name", &os->pretty_name},
		{"source", &os->source},
	};

	return read_texts(reading, "os", value, members, N_ELEMENTS(members));
}

static int read_answers(const struct reading *reading, json_t *value,
			struct kubernetes_facts *kubernetes)
{
	if (!json_is_array(value) && !json_is_null(value))
		return complain(reading, "kubernetes.answers", NULL, "must be a list of objects");
	for (size_t i = 0; i < json_array_size(value); i++) {
		_cleanup_free_ char *component = NULL, *version = NULL, *source = NULL;
		const struct text_member members[] = {
			{"component", &component},
			{"version", &version},
			{"source", &source},
		};
		char path[64];
		int result;

		snprintf(path, sizeof(path), "kubernetes.answers[%zu]", i);
		result = read_texts(reading, path, json_array_get(value, i), members,
				    N_ELEMENTS(members));
		if (result == 0)
			result = kubernetes_facts_add(kubernetes, component, version, source);
		if (result < 0)
			return result;
	}
	return 0;
}

static int read_kubernetes_member(const struct reading *reading, const char *key, json_t *value,
				  struct kubernetes_facts *kubernetes)
{
	const struct text_member members[] = {
		{"version", &kubernetes->version},
		{"component", &kubernetes->component},
		{"source", &kubernetes->source},
	};
	char **member = find_member(members, N_ELEMENTS(members), key);

	if (member)
		return read_text(reading, "kubernetes", key, value, member);
	if (strcmp(key, "present") == 0)
		return read_answer(reading, "kubernetes", key, value, &kubernetes->present);
	if (strcmp(key, "answers") == 0)
		return read_answers(reading, value, kubernetes);
	return complain_unknown(reading, "kubernetes", key);
}

static int read_kubernetes(const struct reading *reading, json_t *object,
			   struct kubernetes_facts *kubernetes)
{
	const char *key;
	json_t *value;

	kubernetes->present = ANSWER_UNKNOWN;
	if (!json_is_object(object) && !json_is_null(object))
		return complain(reading, "kubernetes", NULL, "must be an object");
	json_object_foreach(object, key, value)
	{
		int result = read_kubernetes_member(reading, key, value, kubernetes);

		if (result < 0)
			return result;
	}
	if (kubernetes->version && !json_is_boolean(json_object_get(object, "present")))
		kubernetes->present = ANSWER_YES;
	return 0;
}

static int read_answer_word(const struct reading *reading, const char *path, const char *key,
			    const json_t *value, enum answer *member)
{
	const char *word = json_is_null(value) ? "unknown" : json_string_value(value);

	for (int answer = ANSWER_NO; word && answer <= ANSWER_YES; answer++) {
		if (strcmp(word, answer_name(answer)) == 0) {
			*member = answer;
			return 0;
		}
	}
	return complain(reading, path, key, "must be \"yes\", \"no\" or \"unknown\"");
}

static int read_nat_rules_member(const struct reading *reading, const char *key, json_t *value,
				 struct nat_rules_facts *nat_rules)
{
	const char *path = "nat_rules";
	enum answer was_read = ANSWER_NO;
	int result;

	if (strcmp(key, "reason") == 0)
		return read_text(reading, path, key, value, &nat_rules->reason);
	if (strcmp(key, "source") == 0)
		return read_text(reading, path, key, value, &nat_rules->source);
	if (strcmp(key, "vulnerable") == 0)
		return read_answer_word(reading, path, key, value, &nat_rules->vulnerable);
	if (strcmp(key, "read") != 0)
		return complain_unknown(reading, path, key);
	result = read_answer(reading, path, key, value, &was_read);
	nat_rules->read = was_read == ANSWER_YES;
	return result;
}

static int read_nat_rules(const struct reading *reading, json_t *object,
			  struct nat_rules_facts *nat_rules)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object) && !json_is_null(object))
		return complain(reading, "nat_rules", NULL, "must be an object");
	json_object_foreach(object, key, value)
	{
		int result = read_nat_rules_member(reading, key, value, nat_rules);

		if (result < 0)
			return result;
	}
	return 0;
}

static int read_external(const struct reading *reading, const char *path, const char *key,
			 const json_t *value, struct link_facts *link)
{
	enum answer external = ANSWER_NO;
	int result = read_answer(reading, path, key, value, &external);

	link->external = external == ANSWER_YES;
	return result;
}

static int read_link_member(const struct reading *reading, const char *path, const char *key,
			    json_t *value, struct link_facts *link)
{
	const struct {
		const char *key;
		char *member;
		size_t size;
	} texts[] = {
		{"name", link->name, sizeof(link->name)},
		{"kind", link->kind, sizeof(link->kind)},
		{"driver", link->driver, sizeof(link->driver)},
		{"mac", link->mac, sizeof(link->mac)},
	};

	for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
		if (strcmp(texts[i].key, key) == 0)
			return read_array_text(reading, path, key, value, texts[i].member,
					       texts[i].size);
	}
	if (strcmp(key, "ifindex") == 0)
		return read_ifindex(reading, path, key, value, &link->ifindex);
	if (strcmp(key, "udp_csum") == 0)
		return read_answer(reading, path, key, value, &link->udp_csum);
	if (strcmp(key, "external") == 0)
		return read_external(reading, path, key, value, link);
	if (strcmp(key, "exposed_by") == 0)
		return check_exposed_by(reading, path, key, value);
	return complain_unknown(reading, path, key);
}

static int read_link(const struct reading *reading, const char *path, json_t *object,
		     struct link_facts *link)
{
	const char *key;
	json_t *value;

	link->udp_csum = ANSWER_UNKNOWN;
	if (!json_is_object(object))
		return complain(reading, path, NULL, "must be an object");
	json_object_foreach(object, key, value)
	{
		int result = read_link_member(reading, path, key, value, link);

		if (result < 0)
			return result;
	}
	return 0;
}

static int read_links(const struct reading *reading, json_t *array, struct facts *facts)
{
	size_t n_links = json_array_size(array);

	if (json_is_null(array))
		return 0;
	if (!json_is_array(array))
		return complain(reading, "links", NULL, "must be a list of objects");
	facts->links = calloc(n_links ? n_links : 1, sizeof(*facts->links));
	if (!facts->links)
		return -ENOMEM;
	facts->links_known = true;
	for (facts->n_links = 0; facts->n_links < n_links; facts->n_links++) {
		char path[64];
		int result;

		snprintf(path, sizeof(path), "links[%zu]", facts->n_links);
		result = read_link(reading, path, json_array_get(array, facts->n_links),
				   &facts->links[facts->n_links]);
		if (result < 0)
			return result;
	}
	return 0;
}

static int read_member(const struct reading *reading, const char *key, json_t *value,
		       struct facts *facts)
{
	if (strcmp(key, "schema") == 0)
		return check_schema(reading, key, value);
	if (strcmp(key, "kernel") == 0)
		return read_kernel(reading, value, &facts->kernel);
	if (strcmp(key, "measured") == 0)
		return read_measured(reading, value, &facts->measured);
	if (strcmp(key, "os") == 0)
		return read_os(reading, value, &facts->os);
	if (strcmp(key, "kubernetes") == 0)
		return read_kubernetes(reading, value, &facts->kubernetes);
	if (strcmp(key, "nat_rules") == 0)
		return read_nat_rules(reading, value, &facts->nat_rules);
	if (strcmp(key, "links") == 0)
		return read_links(reading, value, facts);
	return complain_unknown(reading, "", key);
}

static int read_facts(const struct reading *reading, json_t *object, struct facts *facts)
{
	const char *key;
	json_t *value;

	facts->kubernetes.present = ANSWER_UNKNOWN;
	facts->nat_rules.vulnerable = ANSWER_UNKNOWN;
	json_object_foreach(object, key, value)
	{
		int result = read_member(reading, key, value, facts);

		if (result < 0)
			return result;
	}
	return kernel_identify(&facts->kernel, facts->os.id);
}

/* Complains about the text as a whole. */
static int complain_text(const struct reading *reading, const char *text)
{
	int result = complaints_add(reading->complaints, "%s: %s", reading->name, text);

	return result < 0 ? result : -EBADMSG;
}

static int load(const struct reading *reading, const char *text, size_t size, json_t **ret_json)
{
	_cleanup_free_ char *escaped = NULL;
	json_error_t error;
	json_t *json = NULL;
	int result;

	if (size == 0)
		return complain_text(reading, "is empty; must be a JSON object");
	if (size > FACTS_JSON_SIZE_MAX)
		return complain_text(reading, "is larger than 4 MiB");
	result = json_read(text, size, JSON_REJECT_DUPLICATES, &json, &error);
	if (result == -ENOMEM)
		return result;
	if (json_is_object(json)) {
		*ret_json = json;
		return 0;
	}
	json_decref(json);
	if (json)
		return complain_text(reading, "must be a JSON object");
	escaped = escape(error.text);
	if (!escaped)
		return -ENOMEM;
	result = complaints_add(reading->complaints, "%s:%d: %s", reading->name,
				error.line > 0 ? error.line : 1, escaped);
	return result < 0 ? result : -EBADMSG;
}

int facts_json_parse(const char *text, size_t size, const char *shown_name,
		     struct complaints *complaints, struct facts *ret_facts)
{
	const struct reading reading = {shown_name, complaints};
	_cleanup_(facts_clear) struct facts facts = {0};
	_cleanup_(cleanup_json) json_t *json = NULL;
	int result;

	result = load(&reading, text, size, &json);
	if (result == 0)
		result = read_facts(&reading, json, &facts);
	if (result < 0)
		return result;
	*ret_facts = facts;
	facts = (struct facts){0};
	return 0;
}

static char *print_without_links(const struct facts *facts)
{
	struct facts node = *facts;
	char *text = NULL;

	node.links_known = false;
	node.n_links = 0;
	return facts_json_print(&node, NULL, &text) < 0 ? NULL : text;
}

bool facts_json_equal(const struct facts *a, const struct facts *b)
{
	_cleanup_free_ char *one = print_without_links(a);
	_cleanup_free_ char *other = print_without_links(b);

	return one && other && strcmp(one, other) == 0;
}
