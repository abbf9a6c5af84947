/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The formats in which other programs read the state of the node: one report in the form of the
 * one or the other.
 */

#include <stdio.h>

struct report;

/* The words of `status --format`, in the order of its choices. */
enum report_format {
	REPORT_FORMAT_NONE, /* none was asked for: text or JSON */
	REPORT_FORMAT_SUMMARY,
	REPORT_FORMAT_NAGIOS,
	REPORT_FORMAT_NFD,
	REPORT_FORMAT_PROMETHEUS,
};

/* Prints the report in a format other than NONE. Returns 0, or -EIO: it could not be written. */
int report_print_format(FILE *output, const struct report *report, enum report_format format);
