/* SPDX-License-Identifier: Apache-2.0 */

/* apply: detects, decides, sets, once; records what it changed, and publishes the report. */

#include "agent/base/exit_code.h"
#include "agent/base/log.h"
#include "agent/commands.h"
#include "agent/options.h"
#include "agent/output.h"
#include "agent/reconcile/inspection.h"
#include "agent/reconcile/session.h"
#include "agent/reconcile/sources.h"
#include "agent/record/state_dir.h"
#include "agent/report/report.h"
#include "agent/report/report_file.h"
#include "agent/report/report_text.h"
#include "cleanup.h"

#include <string.h>

/* A report that cannot be published does not make the NICs worse: it is only logged. */
static void publish(const struct session *session, const struct report *report)
{
	int result = session->error;

	if (result == 0)
		result = report_file_write_once(session->directory_fd, report);
	if (result < 0)
		log_warning("%s/report.json: cannot be written: %s", STATE_DIR_PATH,
			    state_dir_failure(result));
}

int command_apply(const struct options *options)
{
	_cleanup_(inspection_clear) struct inspection inspection = {0};
	_cleanup_(session_close) struct session session = SESSION_NONE;
	const struct sources sources = options_sources(options);
	struct report report;
	int exit_code, result;

	result = inspection_judge(&sources, -1, &inspection, NULL);
	if (result == 0)
		result = session_open(options->dry_run, &session);
	if (result == 0)
		result = inspection_look(&sources, session.directory_fd, &inspection);
	if (result != 0)
		return result;
	inspection_plan_todos(&inspection);
	if (options->dry_run) {
		report_make(&inspection, NULL, true, &report);
		return output_report(options, &report, report_print_status);
	}

	result = session_reconcile(&session, &inspection);
	if (result != 0 && result != EXIT_CODE_VULNERABLE)
		return result;
	report_make(&inspection, NULL, false, &report);
	if (result == 0)
		publish(&session, &report);
	session_close(&session);
	exit_code = output_report(options, &report, report_print_status);
	return exit_code ? exit_code : result;
}
