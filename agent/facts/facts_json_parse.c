/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/facts/facts_json_parse.h"

#include "agent/base/text.h"
#include "agent/facts/facts_json.h"
#include "agent/facts/facts_table.h"
#include "cleanup.h"
#include "policy/facts.h"
#include "policy/file/diagnostics.h"
#include "policy/kernel_identity.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define TEXT_SIZE_MAX (4 * 1024 * 1024)

/* An object being read: how its text is called, and where diagnostics go. */
struct origin {
	const char *name;
	struct diagnostics *diagnostics;
	const char *path; /* of the object; "" = the outermost */
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

/* Refuses `key` (may be NULL) of the object. */
static int refuse(const struct origin *origin, const char *key, const char *text)
{
	_cleanup_free_ char *shown_key = escape(key ? key : "");

	if (!shown_key)
		return -ENOMEM;
	return diagnostics_refuse(origin->diagnostics, "%s: %s%s%s: %s", origin->name, origin->path,
				  *origin->path && key ? "." : "", shown_key, text);
}

static int check_text(const struct origin *origin, const struct fact *fact, const char *text)
{
	_cleanup_free_ char *escaped = NULL, *diagnostic = NULL;

	if (fact->size && strlen(text) >= fact->size)
		return refuse(origin, fact->key, "is too long");
	for (const char *next = text; *next; next++) {
		if (!text_begins_control(next))
			continue;
		escaped = escape(text);
		if (!escaped || asprintf(&diagnostic, "must not hold control characters: \"%s\"",
					 escaped) < 0) {
			diagnostic = NULL;
			return -ENOMEM;
		}
		return refuse(origin, fact->key, diagnostic);
	}
	return 0;
}

/*
 * The readers of each kind. They get a value that may be JSON's null, and the member that it goes
 * to, and return 0, -EBADMSG after a diagnostic, or -ENOMEM.
 */

static int read_text(const struct origin *origin, const struct fact *fact, json_t *value,
		     void *member)
{
	const char *text = json_string_value(value);
	int result;

	if (json_is_null(value))
		return 0;
	if (!text)
		return refuse(origin, fact->key, "must be a string");
	result = check_text(origin, fact, text);
	if (result < 0)
		return result;
	if (fact->kind == FACT_SHORT_TEXT) {
		strcpy(member, text);
		return 0;
	}
	*(char **)member = strdup(text);
	return *(char **)member ? 0 : -ENOMEM;
}

static int read_answer(const struct origin *origin, const struct fact *fact, json_t *value,
		       enum answer *ret_answer)
{
	if (!json_is_boolean(value) && !json_is_null(value))
		return refuse(origin, fact->key, "must be true, false or null");
	if (json_is_boolean(value))
		*ret_answer = json_is_true(value) ? ANSWER_YES : ANSWER_NO;
	return 0;
}

static int read_flag(const struct origin *origin, const struct fact *fact, json_t *value,
		     bool *ret_flag)
{
	enum answer answer = ANSWER_UNKNOWN;
	int result = read_answer(origin, fact, value, &answer);

	*ret_flag = answer == ANSWER_YES;
	return result;
}

static int read_answer_word(const struct origin *origin, const struct fact *fact, json_t *value,
			    enum answer *ret_answer)
{
	const char *word = json_is_null(value) ? "unknown" : json_string_value(value);

	for (int answer = ANSWER_NO; word && answer <= ANSWER_YES; answer++) {
		if (strcmp(word, answer_name(answer)) == 0) {
			*ret_answer = answer;
			return 0;
		}
	}
	return refuse(origin, fact->key, "must be \"yes\", \"no\" or \"unknown\"");
}

static int read_corruption(const struct origin *origin, const struct fact *fact, json_t *value,
			   enum answer *ret_corrupts)
{
	const char *text = json_string_value(value);

	if (json_is_null(value) || (text && corruption_parse(text, ret_corrupts) == 0))
		return 0;
	return refuse(origin, fact->key, "must be \"corrupt\", \"clean\" or \"unknown\"");
}

static int read_count(const struct origin *origin, const struct fact *fact, json_t *value,
		      unsigned int *ret_count)
{
	if (json_is_null(value))
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > INT_MAX)
		return refuse(origin, fact->key, "must be a number from 0 to 2147483647");
	*ret_count = (unsigned int)json_integer_value(value);
	return 0;
}

static int read_strings(const struct origin *origin, const struct fact *fact, json_t *value,
			char ***ret_strings)
{
	size_t n_strings = json_array_size(value);
	char **strings;

	if (json_is_null(value))
		return 0;
	if (!json_is_array(value))
		return refuse(origin, fact->key, "must be a list of strings");
	strings = calloc(n_strings + 1, sizeof(char *));
	if (!strings)
		return -ENOMEM;
	*ret_strings = strings;
	for (size_t i = 0; i < n_strings; i++) {
		const char *text = json_string_value(json_array_get(value, i));
		int result = text ? check_text(origin, fact, text)
				  : refuse(origin, fact->key, "must be a list of strings");

		if (result < 0)
			return result;
		strings[i] = strdup(text);
		if (!strings[i])
			return -ENOMEM;
	}
	return 0;
}

/* What was derived from the rules is checked, and derived anew when it is needed. */
static int check_exposed_by(const struct origin *origin, const struct fact *fact, json_t *value)
{
	bool valid = json_is_array(value) || json_is_null(value);

	for (size_t i = 0; i < json_array_size(value); i++)
		valid = valid && json_is_string(json_array_get(value, i));
	return valid ? 0 : refuse(origin, fact->key, "must be a list of strings");
}

static int check_schema(const struct origin *origin, const struct fact *fact, json_t *value)
{
	if (json_is_null(value) ||
	    (json_is_integer(value) && json_integer_value(value) == FACTS_JSON_SCHEMA))
		return 0;
	return refuse(origin, fact->key, "must be 1");
}

static int read_object(const struct origin *origin, json_t *object, const struct fact_table *table,
		       char *structure);

/* Elements are counted when they are begun, so that they are freed after a failure, too. */
// NOLINTNEXTLINE(misc-no-recursion): as deep as the tables
static int read_list(const struct origin *origin, const struct fact *fact, json_t *value,
		     char *structure)
{
	size_t *count = (void *)(structure + fact->count_offset);
	size_t n_elements = json_array_size(value), size = fact->table->structure_size;
	char *elements;

	if (json_is_null(value))
		return 0;
	if (!json_is_array(value))
		return refuse(origin, fact->key, "must be a list of objects");
	elements = calloc(n_elements ? n_elements : 1, size);
	if (!elements)
		return -ENOMEM;
	*(void **)(void *)(structure + fact->offset) = elements;
	while (*count < n_elements) {
		json_t *object = json_array_get(value, *count);
		struct origin inner = *origin;
		char path[64];
		int result;

		snprintf(path, sizeof(path), "%s%s%s[%zu]", origin->path, *origin->path ? "." : "",
			 fact->key, *count);
		inner.path = path;
		result = json_is_null(object) ? refuse(&inner, NULL, "must be an object")
					      : read_object(&inner, object, fact->table,
							    elements + (*count)++ * size);
		if (result < 0)
			return result;
	}
	return 0;
}

// NOLINTNEXTLINE(misc-no-recursion): see above
static int read_fact(const struct origin *origin, const struct fact *fact, json_t *value,
		     char *structure)
{
	const struct origin inner = {origin->name, origin->diagnostics, fact->key};
	void *member = structure + fact->offset;

	switch (fact->kind) {
	case FACT_SCHEMA:
		return check_schema(origin, fact, value);
	case FACT_TEXT:
	case FACT_SHORT_TEXT:
		return read_text(origin, fact, value, member);
	case FACT_ANSWER:
		return read_answer(origin, fact, value, member);
	case FACT_ANSWER_WORD:
		return read_answer_word(origin, fact, value, member);
	case FACT_CORRUPTION:
		return read_corruption(origin, fact, value, member);
	case FACT_FLAG:
		return read_flag(origin, fact, value, member);
	case FACT_COUNT:
		return read_count(origin, fact, value, member);
	case FACT_OBJECT:
		return read_object(&inner, value, fact->table, member);
	case FACT_LIST:
		return read_list(origin, fact, value, structure);
	case FACT_STRINGS:
		return read_strings(origin, fact, value, member);
	case FACT_EXPOSED_BY:
		return check_exposed_by(origin, fact, value);
	}
	return 0;
}

static const struct fact *find_fact(const struct fact_table *table, const char *key)
{
	for (size_t i = 0; i < table->n_facts; i++) {
		if (strcmp(table->facts[i].key, key) == 0)
			return &table->facts[i];
	}
	return NULL;
}

/* Zero is an answer, and not the unknown one. */
// NOLINTNEXTLINE(misc-no-recursion): see above
static void forget(const struct fact_table *table, char *structure)
{
	for (size_t i = 0; i < table->n_facts; i++) {
		const struct fact *fact = &table->facts[i];
		void *member = structure + fact->offset;

		if (fact->kind == FACT_OBJECT)
			forget(fact->table, member);
		if (fact->kind == FACT_ANSWER || fact->kind == FACT_ANSWER_WORD ||
		    fact->kind == FACT_CORRUPTION)
			*(enum answer *)member = ANSWER_UNKNOWN;
	}
}

/* Reads an object, which knows no other keys than those of the table, into zeroed memory. */
// NOLINTNEXTLINE(misc-no-recursion): see above
static int read_object(const struct origin *origin, json_t *object, const struct fact_table *table,
		       char *structure)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object) && !json_is_null(object))
		return refuse(origin, NULL, "must be an object");
	forget(table, structure);
	json_object_foreach(object, key, value)
	{
		const struct fact *fact = find_fact(table, key);
		int result = fact ? read_fact(origin, fact, value, structure)
				  : refuse(origin, key, "unknown key");

		if (result < 0)
			return result;
	}
	return 0;
}

/* A person need not say what follows from the rest. */
static int complete(struct facts *facts, const char *name)
{
	struct measured_facts *measured = &facts->measured;

	facts->links_known = facts->links != NULL;
	facts->devices_known = facts->devices != NULL;
	facts->symptoms_known = facts->symptoms != NULL;
	if (facts->kubernetes.version && facts->kubernetes.present == ANSWER_UNKNOWN)
		facts->kubernetes.present = ANSWER_YES;
	if (!measured->source && (measured->zero_checksum != ANSWER_UNKNOWN ||
				  measured->udp_checksum != ANSWER_UNKNOWN)) {
		measured->source = strdup(name);
		if (!measured->source)
			return -ENOMEM;
	}
	return kernel_identify(&facts->kernel, facts->os.id);
}

int facts_json_read(json_t *object, const char *shown_name, struct diagnostics *diagnostics,
		    struct facts *ret_facts)
{
	const struct origin origin = {shown_name, diagnostics, ""};
	_cleanup_(facts_clear) struct facts facts = {0};
	int result = read_object(&origin, object, &facts_table, (char *)&facts);

	if (result == 0)
		result = complete(&facts, shown_name);
	if (result < 0)
		return result;
	*ret_facts = facts;
	facts = (struct facts){0};
	return 0;
}

int facts_json_read_line(json_t *object, const char *shown_name, char *ret_error, size_t size,
			 struct facts *ret_facts)
{
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};
	int result = facts_json_read(object, shown_name, &diagnostics, ret_facts);

	if (result == -EBADMSG)
		snprintf(ret_error, size, "%s", diagnostics.texts[0]);
	return result;
}

/* Refuses the text as a whole. */
static int refuse_text(const struct origin *origin, const char *text)
{
	return diagnostics_refuse(origin->diagnostics, "%s: %s", origin->name, text);
}

static int load(const struct origin *origin, const char *text, size_t size, json_t **ret_json)
{
	_cleanup_free_ char *escaped = NULL;
	json_error_t error;
	json_t *json = NULL;
	int result;

	if (size == 0)
		return refuse_text(origin, "is empty; must be a JSON object");
	if (size > TEXT_SIZE_MAX)
		return refuse_text(origin, "is larger than 4 MiB");
	result = json_read(text, size, JSON_REJECT_DUPLICATES, &json, &error);
	if (result == -ENOMEM)
		return result;
	if (json_is_object(json)) {
		*ret_json = json;
		return 0;
	}
	json_decref(json);
	if (json)
		return refuse_text(origin, "must be a JSON object");
	escaped = escape(error.text);
	if (!escaped)
		return -ENOMEM;
	return diagnostics_refuse(origin->diagnostics, "%s:%d: %s", origin->name,
				  error.line > 0 ? error.line : 1, escaped);
}

int facts_json_parse(const char *text, size_t size, const char *shown_name,
		     struct diagnostics *diagnostics, struct facts *ret_facts)
{
	const struct origin origin = {shown_name, diagnostics, ""};
	_cleanup_(cleanup_json) json_t *json = NULL;
	int result = load(&origin, text, size, &json);

	return result < 0 ? result : facts_json_read(json, shown_name, diagnostics, ret_facts);
}
