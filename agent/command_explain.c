/* SPDX-License-Identifier: Apache-2.0 */

/* explain: as status, but with every fact and every condition; also for another node's facts. */

#include "agent/commands.h"
#include "agent/options.h"
#include "agent/output.h"
#include "agent/reconcile/inspection.h"
#include "agent/reconcile/sources.h"
#include "agent/record/service_status.h"
#include "agent/record/state_dir.h"
#include "agent/report/report.h"
#include "agent/report/report_text.h"
#include "cleanup.h"

int command_explain(const struct options *options)
{
	_cleanup_(inspection_clear) struct inspection inspection = {0};
	_cleanup_close_ int directory_fd = state_dir_open();
	struct sources sources = options_sources(options);
	struct service_status service = {.running = false};
	struct report report;
	int result;

	sources.detection.nat_rules = true;
	result = inspection_judge(&sources, directory_fd, &inspection, &service);
	if (result == 0 && options->facts)
		result = inspection_take_links(&inspection);
	else if (result == 0)
		result = inspection_look(&sources, directory_fd, &inspection);
	if (result != 0)
		return result;
	report_make(&inspection, &service, false, &report);
	return output_report(options, &report, report_print_explain);
}
