/* SPDX-License-Identifier: Apache-2.0 */

/* status: looks at the node and shows it, once or again and again; changes nothing. */

#include "agent/commands.h"
#include "agent/exit_code.h"
#include "agent/output.h"
#include "agent/report_text.h"
#include "agent/state_dir.h"
#include "agent/watch.h"
#include "cleanup.h"

static int show(const struct options *options)
{
	_cleanup_(inspection_clear) struct inspection inspection = {0};
	_cleanup_close_ int directory_fd = state_dir_open();
	struct report report;
	int result;

	inspection.brief = !options->json;
	result = inspection_judge(options, directory_fd, &inspection);
	if (result == 0)
		result = inspection_look(options, directory_fd, &inspection);
	if (result != 0)
		return result;
	report_make(&inspection, false, &report);
	return output_report(options, &report, report_print_status);
}

int command_status(const struct options *options)
{
	return options->watch ? watch_run(options, show) : show(options);
}
