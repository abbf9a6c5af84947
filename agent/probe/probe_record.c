/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/probe/probe_record.h"

#include "agent/base/json.h"
#include "agent/probe/probe_report.h"
#include "agent/record/state_dir.h"
#include "cleanup.h"

#include <errno.h>
#include <string.h>

#define RECORD_FILE	"probe.json"
#define RECORD_SIZE_MAX 16384

#define SCHEMA 1

/* Who holds the lock changes NICs, and is done soon. */
#define LOCK_WAIT_MS 1000

static int read_answer(const json_t *record, const char *key, enum answer *ret_answer)
{
	const char *name = json_string_value(json_object_get(record, key));

	return name && corruption_parse(name, ret_answer) == 0 ? 0 : -EBADMSG;
}

/*
 * Where the answers come from, in words. The time is only given for a whole measurement, which is
 * kept: another attempt that fails for the same reason says nothing new.
 */
static char *make_source(const json_t *record, const struct measured_facts *measured)
{
	const char *reason = json_string_value(json_object_get(record, "reason"));
	const char *time = json_string_value(json_object_get(record, "time"));
	char *source;
	int length;

	if (!reason || !*reason)
		length = asprintf(&source, "offload-agent probe, %s", time ? time : "this boot");
	else if (measured->zero_checksum == measured->udp_checksum &&
		 measured->udp_checksum == ANSWER_UNKNOWN)
		length = asprintf(&source, "%s", reason);
	else
		length = asprintf(&source, "offload-agent probe; not all was measured: %s", reason);
	return length < 0 ? NULL : source;
}

int probe_record_parse(const char *text, size_t size, const char *boot_id,
		       struct measured_facts *ret_measured)
{
	_cleanup_(cleanup_json) json_t *record = NULL;
	struct measured_facts measured = {.source = NULL};
	const char *recorded_id;
	int result = json_read(text, size, JSON_REJECT_DUPLICATES, &record, NULL);

	if (result < 0)
		return result;
	recorded_id = json_string_value(json_object_get(record, "boot_id"));
	if (json_integer_value(json_object_get(record, "schema")) != SCHEMA || !recorded_id)
		return -EBADMSG;
	if (strcmp(recorded_id, boot_id) != 0)
		return -ESTALE;
	result = read_answer(record, "zero_checksum", &measured.zero_checksum);
	if (result == 0)
		result = read_answer(record, "udp_checksum", &measured.udp_checksum);
	if (result < 0)
		return result;
	measured.source = make_source(record, &measured);
	if (!measured.source)
		return -ENOMEM;
	*ret_measured = measured;
	return 0;
}

int probe_record_read(struct measured_facts *ret_measured)
{
	_cleanup_close_ int directory_fd = state_dir_open();
	_cleanup_free_ char *text = NULL;
	char boot_id[BOOT_ID_SIZE];
	size_t size = 0;
	int result;

	if (directory_fd < 0)
		return directory_fd;
	result = state_dir_read_trusted(directory_fd, RECORD_FILE, RECORD_SIZE_MAX, &text, &size);
	if (result == 0)
		result = boot_id_read(boot_id);
	return result < 0 ? result : probe_record_parse(text, size, boot_id, ret_measured);
}

static int print_record(FILE *output, void *data)
{
	return probe_print_json(output, data);
}

int probe_record_write(const struct probe_result *result)
{
	_cleanup_close_ int directory_fd = -1;
	_cleanup_close_ int lock_fd = -1;
	struct probe_result copy = *result;

	if (result->reason[0] || !result->boot_id[0])
		return -ENODATA;
	directory_fd = state_dir_create();
	if (directory_fd < 0)
		return directory_fd;
	lock_fd = state_dir_lock(directory_fd, LOCK_WAIT_MS);
	if (lock_fd < 0)
		return lock_fd;
	return state_dir_write_own(directory_fd, RECORD_FILE, print_record, &copy);
}
