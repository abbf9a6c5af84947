/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/service/journal.h"

#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/guarded/child_process.h"
#include "agent/reconcile/nic.h"
#include "agent/record/state_dir.h"
#include "agent/report/report.h"
#include "ethtool_nl/feature_mask.h"

#include <systemd/sd-journal.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

/* These stand in packaging/systemd/offload-agent.catalog, too. */
#define MESSAGE_STATE		 "dd81c0775b6943bda54b527b3399ac01"
#define MESSAGE_TURNED_OFF	 "dd81c0775b6943bda54b527b3399ac02"
#define MESSAGE_GIVEN_BACK	 "dd81c0775b6943bda54b527b3399ac03"
#define MESSAGE_REFUSED		 "dd81c0775b6943bda54b527b3399ac04"
#define MESSAGE_DRIFT		 "dd81c0775b6943bda54b527b3399ac05"
#define MESSAGE_BACKOFF		 "dd81c0775b6943bda54b527b3399ac06"
#define MESSAGE_FAILURE		 "dd81c0775b6943bda54b527b3399ac07"
#define MESSAGE_RELOADED	 "dd81c0775b6943bda54b527b3399ac08"
#define MESSAGE_RELOAD_FAILED	 "dd81c0775b6943bda54b527b3399ac09"
#define MESSAGE_DETECTION_FAILED "dd81c0775b6943bda54b527b3399ac0a"
#define MESSAGE_EXPORT_FAILED	 "dd81c0775b6943bda54b527b3399ac10"
#define MESSAGE_STAYS_OFF	 "dd81c0775b6943bda54b527b3399ac11"
#define MESSAGE_SYMPTOM		 "dd81c0775b6943bda54b527b3399ac12"

/* One record; members that are NULL make no field. */
struct record {
	int priority; /* LOG_NOTICE, ... */
	const char *message_id;
	const char *interface, *feature, *rule, *outcome;
};

#define FIELDS_MAX 8
#define FIELD_SIZE 512

static bool to_journal;

/* A record that is kept, with the texts that its vectors are of. */
struct kept_record {
	struct kept_record *next;
	int priority;
	int n_fields;
	struct iovec vectors[FIELDS_MAX];
	char texts[];
};

static bool holding;
static struct kept_record *first_kept, **next_kept = &first_kept;

void journal_open(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat status;

	to_journal = stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
		     fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device &&
		     status.st_ino == inode;
}

struct fields {
	char texts[FIELDS_MAX][FIELD_SIZE];
	struct iovec vectors[FIELDS_MAX];
	int n_fields;
};

static void add_field(struct fields *fields, const char *key, const char *value)
{
	char clean[FIELD_SIZE];
	char *text = fields->texts[fields->n_fields];
	int length;

	if (!value)
		return;
	length = snprintf(text, FIELD_SIZE, "%s=%s", key, text_clean(value, clean, sizeof(clean)));
	if (length >= FIELD_SIZE)
		length = FIELD_SIZE - 1;
	fields->vectors[fields->n_fields++] = (struct iovec){text, length};
}

static void print_line(int priority, const char *text)
{
	if (priority == LOG_WARNING)
		log_warning("%s", text);
	else
		log_notice("%s", text);
}

/* The first field is the message. */
static void send_fields(int priority, const struct iovec *vectors, int n_fields)
{
	const char *message = vectors[0].iov_base;

	/* A journal that is full or gone must not silence the service: then standard error. */
	if (!to_journal || sd_journal_sendv(vectors, n_fields) < 0)
		print_line(priority, message + strlen("MESSAGE="));
}

/* Returns whether there was memory for it. */
static bool keep(int priority, const struct fields *fields)
{
	struct kept_record *kept;
	size_t size = 0;

	for (int i = 0; i < fields->n_fields; i++)
		size += fields->vectors[i].iov_len + 1;
	kept = malloc(sizeof(*kept) + size);
	if (!kept)
		return false;
	*kept = (struct kept_record){.priority = priority, .n_fields = fields->n_fields};
	size = 0;
	for (int i = 0; i < fields->n_fields; i++) {
		const struct iovec *field = &fields->vectors[i];

		kept->vectors[i] = (struct iovec){kept->texts + size, field->iov_len};
		memcpy(kept->texts + size, field->iov_base, field->iov_len + 1);
		size += field->iov_len + 1;
	}
	*next_kept = kept;
	next_kept = &kept->next;
	return true;
}

void journal_hold(void)
{
	log_hold();
	holding = true;
}

void journal_release(void)
{
	struct kept_record *kept = first_kept;

	holding = false;
	first_kept = NULL;
	next_kept = &first_kept;
	while (kept) {
		struct kept_record *sent = kept;

		send_fields(kept->priority, kept->vectors, kept->n_fields);
		kept = kept->next;
		free(sent);
	}
	log_release();
}

static void send_record(const struct record *record, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void send_record(const struct record *record, const char *format, ...)
{
	struct fields fields = {.n_fields = 0};
	char text[FIELD_SIZE - 16], priority[16];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(priority, sizeof(priority), "%d", record->priority);
	add_field(&fields, "MESSAGE", text);
	add_field(&fields, "PRIORITY", priority);
	add_field(&fields, "MESSAGE_ID", record->message_id);
	add_field(&fields, "INTERFACE", record->interface);
	add_field(&fields, "FEATURE", record->feature);
	add_field(&fields, "RULE", record->rule);
	add_field(&fields, "OUTCOME", record->outcome);
	/* Lines are kept by the log. Without memory to keep it, it is sent at once. */
	if (!to_journal || !holding || !keep(record->priority, &fields))
		send_fields(record->priority, fields.vectors, fields.n_fields);
}

void journal_state(const struct report *report)
{
	const struct record record = {
		.priority = report->state == STATE_VULNERABLE || report->state == STATE_UNKNOWN
				    ? LOG_WARNING
				    : LOG_NOTICE,
		.message_id = MESSAGE_STATE,
		.outcome = state_name(report->state),
	};

	send_record(&record, "%s", report->summary);
}

static void record_feature(const struct ethtool_nl *handle, const struct nic *nic, unsigned int bit)
{
	const char *feature = ethtool_nl_feature_name(handle, bit);
	const char *refusal = nic->message[0] ? nic->message : "taken, but not done";
	struct record record = {.priority = LOG_NOTICE,
				.interface = nic->link.name,
				.feature = feature,
				.rule = nic->plan.rule_id,
				.outcome = nic_outcome(nic, bit)};

	if (feature_mask_has(&nic->refused, bit)) {
		record.priority = LOG_ERR;
		record.message_id = MESSAGE_REFUSED;
		record.outcome = "refused";
		send_record(&record, "%s: %s: the kernel refused the change: %s", nic->link.name,
			    feature, refusal);
	} else if (feature_mask_has(&nic->todo.turn_off, bit)) {
		record.message_id = MESSAGE_TURNED_OFF;
		send_record(&record, "%s: %s: turned off", nic->link.name, feature);
	} else {
		record.message_id = MESSAGE_GIVEN_BACK;
		record.outcome = "given-back";
		send_record(&record, "%s: %s: given back", nic->link.name, feature);
	}
}

static void record_kept_off(const struct ethtool_nl *handle, const struct nic *nic)
{
	const struct feature_mask *features = &nic->todo.stays_off;

	for (unsigned int bit = feature_mask_next(features, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(features, bit + 1)) {
		const struct record record = {.priority = LOG_NOTICE,
					      .message_id = MESSAGE_STAYS_OFF,
					      .interface = nic->link.name,
					      .feature = ethtool_nl_feature_name(handle, bit),
					      .outcome = "stays-off"};

		send_record(&record, "%s: %s: not given back: %s", nic->link.name, record.feature,
			    nic->kept_off_why);
	}
}

void journal_outcome(const struct ethtool_nl *handle, const struct nic *nic)
{
	struct feature_mask asked = feature_mask_or(nic->todo.turn_off, nic->todo.give_back);

	record_kept_off(handle, nic);
	for (unsigned int bit = feature_mask_next(&asked, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(&asked, bit + 1))
		record_feature(handle, nic, bit);
}

void journal_drift(const struct ethtool_nl *handle, const struct nic *nic,
		   struct feature_mask drifted)
{
	for (unsigned int bit = feature_mask_next(&drifted, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(&drifted, bit + 1)) {
		const char *feature = ethtool_nl_feature_name(handle, bit);
		const struct record record = {.priority = LOG_WARNING,
					      .message_id = MESSAGE_DRIFT,
					      .interface = nic->link.name,
					      .feature = feature,
					      .rule = nic->plan.rule_id,
					      .outcome = "drifted"};

		send_record(&record, "%s: %s: somebody turned it on again; turning it off",
			    nic->link.name, feature);
	}
}

void journal_backoff(const struct ethtool_nl *handle, const struct nic *nic,
		     struct feature_mask drifted, uint64_t wait_ms)
{
	for (unsigned int bit = feature_mask_next(&drifted, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(&drifted, bit + 1)) {
		const char *feature = ethtool_nl_feature_name(handle, bit);
		const struct record record = {.priority = LOG_ERR,
					      .message_id = MESSAGE_BACKOFF,
					      .interface = nic->link.name,
					      .feature = feature,
					      .rule = nic->plan.rule_id,
					      .outcome = "drifted"};

		send_record(&record,
			    "%s: another program keeps turning offload on; correcting %s again in "
			    "%llu s",
			    nic->link.name, feature, (unsigned long long)(wait_ms / 1000));
	}
}

void journal_failure(int error)
{
	const struct record record = {.priority = LOG_ERR, .message_id = MESSAGE_FAILURE};

	send_record(&record, "NICs cannot be changed, or the record of changes not be written: %s",
		    error == -ETIME ? "another process holds its lock" : state_dir_failure(error));
}

void journal_reloaded(void)
{
	const struct record record = {.priority = LOG_NOTICE, .message_id = MESSAGE_RELOADED};

	send_record(&record, "Configuration and rules were read again");
}

void journal_reload_failed(void)
{
	const struct record record = {.priority = LOG_ERR, .message_id = MESSAGE_RELOAD_FAILED};

	send_record(&record, "The new configuration or rules are bad; the old ones stay in force");
}

void journal_symptom(const struct symptom_facts *seen)
{
	const struct record record = {.priority = LOG_WARNING,
				      .message_id = MESSAGE_SYMPTOM,
				      .interface = seen->name,
				      .outcome = seen->symptom};

	send_record(&record, "%s: %s: %s", seen->name, seen->symptom, seen->what);
}

void journal_export_failed(const char *file, int error)
{
	const struct record record = {.priority = LOG_WARNING, .message_id = MESSAGE_EXPORT_FAILED};

	send_record(&record, "%s: cannot be written: %s", file, strerror(-error));
}

void journal_detection_failed(int error)
{
	const struct record record = {.priority = LOG_WARNING,
				      .message_id = MESSAGE_DETECTION_FAILED};

	send_record(&record, "Detecting this node failed (%s); what was known stays in force",
		    child_process_failure(error));
}
