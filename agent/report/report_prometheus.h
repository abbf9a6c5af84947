/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The report in Prometheus' text format, as node_exporter's textfile collector reads it: no
 * timestamps, every series once, all series of a metric together.
 */

#include <stdio.h>

struct report;

void report_print_prometheus(FILE *output, const struct report *report, const char *version);
