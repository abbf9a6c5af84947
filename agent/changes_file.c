/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/changes_file.h"

#include "agent/boot_id.h"
#include "agent/json.h"
#include "agent/json_writer.h"
#include "agent/state_dir.h"
#include "cleanup.h"
#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define CHANGES_FILE	 "changes.json"
#define CHANGES_SIZE_MAX (16 * 1024 * 1024)

/* Every record ends so; what is appended is written over it. */
#define RECORD_END "\n]}\n"

/* "" when it cannot be read (no /proc, no memory). */
static void read_boot_id(char boot_id[static BOOT_ID_SIZE])
{
	if (boot_id_read(boot_id) < 0)
		boot_id[0] = '\0';
}

/*
 * Where one of the two is not known it counts as the same: records end with the boot by themselves,
 * since /run does, and one that is lost cannot be restored.
 */
static bool is_this_boot(const char *boot_id)
{
	char this_boot[BOOT_ID_SIZE];

	read_boot_id(this_boot);
	return !boot_id[0] || !this_boot[0] || strcmp(boot_id, this_boot) == 0;
}

static void remember_file(int directory_fd, struct changes *changes)
{
	changes->has_file =
		fstatat(directory_fd, CHANGES_FILE, &changes->file, AT_SYMLINK_NOFOLLOW) == 0;
}

bool changes_file_is_current(int directory_fd, const struct changes *changes)
{
	struct stat now;

	if (fstatat(directory_fd, CHANGES_FILE, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT && !changes->has_file;
	return changes->has_file && now.st_ino == changes->file.st_ino &&
	       now.st_size == changes->file.st_size &&
	       now.st_mtim.tv_sec == changes->file.st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == changes->file.st_mtim.tv_nsec;
}

static int parse_features(json_t *features, const struct ethtool_nl *handle,
			  struct feature_mask *ret_features)
{
	struct feature_mask all = {0}, one;
	const char *name;
	json_t *earlier;

	if (!json_is_object(features))
		return -EBADMSG;
	json_object_foreach(features, name, earlier)
	{
		if (!json_is_true(earlier) || ethtool_nl_mask(handle, name, &one) < 0)
			return -EBADMSG;
		all = feature_mask_or(all, one);
	}
	*ret_features = all;
	return 0;
}

static int copy_text(const char *text, char *target, size_t size)
{
	if (strlen(text) >= size)
		return -EBADMSG;
	strcpy(target, text);
	return 0;
}

static int parse_nic(json_t *json, const struct ethtool_nl *handle, struct changes *changes)
{
	const char *name, *kind, *mac, *changed;
	json_int_t network_namespace, ifindex;
	struct link_facts link = {0};
	struct feature_mask features;
	struct changed_nic *nic;
	json_t *feature_object;
	int result;

	if (json_unpack(json, "{s:I, s:I, s:s, s:s, s:s, s:o, s:s}", "netns", &network_namespace,
			"ifindex", &ifindex, "name", &name, "kind", &kind, "mac", &mac, "features",
			&feature_object, "changed", &changed) < 0)
		return json_failure();
	if (ifindex < 1 || ifindex > INT32_MAX || network_namespace < 0 ||
	    copy_text(name, link.name, sizeof(link.name)) < 0 ||
	    copy_text(kind, link.kind, sizeof(link.kind)) < 0 ||
	    copy_text(mac, link.mac, sizeof(link.mac)) < 0 ||
	    parse_features(feature_object, handle, &features) < 0)
		return -EBADMSG;
	link.ifindex = ifindex;
	result = changes_add(changes, network_namespace, &link, features);
	if (result < 0)
		return result;
	nic = changes_find(changes, network_namespace, &link);
	if (copy_text(changed, nic->changed, sizeof(nic->changed)) < 0)
		return -EBADMSG;
	if (strcmp(nic->changed, changes->last_change) > 0)
		memcpy(changes->last_change, nic->changed, sizeof(changes->last_change));
	return 0;
}

static int parse_record(json_t *record, const struct ethtool_nl *handle, struct changes *changes)
{
	const char *boot_id, *last_change = "";
	json_t *nics, *nic;
	size_t i;
	int schema;

	if (json_unpack(record, "{s:i, s:s, s?s, s:o}", "schema", &schema, "boot_id", &boot_id,
			"last_change", &last_change, "nics", &nics) < 0)
		return json_failure();
	if (schema != 1 || !json_is_array(nics) ||
	    copy_text(last_change, changes->last_change, sizeof(changes->last_change)) < 0)
		return -EBADMSG;
	if (!is_this_boot(boot_id)) {
		/* The next writing replaces it as a whole. */
		changes->last_change[0] = '\0';
		changes->has_file = false;
		return 0;
	}
	json_array_foreach(nics, i, nic)
	{
		int result = parse_nic(nic, handle, changes);

		if (result < 0)
			return result;
	}
	changes_mark_saved(changes);
	return 0;
}

/*
 * An append that was cut off left whole lines, and part of one or of the file's end. Without the
 * part, and with the end put back, it is the record as it stood: the change that the part was about
 * has not been made. Returns 0; -EBADMSG when it is not even that; -ENOMEM.
 */
static int repair_record(const char *text, size_t size, json_t **ret_record)
{
	static const char entry_end[] = "}" RECORD_END;
	_cleanup_free_ char *repaired = malloc(size + sizeof(entry_end));
	bool any;

	if (!repaired)
		return -ENOMEM;
	memcpy(repaired, text, size);
	while (size > 0 && repaired[size - 1] != '\n')
		size--;
	while (size > 0 && strchr("\n,{]}", repaired[size - 1]))
		size--;
	any = size > 0 && repaired[size - 1] != '[';
	strcpy(repaired + size, any ? entry_end : RECORD_END);
	return json_read(repaired, strlen(repaired), 0, ret_record, NULL);
}

static int read_record(int directory_fd, const struct ethtool_nl *handle, struct changes *changes)
{
	_cleanup_(cleanup_json) json_t *record = NULL;
	_cleanup_free_ char *text = NULL;
	bool repaired = false;
	size_t size;
	int result;

	result = state_dir_read(directory_fd, CHANGES_FILE, CHANGES_SIZE_MAX, &text, &size);
	if (result < 0)
		return result == -ENOENT ? 0 : result;
	remember_file(directory_fd, changes);
	result = json_read(text, size, 0, &record, NULL);
	if (result == -EBADMSG) {
		result = repair_record(text, size, &record);
		repaired = true;
	}
	if (result == 0)
		result = parse_record(record, handle, changes);
	if (repaired)
		changes->has_file = false; /* to be written as a whole, not appended to */
	return result;
}

int changes_file_load(int directory_fd, const struct ethtool_nl *handle,
		      struct changes *ret_changes)
{
	_cleanup_(changes_clear) struct changes changes = {0};
	int result = 0;

	if (directory_fd >= 0)
		result = read_record(directory_fd, handle, &changes);
	if (result < 0)
		return result;
	*ret_changes = changes;
	changes = (struct changes){0};
	return 0;
}

static void write_nic(struct json_writer *writer, const struct ethtool_nl *handle,
		      const struct changed_nic *nic)
{
	json_write_line(writer);
	json_write_begin(writer, NULL, '{');
	json_write_integer(writer, "netns", nic->network_namespace);
	json_write_integer(writer, "ifindex", nic->ifindex);
	json_write_string(writer, "name", nic->name);
	json_write_string(writer, "kind", nic->kind);
	json_write_string(writer, "mac", nic->mac);
	json_write_begin(writer, "features", '{');
	for (unsigned int bit = feature_mask_next(&nic->features, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(&nic->features, bit + 1))
		json_write_boolean(writer, ethtool_nl_feature_name(handle, bit), true);
	json_write_end(writer, '}');
	json_write_string(writer, "changed", nic->changed);
	json_write_end(writer, '}');
}

/* Writes the NICs, all or only the unsaved ones, a line each. */
static void write_nics(struct json_writer *writer, const struct ethtool_nl *handle,
		       const struct changes *changes, bool only_unsaved)
{
	for (size_t i = 0; i < changes->n_nics; i++) {
		if (!only_unsaved || changes->nics[i].unsaved)
			write_nic(writer, handle, &changes->nics[i]);
	}
}

struct print_data {
	const struct ethtool_nl *handle;
	const struct changes *changes;
};

static int print_record(FILE *output, void *data)
{
	struct json_writer writer = {.output = output};
	const struct print_data *print = data;
	char boot_id[BOOT_ID_SIZE];

	read_boot_id(boot_id);
	json_write_begin(&writer, NULL, '{');
	json_write_integer(&writer, "schema", 1);
	json_write_string(&writer, "boot_id", boot_id);
	json_write_string(&writer, "last_change", print->changes->last_change);
	json_write_begin(&writer, "nics", '[');
	write_nics(&writer, print->handle, print->changes, false);
	fputs(RECORD_END, output);
	return json_write_result(&writer);
}

static void mark_saved(int directory_fd, struct changes *changes)
{
	changes_mark_saved(changes);
	remember_file(directory_fd, changes);
}

int changes_file_save(int directory_fd, const struct ethtool_nl *handle, struct changes *changes)
{
	struct print_data data = {handle, changes};
	int result;

	result = state_dir_write(directory_fd, CHANGES_FILE, print_record, &data);
	if (result == 0) {
		mark_saved(directory_fd, changes);
		changes->claims_too_much = false;
		changes->n_stale = 0;
	}
	return result;
}

/* The lines to append, with the file's end behind them; a comma leads unless they are the first. */
static int print_addition(const struct ethtool_nl *handle, const struct changes *changes,
			  bool first, char **ret_text, size_t *ret_size)
{
	FILE *output = open_memstream(ret_text, ret_size);
	struct json_writer writer = {.output = output, .comma = !first};
	int result;

	if (!output)
		return -ENOMEM;
	write_nics(&writer, handle, changes, true);
	fputs(RECORD_END, output);
	result = json_write_result(&writer);
	if (fclose(output) != 0 && result == 0)
		result = -ENOMEM;
	return result;
}

/* Writes the addition over the file's end; when that fails, puts the old end back. */
static int write_addition(int fd, off_t end, const char *text, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t length = pwrite(fd, text + done, size - done, end + done);
		int error = errno;

		if (length < 0 && error == EINTR)
			continue;
		if (length < 0) {
			/* The old end fits where the addition began; reading repairs it if not. */
			if (pwrite(fd, RECORD_END, strlen(RECORD_END), end) < 0 ||
			    ftruncate(fd, end + strlen(RECORD_END)) < 0)
				return -error;
			return -error;
		}
		done += length;
	}
	return 0;
}

int changes_file_append(int directory_fd, const struct ethtool_nl *handle, struct changes *changes)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	char end[sizeof(RECORD_END)] = "", before;
	size_t size;
	off_t place;
	int result;

	if (!changes->has_file || changes->claims_too_much)
		return changes_file_save(directory_fd, handle, changes);
	if (changes->n_unsaved == 0)
		return 0;
	fd = openat(directory_fd, CHANGES_FILE, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	place = changes->file.st_size - (off_t)strlen(RECORD_END);
	if (fd < 0 || place < 1 || pread(fd, end, strlen(RECORD_END), place) < 0 ||
	    strcmp(end, RECORD_END) != 0 || pread(fd, &before, 1, place - 1) != 1)
		return changes_file_save(directory_fd, handle, changes);
	result = print_addition(handle, changes, before == '[', &text, &size);
	if (result == 0)
		result = write_addition(fd, place, text, size);
	if (result == 0)
		mark_saved(directory_fd, changes);
	return result;
}
