/* SPDX-License-Identifier: Apache-2.0 */

/*
 * restore: turns on again what the agent turned off, and nothing else. It needs no configuration,
 * no rules and no verdict, so that it works when those are broken.
 */

#include "agent/base/exit_code.h"
#include "agent/base/json_writer.h"
#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/commands.h"
#include "agent/facts/features_json.h"
#include "agent/options.h"
#include "agent/output.h"
#include "agent/reconcile/inspection.h"
#include "agent/reconcile/nic.h"
#include "agent/reconcile/session.h"
#include "agent/reconcile/sources.h"
#include "agent/reconcile/trusted_record.h"
#include "cleanup.h"
#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <string.h>

/* Its features are not known, hence not either what is, or was, to be given back. */
static bool is_unreadable(const struct nic *nic)
{
	return nic->error < 0 && nic->error != -ENODEV && !feature_mask_is_empty(&nic->recorded);
}

static bool is_concerned(const struct nic *nic)
{
	return nic_has_todo(nic) || !feature_mask_is_empty(&nic->todo.stays_off);
}

/* It stays on record: whether it may be given back could not be found out. */
static bool is_left_in_doubt(const struct nic *nic)
{
	return nic->kept_off_in_doubt && !feature_mask_is_empty(&nic->todo.stays_off);
}

/* What was asked and has not come, as far as that is known. */
static struct feature_mask not_restored(const struct nic *nic)
{
	if (nic->error < 0)
		return (struct feature_mask){0};
	return feature_mask_without(nic->todo.give_back, nic->features.wanted);
}

/* What has come, as far as that is known. */
static struct feature_mask restored(const struct nic *nic)
{
	if (is_unreadable(nic))
		return (struct feature_mask){0};
	return feature_mask_without(nic->todo.give_back, not_restored(nic));
}

static void write_nic(struct json_writer *writer, const struct inspection *inspection,
		      const struct nic *nic, bool dry_run)
{
	struct feature_mask failed = not_restored(nic), given_back = restored(nic);

	if (dry_run) {
		failed = (struct feature_mask){0};
		given_back = nic->todo.give_back;
	}
	json_write_line(writer);
	json_write_begin(writer, NULL, '{');
	json_write_string(writer, "name", nic->link.name);
	json_write_integer(writer, "ifindex", nic->link.ifindex);
	features_json_write(writer, "restored", inspection->handle, &given_back);
	features_json_write(writer, "failed", inspection->handle, &failed);
	features_json_write(writer, "stays_off", inspection->handle, &nic->todo.stays_off);
	if (!feature_mask_is_empty(&nic->todo.stays_off))
		json_write_string(writer, "stays_off_reason", nic->kept_off_why);
	if (nic->message[0])
		json_write_string(writer, "message", nic->message);
	json_write_end(writer, '}');
}

static void print_json(const struct inspection *inspection, bool dry_run, const char *refusal)
{
	struct json_writer writer = {.output = stdout};

	json_write_begin(&writer, NULL, '{');
	json_write_integer(&writer, "schema", 1);
	json_write_boolean(&writer, "dry_run", dry_run);
	if (refusal)
		json_write_string(&writer, "refused", refusal);
	json_write_begin(&writer, "nics", '[');
	for (size_t i = 0; i < inspection->nics.n_nics && (dry_run || !refusal); i++) {
		if (is_concerned(&inspection->nics.nics[i]))
			write_nic(&writer, inspection, &inspection->nics.nics[i], dry_run);
	}
	json_write_end(&writer, ']');
	json_write_end(&writer, '}');
	putchar('\n');
}

static void print_names(const struct ethtool_nl *handle, const char *name, const char *what,
			struct feature_mask mask)
{
	if (feature_mask_is_empty(&mask))
		return;
	printf("%s: %s:", name, what);
	for (unsigned int bit = feature_mask_next(&mask, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(&mask, bit + 1))
		printf(" %s", ethtool_nl_feature_name(handle, bit));
	putchar('\n');
}

static void print_kept_off(const struct ethtool_nl *handle, const char *name, const struct nic *nic)
{
	char why[FORWARDING_WHY_SIZE];

	if (feature_mask_is_empty(&nic->todo.stays_off))
		return;
	print_names(handle, name, "stays off, since LRO must not be on where packets are forwarded",
		    nic->todo.stays_off);
	printf("%s: %s\n", name, text_clean(nic->kept_off_why, why, sizeof(why)));
}

static void print_nic_text(const struct inspection *inspection, const struct nic *nic, bool dry_run)
{
	const struct ethtool_nl *handle = inspection->handle;
	struct feature_mask failed = not_restored(nic);
	char name[LINK_NAME_SIZE];

	text_clean(nic->link.name, name, sizeof(name));
	print_kept_off(handle, name, nic);
	if (dry_run) {
		print_names(handle, name, "would be on again", nic->todo.give_back);
		return;
	}
	print_names(handle, name, "on again", restored(nic));
	print_names(handle, name, "still off", failed);
}

static void print_text(const struct inspection *inspection, bool dry_run)
{
	bool any = false;

	for (size_t i = 0; i < inspection->nics.n_nics; i++) {
		any = any || is_unreadable(&inspection->nics.nics[i]);
		if (!is_concerned(&inspection->nics.nics[i]))
			continue;
		any = true;
		print_nic_text(inspection, &inspection->nics.nics[i], dry_run);
	}
	if (!any)
		puts("Nothing to restore: the agent has turned nothing off here, or it is on again.");
}

static void log_unreadable(const struct inspection *inspection)
{
	for (size_t i = 0; i < inspection->nics.n_nics; i++) {
		const struct nic *nic = &inspection->nics.nics[i];

		if (is_unreadable(nic))
			log_error(
				"%s: its features cannot be read (%s), so it is not known to be restored",
				nic->link.name, strerror(-nic->error));
	}
}

static bool all_restored(const struct inspection *inspection)
{
	for (size_t i = 0; i < inspection->nics.n_nics; i++) {
		struct feature_mask failed = not_restored(&inspection->nics.nics[i]);

		if (!feature_mask_is_empty(&failed) || is_unreadable(&inspection->nics.nics[i]) ||
		    is_left_in_doubt(&inspection->nics.nics[i]))
			return false;
	}
	return true;
}

/* Why nothing is given back beside a service: it would turn off again what is on. */
static void describe_service(pid_t pid, char *text, size_t size)
{
	char process[32] = "";

	if (pid > 0)
		snprintf(process, sizeof(process), " (process %d)", (int)pid);
	snprintf(text, size,
		 "the service is running%s and would turn offload off again, so nothing was given "
		 "back; stop it first (systemctl stop offload-agent)",
		 process);
}

/* Looks, and decides what is to be given back; then does so, unless a service keeps it off. */
static int restore(const struct options *options, struct session *session,
		   struct inspection *inspection, char *ret_refusal, size_t refusal_size)
{
	const struct sources sources = options_sources(options);
	pid_t pid = 0;
	int result;

	result = session_open(options->dry_run, session);
	if (result == 0)
		result = inspection_look(&sources, session->directory_fd, inspection);
	if (result != 0)
		return result;
	for (size_t i = 0; i < inspection->nics.n_nics; i++)
		inspection->nics.nics[i].todo = nic_todo_restore(&inspection->nics.nics[i]);
	if (session_has_service(session, inspection, &pid))
		describe_service(pid, ret_refusal, refusal_size);
	else if (!options->dry_run)
		result = session_reconcile(session, inspection);
	return result;
}

static int print_result(const struct options *options, const struct inspection *inspection,
			const char *refusal)
{
	bool refused = refusal[0] != '\0';

	if (options->json)
		print_json(inspection, options->dry_run, refused ? refusal : NULL);
	else if (!refused || options->dry_run)
		print_text(inspection, options->dry_run);
	if (refused || (!options->dry_run && !all_restored(inspection)))
		return output_end(EXIT_CODE_VULNERABLE);
	/* What stood in the lines that could not be read is not known. */
	return output_end(inspection->record->is_damaged ? EXIT_CODE_BAD_INPUT : EXIT_CODE_OK);
}

int command_restore(const struct options *options)
{
	_cleanup_(inspection_clear) struct inspection inspection = {0};
	_cleanup_(session_close) struct session session = SESSION_NONE;
	char refusal[256] = "";
	int result;

	result = restore(options, &session, &inspection, refusal, sizeof(refusal));
	session_close(&session);
	if (refusal[0])
		log_error("%s", refusal);
	else
		log_unreadable(&inspection);
	return result == 0 ? print_result(options, &inspection, refusal) : result;
}
