/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/record/changes_line.h"

#include "agent/base/json.h"
#include "agent/base/json_writer.h"
#include "agent/facts/features_json.h"
#include "cleanup.h"
#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <string.h>

#define SCHEMA	   2
#define SCHEMA_OLD 1

/* The first line of the old format begins an object and an array, and its last line ends them. */
#define OLD_END "]}"

static int copy_text(const char *text, char *target, size_t size)
{
	if (strlen(text) >= size)
		return -EBADMSG;
	strcpy(target, text);
	return 0;
}

static int parse_head(json_t *json, struct changes_head *ret_head)
{
	struct changes_head head = {0};
	const char *boot_id, *last_change = "";
	json_t *nics = NULL;
	json_int_t log = 0, n_lines = 0;

	if (json_unpack(json, "{s:i, s:s, s?s, s?I, s?I, s?o}", "schema", &head.schema, "boot_id",
			&boot_id, "last_change", &last_change, "log", &log, "lines", &n_lines,
			"nics", &nics) < 0)
		return json_failure();
	if (log < 0 || n_lines < 0 || n_lines > INT32_MAX || json_array_size(nics) > 0 ||
	    copy_text(boot_id, head.boot_id, sizeof(head.boot_id)) < 0 ||
	    copy_text(last_change, head.last_change, sizeof(head.last_change)) < 0 ||
	    !((head.schema == SCHEMA && log > 0) || head.schema == SCHEMA_OLD))
		return -EBADMSG;
	if (head.schema == SCHEMA) { /* the old format is no log: nothing may be appended to it */
		head.log = log;
		head.n_lines = n_lines;
	}
	*ret_head = head;
	return 0;
}

int changes_line_parse_head(const char *line, size_t size, struct changes_head *ret_head)
{
	_cleanup_(cleanup_json) json_t *json = NULL;
	_cleanup_free_ char *old = NULL;
	int result = json_read(line, size, 0, &json, NULL);

	if (result == -EBADMSG) {
		if (asprintf(&old, "%.*s" OLD_END, (int)size, line) < 0)
			return -ENOMEM;
		result = json_read(old, strlen(old), 0, &json, NULL);
	}
	return result < 0 ? result : parse_head(json, ret_head);
}

/* An array of names, or, in the old format, an object in which each is true. */
static int parse_features(json_t *features, const struct ethtool_nl *handle,
			  struct feature_mask *ret_features)
{
	struct feature_mask all = {0}, one;
	const char *name;
	json_t *value;
	size_t i;

	json_array_foreach(features, i, value)
	{
		if (!json_is_string(value) ||
		    ethtool_nl_mask(handle, json_string_value(value), &one) < 0)
			return -EBADMSG;
		all = feature_mask_or(all, one);
	}
	json_object_foreach(features, name, value)
	{
		if (!json_is_true(value) || ethtool_nl_mask(handle, name, &one) < 0)
			return -EBADMSG;
		all = feature_mask_or(all, one);
	}
	*ret_features = all;
	return 0;
}

static int parse_device(json_t *json, struct changed_nic *nic)
{
	const char *name, *kind, *mac;
	json_int_t inode, cookie = 0, pid_namespace = 0, ifindex;

	if (json_unpack(json, "{s:I, s?I, s?I, s:I, s:s, s:s, s:s}", "netns", &inode,
			"netns_cookie", &cookie, "pidns", &pid_namespace, "ifindex", &ifindex,
			"name", &name, "kind", &kind, "mac", &mac) < 0)
		return json_failure();
	if (ifindex < 1 || ifindex > INT32_MAX || inode < 0 || cookie < 0 || pid_namespace < 0 ||
	    copy_text(name, nic->name, sizeof(nic->name)) < 0 ||
	    copy_text(kind, nic->kind, sizeof(nic->kind)) < 0 ||
	    copy_text(mac, nic->mac, sizeof(nic->mac)) < 0)
		return -EBADMSG;
	nic->ifindex = ifindex;
	nic->pid_namespace = pid_namespace;
	nic->network_namespace = (struct network_namespace){.inode = inode, .cookie = cookie};
	return 0;
}

static int parse_nic(json_t *json, const struct ethtool_nl *handle, struct changed_nic *ret_nic)
{
	struct changed_nic nic = {0};
	json_int_t id = 0;
	const char *changed;
	json_t *features;
	int result;

	if (json_unpack(json, "{s:I, s:o, s:s}", "id", &id, "off", &features, "changed", &changed) <
	    0)
		return json_failure();
	if (id < 1 || !json_is_array(features) ||
	    parse_features(features, handle, &nic.features) < 0 ||
	    copy_text(changed, nic.changed, sizeof(nic.changed)) < 0)
		return -EBADMSG;
	nic.id = id;
	result = feature_mask_is_empty(&nic.features) ? 0 : parse_device(json, &nic);
	if (result == 0)
		*ret_nic = nic;
	return result;
}

/* The old format has one number for a namespace: the cookie where this kernel has cookies. */
static int parse_old_nic(json_t *json, const struct ethtool_nl *handle, struct changed_nic *ret_nic)
{
	struct network_namespace here;
	struct changed_nic nic = {0};
	const char *changed;
	json_t *features;
	int result;

	if (json_unpack(json, "{s:o, s:s}", "features", &features, "changed", &changed) < 0)
		return json_failure();
	if (!json_is_object(features) || parse_features(features, handle, &nic.features) < 0 ||
	    copy_text(changed, nic.changed, sizeof(nic.changed)) < 0)
		return -EBADMSG;
	result = parse_device(json, &nic);
	if (result == 0)
		result = network_namespace_read(&here);
	if (result < 0)
		return result;
	if (here.cookie)
		nic.network_namespace =
			(struct network_namespace){.cookie = nic.network_namespace.inode};
	*ret_nic = nic;
	return 0;
}

int changes_line_parse(const char *line, size_t size, int schema, const struct ethtool_nl *handle,
		       struct changed_nic *ret_nic)
{
	_cleanup_(cleanup_json) json_t *json = NULL;
	int result;

	if (schema == SCHEMA_OLD && size > 0 && line[size - 1] == ',')
		size--;
	result = json_read(line, size, 0, &json, NULL);
	if (result < 0)
		return result;
	return schema == SCHEMA_OLD ? parse_old_nic(json, handle, ret_nic)
				    : parse_nic(json, handle, ret_nic);
}

bool changes_line_is_old_end(const char *line, size_t size)
{
	return size == strlen(OLD_END) && memcmp(line, OLD_END, size) == 0;
}

void changes_line_print_head(FILE *output, const struct changes_head *head)
{
	struct json_writer writer = {.output = output};

	json_write_begin(&writer, NULL, '{');
	json_write_integer(&writer, "schema", SCHEMA);
	json_write_string(&writer, "boot_id", head->boot_id);
	json_write_integer(&writer, "log", (int64_t)head->log);
	json_write_integer(&writer, "lines", (int64_t)head->n_lines);
	json_write_string(&writer, "last_change", head->last_change);
	json_write_end(&writer, '}');
	fputc('\n', output);
}

void changes_line_print(FILE *output, const struct ethtool_nl *handle,
			const struct changed_nic *nic)
{
	struct json_writer writer = {.output = output};

	json_write_begin(&writer, NULL, '{');
	json_write_integer(&writer, "id", (int64_t)nic->id);
	features_json_write(&writer, "off", handle, &nic->features);
	if (!feature_mask_is_empty(&nic->features)) {
		json_write_integer(&writer, "netns", (int64_t)nic->network_namespace.inode);
		json_write_integer(&writer, "netns_cookie", (int64_t)nic->network_namespace.cookie);
		json_write_integer(&writer, "pidns", (int64_t)nic->pid_namespace);
		json_write_integer(&writer, "ifindex", nic->ifindex);
		json_write_string(&writer, "name", nic->name);
		json_write_string(&writer, "kind", nic->kind);
		json_write_string(&writer, "mac", nic->mac);
	}
	json_write_string(&writer, "changed", nic->changed);
	json_write_end(&writer, '}');
	fputc('\n', output);
}
