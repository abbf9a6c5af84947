/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/report/report_print.h"

#include "agent/report/report.h"
#include "agent/report/report_nagios.h"
#include "agent/report/report_nfd.h"
#include "agent/report/report_prometheus.h"
#include "agent/report/report_wire.h"

#include <errno.h>
#include <time.h>

int report_print_format(FILE *output, const struct report *report, enum report_format format)
{
	switch (format) {
	case REPORT_FORMAT_NONE:
	case REPORT_FORMATS:
	case REPORT_FORMAT_SUMMARY:
		fprintf(output, "%s\n", report->summary);
		break;
	case REPORT_FORMAT_NAGIOS:
		report_print_nagios(output, report);
		break;
	case REPORT_FORMAT_NFD:
		report_print_nfd(output, report, time(NULL));
		break;
	case REPORT_FORMAT_PROMETHEUS:
		report_print_prometheus(output, report, OFFLOAD_AGENT_VERSION);
		break;
	case REPORT_FORMAT_WIRE:
		report_print_wire(output, report->service);
		break;
	}
	return ferror(output) ? -EIO : 0;
}
