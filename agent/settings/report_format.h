/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The formats in which other programs read the state of the node. */

#include <stdbool.h>

enum report_format {
	REPORT_FORMAT_NONE, /* none was asked for: text or JSON */
	REPORT_FORMAT_SUMMARY,
	REPORT_FORMAT_NAGIOS,
	REPORT_FORMAT_NFD,
	REPORT_FORMAT_PROMETHEUS,
	REPORT_FORMAT_WIRE,
	REPORT_FORMATS,
};

struct report_format_entry {
	const char
		*name; /* the word of `status --format` and of the configuration; NULL for NONE */
	bool exportable; /* may the service keep a file in it? */
};

/* All of them; report_print.h prints them. */
extern const struct report_format_entry report_formats[REPORT_FORMATS];

/* The format of that name, or NONE. */
enum report_format report_format_find(const char *name);
