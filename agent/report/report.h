/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What all outputs print: the state of the node, in one line and in detail.
 */

#include "agent/reconcile/inspection.h"

enum state {
	STATE_NOT_AFFECTED, /* no rule applies */
	STATE_NOT_EXPOSED, /* one applies, but no exposed device is there now */
	STATE_MITIGATED,
	STATE_VULNERABLE,
	STATE_UNKNOWN,
	STATES,
};

/* A message of node-problem-detector is cut at 80 characters. */
#define REPORT_SUMMARY_SIZE 81

struct report {
	enum state state; /* by all rules */
	enum state acting_state; /* by the rules that act: what `apply` answers for */
	char summary[REPORT_SUMMARY_SIZE]; /* "Vulnerable: ..." */
	const struct inspection *inspection; /* borrowed */
	bool dry_run; /* judged as if every NIC's todo were done */
};

/*
 * Judges what was inspected. For a dry run it judges the node as it would be after every NIC's
 * todo; whether the kernel would refuse is not known before.
 */
void report_make(const struct inspection *inspection, bool dry_run, struct report *ret_report);

/* "not-affected", "not-exposed", "mitigated", "vulnerable", "unknown". */
const char *state_name(enum state state);

/* The exit code of status, explain and apply. */
int state_exit_code(enum state state);
