/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/record/symptoms_file.h"

#include "agent/base/boot_id.h"
#include "agent/base/json.h"
#include "agent/base/json_writer.h"
#include "agent/base/text.h"
#include "agent/record/state_dir.h"
#include "array.h"
#include "cleanup.h"
#include "policy/symptom.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA	      1
#define FILE_SIZE_MAX (256 * 1024)

void symptoms_clear(struct symptoms *symptoms)
{
	free(symptoms->seen);
	*symptoms = (struct symptoms){0};
}

int symptoms_add(struct symptoms *symptoms, const struct seen_symptom *seen)
{
	struct seen_symptom *grown =
		array_grow(symptoms->seen, symptoms->n_seen, &symptoms->allocated, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	symptoms->seen = grown;
	if (symptoms->n_seen == SYMPTOMS_MAX)
		memmove(grown, grown + 1, --symptoms->n_seen * sizeof(*grown));
	grown[symptoms->n_seen++] = *seen;
	return 0;
}

bool symptoms_follow(struct symptoms *symptoms, struct network_namespace here,
		     const struct link_facts *link)
{
	char name[LINK_NAME_SIZE];
	bool any = false;

	text_clean(link->name, name, sizeof(name));
	for (size_t i = 0; i < symptoms->n_seen; i++) {
		struct symptom_facts *facts = &symptoms->seen[i].facts;

		if (!network_namespace_equal(symptoms->seen[i].network_namespace, here) ||
		    !symptom_is_of_link(facts, link))
			continue;
		any |= facts->ifindex != link->ifindex || strcmp(facts->name, name) != 0 ||
		       strcmp(facts->mac, link->mac) != 0;
		facts->ifindex = link->ifindex;
		memcpy(facts->name, name, sizeof(name));
		memcpy(facts->mac, link->mac, sizeof(facts->mac));
	}
	return any;
}

int symptoms_of_namespace(const struct symptoms *symptoms, struct network_namespace here,
			  struct symptom_facts **ret_facts, size_t *ret_n_facts)
{
	struct symptom_facts *facts = calloc(symptoms->n_seen + 1, sizeof(*facts));

	if (!facts)
		return -ENOMEM;
	*ret_n_facts = 0;
	for (size_t i = 0; i < symptoms->n_seen; i++) {
		if (network_namespace_equal(symptoms->seen[i].network_namespace, here))
			facts[(*ret_n_facts)++] = symptoms->seen[i].facts;
	}
	*ret_facts = facts;
	return 0;
}

/* Takes a string that fits, and is fit to be shown. */
static int take_text(const char *text, char *target, size_t size)
{
	if (strlen(text) >= size)
		return -EBADMSG;
	text_clean(text, target, size);
	return 0;
}

static int parse_one(json_t *json, struct seen_symptom *ret_seen)
{
	const char *name, *mac, *symptom, *time, *what;
	json_int_t inode, cookie, ifindex;
	struct seen_symptom seen = {.network_namespace = {0}};
	struct symptom_facts *facts = &seen.facts;

	if (json_unpack(json, "{s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:s}", "netns", &inode,
			"netns_cookie", &cookie, "ifindex", &ifindex, "name", &name, "mac", &mac,
			"symptom", &symptom, "seen", &time, "what", &what) < 0)
		return json_failure();
	if (inode < 0 || cookie < 0 || ifindex < 1 || ifindex > INT32_MAX ||
	    take_text(name, facts->name, sizeof(facts->name)) < 0 ||
	    take_text(mac, facts->mac, sizeof(facts->mac)) < 0 ||
	    take_text(symptom, facts->symptom, sizeof(facts->symptom)) < 0 ||
	    take_text(time, facts->seen, sizeof(facts->seen)) < 0 ||
	    take_text(what, facts->what, sizeof(facts->what)) < 0)
		return -EBADMSG;
	facts->ifindex = ifindex;
	seen.network_namespace = (struct network_namespace){.inode = inode, .cookie = cookie};
	*ret_seen = seen;
	return 0;
}

static bool is_among(const struct symptoms *symptoms, const struct seen_symptom *seen)
{
	for (size_t i = 0; i < symptoms->n_seen; i++) {
		const struct seen_symptom *other = &symptoms->seen[i];

		if (network_namespace_equal(other->network_namespace, seen->network_namespace) &&
		    other->facts.ifindex == seen->facts.ifindex &&
		    strcmp(other->facts.symptom, seen->facts.symptom) == 0)
			return true;
	}
	return false;
}

static int parse_all(const json_t *list, struct symptoms *found)
{
	size_t count = json_array_size(list);

	if (!json_is_array(list) || count > SYMPTOMS_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < count; i++) {
		struct seen_symptom seen;
		int result = parse_one(json_array_get(list, i), &seen);

		if (result == 0)
			result = symptoms_add(found, &seen);
		if (result < 0)
			return result;
	}
	return 0;
}

int symptoms_file_parse(const char *text, size_t size, const char *boot_id,
			struct symptoms *symptoms)
{
	_cleanup_(symptoms_clear) struct symptoms found = {0};
	_cleanup_(cleanup_json) json_t *json = NULL;
	const char *written_in;
	int result = json_read(text, size, JSON_REJECT_DUPLICATES, &json, NULL);

	if (result < 0)
		return result;
	written_in = json_string_value(json_object_get(json, "boot_id"));
	if (json_integer_value(json_object_get(json, "schema")) != SCHEMA || !written_in)
		return -EBADMSG;
	if (strcmp(written_in, boot_id) != 0)
		return 0;
	result = parse_all(json_object_get(json, "symptoms"), &found);
	for (size_t i = 0; i < found.n_seen && result == 0; i++) {
		if (!is_among(symptoms, &found.seen[i]))
			result = symptoms_add(symptoms, &found.seen[i]);
	}
	return result;
}

int symptoms_file_load(int directory_fd, struct symptoms *symptoms)
{
	_cleanup_free_ char *text = NULL;
	char boot_id[BOOT_ID_SIZE];
	size_t size = 0;
	int result;

	if (directory_fd < 0)
		return 0;
	result = state_dir_read_owned(directory_fd, SYMPTOMS_FILE, FILE_SIZE_MAX, &text, &size);
	if (result == -ENOENT)
		return 0;
	if (result == 0)
		result = boot_id_read(boot_id);
	return result < 0 ? result : symptoms_file_parse(text, size, boot_id, symptoms);
}

struct printing {
	const struct symptoms *symptoms;
	char boot_id[BOOT_ID_SIZE];
};

static void print_one(struct json_writer *writer, const struct seen_symptom *seen)
{
	const struct symptom_facts *facts = &seen->facts;

	json_write_line(writer);
	json_write_begin(writer, NULL, '{');
	json_write_integer(writer, "netns", (int64_t)seen->network_namespace.inode);
	json_write_integer(writer, "netns_cookie", (int64_t)seen->network_namespace.cookie);
	json_write_integer(writer, "ifindex", facts->ifindex);
	json_write_string(writer, "name", facts->name);
	json_write_string(writer, "mac", facts->mac);
	json_write_string(writer, "symptom", facts->symptom);
	json_write_string(writer, "seen", facts->seen);
	json_write_string(writer, "what", facts->what);
	json_write_end(writer, '}');
}

static int print_file(FILE *output, void *data)
{
	const struct printing *printing = data;
	struct json_writer writer = {.output = output};

	json_write_begin(&writer, NULL, '{');
	json_write_integer(&writer, "schema", SCHEMA);
	json_write_string(&writer, "boot_id", printing->boot_id);
	json_write_begin(&writer, "symptoms", '[');
	for (size_t i = 0; i < printing->symptoms->n_seen; i++)
		print_one(&writer, &printing->symptoms->seen[i]);
	json_write_end(&writer, ']');
	json_write_end(&writer, '}');
	putc('\n', output);
	return json_write_result(&writer);
}

int symptoms_file_write(int directory_fd, const struct symptoms *symptoms)
{
	struct printing printing = {.symptoms = symptoms};
	int result = boot_id_read(printing.boot_id);

	return result < 0 ? result
			  : state_dir_write(directory_fd, SYMPTOMS_FILE, print_file, &printing);
}
