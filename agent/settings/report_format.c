/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/settings/report_format.h"

#include <string.h>

const struct report_format_entry report_formats[REPORT_FORMATS] = {
	[REPORT_FORMAT_SUMMARY] = {"summary", false},
	[REPORT_FORMAT_NAGIOS] = {"nagios", false},
	[REPORT_FORMAT_NFD] = {"nfd", true},
	[REPORT_FORMAT_PROMETHEUS] = {"prometheus", true},
	[REPORT_FORMAT_WIRE] = {"wire", false},
};

enum report_format report_format_find(const char *name)
{
	for (enum report_format format = REPORT_FORMAT_SUMMARY; format < REPORT_FORMATS; format++) {
		if (strcmp(report_formats[format].name, name) == 0)
			return format;
	}
	return REPORT_FORMAT_NONE;
}
