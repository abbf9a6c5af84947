/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The report for people: `status` and, in more detail, `explain`. */

#include "agent/report/state.h"

#include <stdbool.h>
#include <stdio.h>

struct report;

/* The state in one line, the evidence, what to do, and the table of NICs. */
void report_print_status(FILE *output, const struct report *report, bool color);

/* The state in one line, every fact with its source, every condition with its reason, the NICs. */
void report_print_explain(FILE *output, const struct report *report, bool color);

/* What begins text in the colour of a state on a terminal, and what ends it. */
const char *report_color(enum state state);
#define REPORT_COLOR_RESET "\033[0m"
