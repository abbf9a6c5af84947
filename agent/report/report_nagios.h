/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The report for monitoring plugins' readers (Nagios, Icinga, Naemon): one line with performance
 * data on standard output, and their exit codes.
 */

#include "agent/report/state.h"

#include <stdio.h>

struct report;

enum nagios_code {
	NAGIOS_OK = 0,
	NAGIOS_CRITICAL = 2,
	NAGIOS_UNKNOWN = 3,
};

enum nagios_code nagios_code(enum state state);

void report_print_nagios(FILE *output, const struct report *report);

/* The same where there is no report, because the command failed with `exit_code`. */
void nagios_print_failure(FILE *output, int exit_code);
