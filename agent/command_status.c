/* SPDX-License-Identifier: Apache-2.0 */

/* status: looks at the node and shows it, once or again and again; changes nothing. */

#include "agent/base/exit_code.h"
#include "agent/base/failure.h"
#include "agent/commands.h"
#include "agent/options.h"
#include "agent/output.h"
#include "agent/reconcile/inspection.h"
#include "agent/reconcile/sources.h"
#include "agent/record/service_status.h"
#include "agent/record/state_dir.h"
#include "agent/report/report.h"
#include "agent/report/report_nagios.h"
#include "agent/report/report_text.h"
#include "agent/report/report_wire.h"
#include "agent/watch.h"
#include "cleanup.h"
#include "policy/facts.h"

#include <errno.h>

static int show(const struct options *options)
{
	_cleanup_(inspection_clear) struct inspection inspection = {0};
	_cleanup_close_ int directory_fd = state_dir_open();
	const struct sources sources = options_sources(options);
	struct service_status service = {.running = false};
	struct report report;
	int result;

	inspection.brief = !options->json;
	result = inspection_judge(&sources, directory_fd, &inspection, &service);
	if (result == 0)
		result = inspection_look(&sources, directory_fd, &inspection);
	if (result != 0)
		return result;
	report_make(&inspection, &service, false, &report);
	if (options->format != REPORT_FORMAT_NONE)
		return output_format(options, &report);
	return output_report(options, &report, report_print_status);
}

/* A reader of monitoring plugins takes any other exit code for a broken plugin. */
static int show_nagios(const struct options *options)
{
	int result = show(options);

	if (result < EXIT_CODE_USAGE)
		return result;
	nagios_print_failure(stdout, result);
	output_end(NAGIOS_UNKNOWN);
	return NAGIOS_UNKNOWN;
}

/* A condition of node-problem-detector: what peers send says nothing of this node's own state. */
static int show_wire(void)
{
	_cleanup_(facts_clear) struct facts facts = {.links_known = false};
	_cleanup_close_ int directory_fd = state_dir_open();
	struct service_status status = {.running = false};
	int running = service_status_read(directory_fd, &status, &facts);

	if (running < 0)
		return failure_tell(running, STATE_DIR_PATH, NULL);
	return output_end(report_print_wire(stdout, &status));
}

/* For programs that restart a service: whether it runs, not how the node is. */
static int show_running(const struct options *options)
{
	_cleanup_(facts_clear) struct facts facts = {.links_known = false};
	_cleanup_close_ int directory_fd = state_dir_open();
	struct service_status status = {.running = false};
	int running = directory_fd;

	if (running >= 0)
		running = service_status_read(directory_fd, &status, &facts);
	if (running == -ENOENT)
		running = SERVICE_STATUS_NONE;
	if (running < 0)
		return failure_tell(running, STATE_DIR_PATH, NULL);
	if (options->json)
		printf("{\"schema\":1,\"running\":%s}\n", running ? "true" : "false");
	else
		puts(running ? "The service is running." : "The service is not running.");
	return output_end(running ? EXIT_CODE_OK : EXIT_CODE_VULNERABLE);
}

int command_status(const struct options *options)
{
	if (options->running)
		return show_running(options);
	if (options->format == REPORT_FORMAT_NAGIOS)
		return show_nagios(options);
	if (options->format == REPORT_FORMAT_WIRE)
		return show_wire();
	return options->watch ? watch_run(options, show) : show(options);
}
