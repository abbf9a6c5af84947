/* SPDX-License-Identifier: Apache-2.0 */

/*
 * restore: turns on again what the agent turned off, and nothing else. It needs no configuration,
 * no rules and no verdict, so that it works when those are broken.
 */

#include "agent/commands.h"
#include "agent/exit_code.h"
#include "agent/inspection.h"
#include "agent/json.h"
#include "agent/log.h"
#include "agent/output.h"
#include "agent/session.h"
#include "agent/text.h"
#include "ethtool_nl/feature_mask.h"
#include "policy/cleanup.h"

#include <errno.h>
#include <string.h>

/* Everything that is recorded and still not wanted; what somebody turned on meanwhile stays so. */
static struct todo *make_todos(const struct inspection *inspection)
{
	struct todo *todos = calloc(inspection->n_nics + 1, sizeof(*todos));

	for (size_t i = 0; todos && i < inspection->n_nics; i++) {
		const struct nic *nic = &inspection->nics[i];

		if (nic->error == 0)
			todos[i].give_back =
				feature_mask_without(nic->recorded, nic->features.wanted);
	}
	return todos;
}

/* What was asked and has not come, per NIC. */
static struct feature_mask not_restored(const struct nic *nic, const struct todo *todo)
{
	return nic->error == -ENODEV ? (struct feature_mask){0}
				     : feature_mask_without(todo->give_back, nic->features.wanted);
}

static void print_nic_json(const struct inspection *inspection, size_t i, const struct todo *todo,
			   bool dry_run)
{
	const struct nic *nic = &inspection->nics[i];
	struct feature_mask failed = not_restored(nic, todo), restored;
	json_t *json;

	if (dry_run)
		failed = (struct feature_mask){0};
	restored = feature_mask_without(todo->give_back, failed);
	json = json_pack("{s:o, s:I, s:o, s:o}", "name", json_text(nic->link.name), "ifindex",
			 (json_int_t)nic->link.ifindex, "restored",
			 json_feature_names(inspection->handle, &restored), "failed",
			 json_feature_names(inspection->handle, &failed));
	if (json && nic->message[0])
		json_object_set_new(json, "message", json_text(nic->message));
	json_print_and_free(stdout, json);
}

static void print_json(const struct inspection *inspection, const struct todo *todos, bool dry_run)
{
	const char *separator = "\n";

	printf("{\"schema\":1,\"dry_run\":%s,\"nics\":[", dry_run ? "true" : "false");
	for (size_t i = 0; i < inspection->n_nics; i++) {
		if (feature_mask_is_empty(&todos[i].give_back))
			continue;
		fputs(separator, stdout);
		print_nic_json(inspection, i, &todos[i], dry_run);
		separator = ",\n";
	}
	fputs("]}\n", stdout);
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

static void print_text(const struct inspection *inspection, const struct todo *todos, bool dry_run)
{
	bool any = false;

	for (size_t i = 0; i < inspection->n_nics; i++) {
		const struct nic *nic = &inspection->nics[i];
		struct feature_mask failed = not_restored(nic, &todos[i]);
		char name[LINK_NAME_SIZE];

		if (feature_mask_is_empty(&todos[i].give_back))
			continue;
		any = true;
		text_clean(nic->link.name, name, sizeof(name));
		if (dry_run) {
			print_names(inspection->handle, name, "would be on again",
				    todos[i].give_back);
			continue;
		}
		print_names(inspection->handle, name, "on again",
			    feature_mask_without(todos[i].give_back, failed));
		print_names(inspection->handle, name, "still off", failed);
	}
	if (!any)
		puts("Nothing to restore: the agent has turned nothing off here, or it is on again.");
}

static bool all_restored(const struct inspection *inspection, const struct todo *todos)
{
	for (size_t i = 0; i < inspection->n_nics; i++) {
		struct feature_mask failed = not_restored(&inspection->nics[i], &todos[i]);

		if (!feature_mask_is_empty(&failed))
			return false;
	}
	return true;
}

int command_restore(const struct options *options)
{
	_cleanup_(inspection_clear) struct inspection inspection = {0};
	_cleanup_(session_close) struct session session = SESSION_NONE;
	_cleanup_free_ struct todo *todos = NULL;
	int result;

	result = session_open(options, &session);
	if (result == 0)
		result = inspection_look(options, session.directory_fd, &inspection);
	if (result != 0)
		return result;
	todos = make_todos(&inspection);
	if (!todos) {
		log_error("out of memory");
		return EXIT_CODE_INTERNAL;
	}
	if (!options->dry_run)
		result = session_reconcile(&session, &inspection, todos);
	if (result != 0)
		return result;
	if (options->json)
		print_json(&inspection, todos, options->dry_run);
	else
		print_text(&inspection, todos, options->dry_run);
	if (!options->dry_run && !all_restored(&inspection, todos))
		return output_end(EXIT_CODE_VULNERABLE);
	return output_end(EXIT_CODE_OK);
}
