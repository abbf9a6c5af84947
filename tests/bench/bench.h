/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the benchmarks share: the clock, and that they give up on an error. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Ends the program. `error` is a negative errno. */
static inline void die(const char *what, int error)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(-error));
	exit(1);
}

/* Ends the program when `result` is a negative errno. */
static inline void check(const char *what, int result)
{
	if (result < 0)
		die(what, result);
}

static inline double now_usec(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}
