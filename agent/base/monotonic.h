/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The clock that time limits are measured with: it never jumps. */

#include <stdint.h>
#include <time.h>

/* Microseconds since some fixed moment. */
static inline uint64_t monotonic_now_usec(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Milliseconds since the same moment. */
static inline uint64_t monotonic_now_ms(void)
{
	return monotonic_now_usec() / 1000;
}

/* How long until `deadline`, as poll(2) wants it; 0 when it has passed. */
static inline int monotonic_ms_until(uint64_t deadline)
{
	uint64_t now = monotonic_now_ms();

	if (deadline <= now)
		return 0;
	return deadline - now < 1000000 ? (int)(deadline - now) : 1000000;
}
