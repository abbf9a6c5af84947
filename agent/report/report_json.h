/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The report as JSON: what --json prints and what stands in /run/offload-agent/report.json. */

#include <stdio.h>

struct json_writer;
struct report;
struct rule_judgement;
struct rules;

/* Prints one object, a NIC a line. Returns 0, -ENOMEM, -EIO. */
int report_print_json(FILE *output, const struct report *report);

/* The "conditions" of one rule, each with its outcome and reason. */
void report_json_write_conditions(struct json_writer *writer, const struct rule_judgement *judged);

/* Prints what rules are loaded, as one object, a rule a line. Returns as above. */
int report_print_rules_json(FILE *output, const struct rules *rules);
