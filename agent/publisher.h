/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The running service, as it introduces itself. */

#include "agent/utc_time.h"
#include "policy/facts.h"

#include <stdint.h>
#include <sys/types.h>

struct publisher {
	pid_t pid;
	char since[UTC_TIME_SIZE];
	uint64_t corrections; /* drifts corrected since then */
	size_t n_paused; /* NICs that another program fights for: their corrections pause */
	char paused[LINK_NAME_SIZE]; /* the first of them */
};
