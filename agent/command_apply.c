/* SPDX-License-Identifier: Apache-2.0 */

/* apply: detects, decides, sets, once; records what it changed, and publishes the report. */

#include "agent/commands.h"
#include "agent/exit_code.h"
#include "agent/log.h"
#include "agent/output.h"
#include "agent/report_json.h"
#include "agent/report_text.h"
#include "agent/session.h"
#include "policy/cleanup.h"

#include <errno.h>
#include <string.h>

static struct todo *make_todos(const struct inspection *inspection)
{
	struct todo *todos = calloc(inspection->n_nics + 1, sizeof(*todos));

	for (size_t i = 0; todos && i < inspection->n_nics; i++) {
		const struct nic *nic = &inspection->nics[i];

		if (nic->error == 0)
			todos[i] = plan_todo(&inspection->plan, &nic->plan, &nic->features,
					     nic->recorded);
	}
	return todos;
}

static int publish_report(FILE *output, void *data)
{
	return report_print_json(output, data);
}

/* A report that cannot be published does not make the NICs worse: it is told, and no more. */
static void publish(int directory_fd, struct report *report)
{
	int result = -ENOENT;

	if (directory_fd >= 0)
		result = state_dir_write(directory_fd, "report.json", publish_report, report);
	if (result < 0)
		log_warning("%s/report.json: cannot be written: %s", STATE_DIR_PATH,
			    strerror(-result));
}

int command_apply(const struct options *options)
{
	_cleanup_(inspection_clear) struct inspection inspection = {0};
	_cleanup_(session_close) struct session session = SESSION_NONE;
	_cleanup_free_ struct todo *todos = NULL;
	struct report report;
	int exit_code, result;

	result = inspection_judge(options, &inspection);
	if (result == 0)
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
	if (options->dry_run) {
		report_make(&inspection, todos, &report);
		return output_report(options, &report, report_print_status);
	}

	result = session_reconcile(&session, &inspection, todos);
	if (result != 0 && result != EXIT_CODE_VULNERABLE)
		return result;
	report_make(&inspection, NULL, &report);
	publish(session.directory_fd, &report);
	exit_code = output_report(options, &report, report_print_status);
	return exit_code ? exit_code : result;
}
