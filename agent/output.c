/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/output.h"

#include "agent/base/exit_code.h"
#include "agent/base/log.h"
#include "agent/options.h"
#include "agent/report/report.h"
#include "agent/report/report_json.h"
#include "agent/report/report_nagios.h"
#include "agent/report/report_print.h"

#include <errno.h>
#include <string.h>

int output_end(int exit_code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return exit_code;
	log_error("standard output: cannot be written: %s", strerror(errno ? errno : EIO));
	return EXIT_CODE_INTERNAL;
}

static int output_failed(int error)
{
	log_error("printing the report: %s", strerror(-error));
	return EXIT_CODE_INTERNAL;
}

/*
 * apply answers for what it can do: cloud-init or an init container that waits for it must not fail
 * for a rule that only reports.
 */
static int output_exit_code(const struct options *options, const struct report *report)
{
	bool acting = options->acting || options->command == COMMAND_APPLY;

	return state_exit_code(acting ? report->acting_state : report->state);
}

int output_format(const struct options *options, const struct report *report)
{
	int result = report_print_format(stdout, report, options->format);

	if (result < 0)
		return output_failed(result);
	return output_end(options->format == REPORT_FORMAT_NAGIOS
				  ? (int)nagios_code(report->state)
				  : output_exit_code(options, report));
}

int output_report(const struct options *options, const struct report *report,
		  void (*print_text)(FILE *output, const struct report *report, bool color))
{
	int result = 0;

	if (options->json)
		result = report_print_json(stdout, report);
	else
		print_text(stdout, report, options_use_color(options, stdout));
	if (result < 0)
		return output_failed(result);
	return output_end(output_exit_code(options, report));
}
