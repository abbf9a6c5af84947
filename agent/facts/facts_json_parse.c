/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/facts/facts_json_parse.h"

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "agent/facts/facts_json.h"
#include "array.h"
#include "cleanup.h"
#include "policy/kernel_identity.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#define TEXT_SIZE_MAX (4 * 1024 * 1024)
/* The text being read: how it is called, and where complaints go. */
struct reading {
	const char *name;
	struct complaints *complaints;
};

/*
 * One member of an object, and where it goes. Its reader gets the object's path ("" = the
 * outermost) and a value that is never NULL; JSON's null means unknown. It returns 0, -EBADMSG
 * after a complaint, or -ENOMEM.
 */
struct member {
	const char *key;
	int (*read)(const struct reading *reading, const char *path, const struct member *member,
		    json_t *value);
	void *target; /* of the type that the reader names */
	size_t size; /* of read_array_text()'s array */
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

	if (!shown_key)
		return -ENOMEM;
	return complaints_refuse(reading->complaints, "%s: %s%s%s: %s", reading->name, path,
				 *path && key ? "." : "", shown_key, text);
}

static int check_text(const struct reading *reading, const char *path, const char *key,
		      const char *text, size_t size_max)
{
	_cleanup_free_ char *escaped = NULL, *complaint = NULL;

	if (strlen(text) >= size_max)
		return complain(reading, path, key, "is too long");
	for (const char *next = text; *next; next++) {
		if (!text_begins_control(next))
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

/* A char *. */
static int read_text(const struct reading *reading, const char *path, const struct member *member,
		     json_t *value)
{
	char **target = member->target;
	const char *text;
	int result = check_string(reading, path, member->key, value, SIZE_MAX, &text);

	if (result < 0 || !text)
		return result;
	*target = strdup(text);
	return *target ? 0 : -ENOMEM;
}

/* An array of char. */
static int read_array_text(const struct reading *reading, const char *path,
			   const struct member *member, json_t *value)
{
	const char *text;
	int result = check_string(reading, path, member->key, value, member->size, &text);

	if (result == 0 && text)
		strcpy(member->target, text);
	return result;
}

/* An enum answer, as true or false. */
static int read_answer(const struct reading *reading, const char *path, const struct member *member,
		       json_t *value)
{
	enum answer *target = member->target;

	if (!json_is_boolean(value) && !json_is_null(value))
		return complain(reading, path, member->key, "must be true, false or null");
	if (json_is_boolean(value))
		*target = json_is_true(value) ? ANSWER_YES : ANSWER_NO;
	return 0;
}

/* A bool; unknown is false. */
static int read_flag(const struct reading *reading, const char *path, const struct member *member,
		     json_t *value)
{
	enum answer answer = ANSWER_UNKNOWN;
	const struct member asked = {.key = member->key, .target = &answer};
	bool *target = member->target;
	int result = read_answer(reading, path, &asked, value);

	*target = answer == ANSWER_YES;
	return result;
}

/* An enum answer, as a word. */
static int read_answer_word(const struct reading *reading, const char *path,
			    const struct member *member, json_t *value)
{
	const char *word = json_is_null(value) ? "unknown" : json_string_value(value);
	enum answer *target = member->target;

	for (int answer = ANSWER_NO; word && answer <= ANSWER_YES; answer++) {
		if (strcmp(word, answer_name(answer)) == 0) {
			*target = answer;
			return 0;
		}
	}
	return complain(reading, path, member->key, "must be \"yes\", \"no\" or \"unknown\"");
}

/* An enum answer, as a measurement says it. */
static int read_corruption(const struct reading *reading, const char *path,
			   const struct member *member, json_t *value)
{
	const char *text = json_string_value(value);

	if (json_is_null(value) || (text && corruption_parse(text, member->target) == 0))
		return 0;
	return complain(reading, path, member->key,
			"must be \"corrupt\", \"clean\" or \"unknown\"");
}

/* An unsigned int. */
static int read_count(const struct reading *reading, const char *path, const struct member *member,
		      json_t *value)
{
	unsigned int *target = member->target;

	if (json_is_null(value))
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > INT_MAX)
		return complain(reading, path, member->key,
				"must be a number from 0 to 2147483647");
	*target = (unsigned int)json_integer_value(value);
	return 0;
}

/* Nothing: what was derived from the rules is checked, and derived anew when it is needed. */
static int check_exposed_by(const struct reading *reading, const char *path,
			    const struct member *member, json_t *value)
{
	bool valid = json_is_array(value) || json_is_null(value);

	for (size_t i = 0; i < json_array_size(value); i++)
		valid = valid && json_is_string(json_array_get(value, i));
	return valid ? 0 : complain(reading, path, member->key, "must be a list of strings");
}

/* Nothing. */
static int check_schema(const struct reading *reading, const char *path,
			const struct member *member, json_t *value)
{
	if (json_is_null(value) ||
	    (json_is_integer(value) && json_integer_value(value) == FACTS_JSON_SCHEMA))
		return 0;
	return complain(reading, path, member->key, "must be 1");
}

static const struct member *find_member(const struct member members[], size_t n_members,
					const char *key)
{
	for (size_t i = 0; i < n_members; i++) {
		if (strcmp(members[i].key, key) == 0)
			return &members[i];
	}
	return NULL;
}

/* Reads an object, which knows no other members than these. */
static int read_object(const struct reading *reading, const char *path, json_t *object,
		       const struct member members[], size_t n_members)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object) && !json_is_null(object))
		return complain(reading, path, NULL, "must be an object");
	json_object_foreach(object, key, value)
	{
		const struct member *member = find_member(members, n_members, key);
		int result = member ? member->read(reading, path, member, value)
				    : complain(reading, path, key, "unknown key");

		if (result < 0)
			return result;
	}
	return 0;
}

/* A struct kernel_facts. */
static int read_kernel(const struct reading *reading, const char *path, const struct member *member,
		       json_t *value)
{
	struct kernel_facts *kernel = member->target;
	const struct member members[] = {
		{"release", read_text, &kernel->release, 0},
		{"version", read_text, &kernel->version, 0},
		{"signature", read_text, &kernel->signature, 0},
		{"base", read_text, &kernel->base, 0},
		{"family", read_text, &kernel->family, 0},
		{"build", read_text, &kernel->build, 0},
		{"flavour", read_text, &kernel->flavour, 0},
		{"source", read_text, &kernel->source, 0},
	};

	(void)path;
	return read_object(reading, member->key, value, members, N_ELEMENTS(members));
}

/* A struct measured_facts. A person need not say how it is known. */
static int read_measured(const struct reading *reading, const char *path,
			 const struct member *member, json_t *value)
{
	struct measured_facts *measured = member->target;
	const struct member members[] = {
		{"zero_checksum", read_corruption, &measured->zero_checksum, 0},
		{"udp_checksum", read_corruption, &measured->udp_checksum, 0},
		{"source", read_text, &measured->source, 0},
	};
	int result;

	(void)path;
	measured->zero_checksum = measured->udp_checksum = ANSWER_UNKNOWN;
	result = read_object(reading, member->key, value, members, N_ELEMENTS(members));
	if (result < 0 || measured->source ||
	    (measured->zero_checksum == ANSWER_UNKNOWN && measured->udp_checksum == ANSWER_UNKNOWN))
		return result;
	measured->source = strdup(reading->name);
	return measured->source ? 0 : -ENOMEM;
}

/* A struct os_facts. */
static int read_os(const struct reading *reading, const char *path, const struct member *member,
		   json_t *value)
{
	struct os_facts *os = member->target;
	const struct member members[] = {
		{"id", read_text, &os->id, 0},
		{"version_id", read_text, &os->version_id, 0},
		{"pretty_name", read_text, &os->pretty_name, 0},
		{"source", read_text, &os->source, 0},
	};

	(void)path;
	return read_object(reading, member->key, value, members, N_ELEMENTS(members));
}

/* The answers of a struct kubernetes_facts. */
static int read_answers(const struct reading *reading, const char *path,
			const struct member *member, json_t *value)
{
	if (!json_is_array(value) && !json_is_null(value))
		return complain(reading, path, member->key, "must be a list of objects");
	for (size_t i = 0; i < json_array_size(value); i++) {
		_cleanup_free_ char *component = NULL, *version = NULL, *source = NULL;
		const struct member members[] = {
			{"component", read_text, &component, 0},
			{"version", read_text, &version, 0},
			{"source", read_text, &source, 0},
		};
		char element[64];
		int result;

		snprintf(element, sizeof(element), "%s.%s[%zu]", path, member->key, i);
		result = read_object(reading, element, json_array_get(value, i), members,
				     N_ELEMENTS(members));
		if (result == 0)
			result = kubernetes_facts_add(member->target, component, version, source);
		if (result < 0)
			return result;
	}
	return 0;
}

/* A struct kubernetes_facts. */
static int read_kubernetes(const struct reading *reading, const char *path,
			   const struct member *member, json_t *value)
{
	struct kubernetes_facts *kubernetes = member->target;
	const struct member members[] = {
		{"version", read_text, &kubernetes->version, 0},
		{"component", read_text, &kubernetes->component, 0},
		{"source", read_text, &kubernetes->source, 0},
		{"present", read_answer, &kubernetes->present, 0},
		{"answers", read_answers, kubernetes, 0},
	};
	int result = read_object(reading, member->key, value, members, N_ELEMENTS(members));

	(void)path;
	if (kubernetes->version && kubernetes->present == ANSWER_UNKNOWN)
		kubernetes->present = ANSWER_YES;
	return result;
}

/* A struct nat_rules_facts. */
static int read_nat_rules(const struct reading *reading, const char *path,
			  const struct member *member, json_t *value)
{
	struct nat_rules_facts *nat_rules = member->target;
	const struct member members[] = {
		{"read", read_flag, &nat_rules->read, 0},
		{"vulnerable", read_answer_word, &nat_rules->vulnerable, 0},
		{"absent", read_flag, &nat_rules->absent, 0},
		{"reason", read_text, &nat_rules->reason, 0},
		{"source", read_text, &nat_rules->source, 0},
	};

	(void)path;
	return read_object(reading, member->key, value, members, N_ELEMENTS(members));
}

/* A struct nat_seen_facts. */
static int read_nat_seen(const struct reading *reading, const char *path,
			 const struct member *member, json_t *value)
{
	struct nat_seen_facts *nat_seen = member->target;
	const struct member members[] = {
		{"looked", read_flag, &nat_seen->looked, 0},
		{"flows", read_count, &nat_seen->flows, 0},
		{"rewritten", read_count, &nat_seen->rewritten, 0},
		{"example", read_text, &nat_seen->example, 0},
		{"reason", read_text, &nat_seen->reason, 0},
	};

	(void)path;
	return read_object(reading, member->key, value, members, N_ELEMENTS(members));
}

static int read_link(const struct reading *reading, const char *path, json_t *object,
		     struct link_facts *link)
{
	const struct member members[] = {
		{"name", read_array_text, link->name, sizeof(link->name)},
		{"ifindex", read_count, &link->ifindex, 0},
		{"kind", read_array_text, link->kind, sizeof(link->kind)},
		{"driver", read_array_text, link->driver, sizeof(link->driver)},
		{"mac", read_array_text, link->mac, sizeof(link->mac)},
		{"udp_csum", read_answer, &link->udp_csum, 0},
		{"external", read_flag, &link->external, 0},
		{"exposed_by", check_exposed_by, NULL, 0},
	};

	link->udp_csum = ANSWER_UNKNOWN;
	if (json_is_null(object))
		return complain(reading, path, NULL, "must be an object");
	return read_object(reading, path, object, members, N_ELEMENTS(members));
}

/* The links of a struct facts. */
static int read_links(const struct reading *reading, const char *path, const struct member *member,
		      json_t *value)
{
	struct facts *facts = member->target;
	size_t n_links = json_array_size(value);

	if (json_is_null(value))
		return 0;
	if (!json_is_array(value))
		return complain(reading, path, member->key, "must be a list of objects");
	facts->links = calloc(n_links ? n_links : 1, sizeof(*facts->links));
	if (!facts->links)
		return -ENOMEM;
	facts->links_known = true;
	for (facts->n_links = 0; facts->n_links < n_links; facts->n_links++) {
		char element[64];
		int result;

		snprintf(element, sizeof(element), "%s[%zu]", member->key, facts->n_links);
		result = read_link(reading, element, json_array_get(value, facts->n_links),
				   &facts->links[facts->n_links]);
		if (result < 0)
			return result;
	}
	return 0;
}

static int read_facts(const struct reading *reading, json_t *object, struct facts *facts)
{
	const struct member members[] = {
		{"schema", check_schema, NULL, 0},
		{"kernel", read_kernel, &facts->kernel, 0},
		{"measured", read_measured, &facts->measured, 0},
		{"os", read_os, &facts->os, 0},
		{"kubernetes", read_kubernetes, &facts->kubernetes, 0},
		{"nat_rules", read_nat_rules, &facts->nat_rules, 0},
		{"nat_seen", read_nat_seen, &facts->nat_seen, 0},
		{"links", read_links, facts, 0},
	};
	int result;

	facts->kubernetes.present = ANSWER_UNKNOWN;
	facts->nat_rules.vulnerable = ANSWER_UNKNOWN;
	result = read_object(reading, "", object, members, N_ELEMENTS(members));
	return result < 0 ? result : kernel_identify(&facts->kernel, facts->os.id);
}

/* Complains about the text as a whole. */
static int complain_text(const struct reading *reading, const char *text)
{
	return complaints_refuse(reading->complaints, "%s: %s", reading->name, text);
}

static int load(const struct reading *reading, const char *text, size_t size, json_t **ret_json)
{
	_cleanup_free_ char *escaped = NULL;
	json_error_t error;
	json_t *json = NULL;
	int result;

	if (size == 0)
		return complain_text(reading, "is empty; must be a JSON object");
	if (size > TEXT_SIZE_MAX)
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
	return complaints_refuse(reading->complaints, "%s:%d: %s", reading->name,
				 error.line > 0 ? error.line : 1, escaped);
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
