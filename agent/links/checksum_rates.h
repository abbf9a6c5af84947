/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How fast the counters of wrong checksums rise: the difference of two readings, per minute. As
 * they, a hint and no more. Time is a parameter, as monotonic_now_ms() counts.
 */

#include "agent/links/checksum_counters.h"

#include <stdbool.h>
#include <stdint.h>

struct checksum_rates {
	bool known; /* false: there are no two readings to compare, and the others mean nothing */
	uint64_t udp, tcp; /* packets a minute, rounded, of both families each */
};

struct checksum_reading {
	struct checksum_counters counters;
	uint64_t time_ms;
	uint64_t network_namespace; /* whose counters these are */
};

/* What came in a shorter time says nothing about a minute. */
#define CHECKSUM_RATES_INTERVAL_MS 10000

/*
 * Compares the reading `now` with the one before, which it takes the place of (zeroed = there was
 * none); one that comes too soon is not used, and both stay as they were. The rates are not known
 * after the first reading, and not when counters cannot be read, are another namespace's, or were
 * set back. Returns whether the rates have changed.
 */
bool checksum_rates_take(struct checksum_rates *rates, struct checksum_reading *before,
			 const struct checksum_reading *now);
