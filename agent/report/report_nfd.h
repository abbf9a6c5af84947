/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The report for node-feature-discovery: a feature file of its "local" source, which becomes labels
 * of the node. Each line holds until the file's expiry time, so that the labels of a node whose
 * agent is gone lapse.
 */

#include <stdio.h>
#include <time.h>

struct report;

/* How long the labels hold; the service writes the file anew well before. */
#define REPORT_NFD_VALID_SECONDS 3600

void report_print_nfd(FILE *output, const struct report *report, time_t now);
