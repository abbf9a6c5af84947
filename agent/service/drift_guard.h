/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How often one NIC may be corrected: drift is corrected at once, but a NIC that drifts more than
 * DRIFT_LIMIT times a minute has another program at work on it, and correcting it without end cures
 * nothing. Pure; time is a parameter, in milliseconds of a clock that never goes back.
 */

#include <stdbool.h>
#include <stdint.h>

#define DRIFT_LIMIT	     5
#define DRIFT_WINDOW_MS	     60000
#define DRIFT_BACKOFF_MS     10000 /* the first one */
#define DRIFT_BACKOFF_MAX_MS 300000 /* they double up to this */

struct drift_guard {
	uint64_t corrected[DRIFT_LIMIT]; /* when, the oldest at `next`; 0 = never */
	unsigned int next;
	uint64_t backoff_ms; /* the last one; 0 = none lately */
	uint64_t backoff_until; /* no correction before */
	bool one_more; /* a backoff is followed by one correction, whatever came before */
};

/*
 * Asks whether a drift that is seen now may be corrected now, and notes it when it may. When it may
 * not, drift_guard_wait() says for how long.
 */
bool drift_guard_allow(struct drift_guard *guard, uint64_t now_ms);

/* What is left of the backoff, in milliseconds; 0 = nothing. */
uint64_t drift_guard_wait(const struct drift_guard *guard, uint64_t now_ms);
