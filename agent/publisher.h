/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The running service, as it introduces itself to other processes: /run/offload-agent/service.json,
 * small and cheap to read, tells since when it runs and the facts that it judges by. A lock on
 * service.lock tells a running service from a dead one.
 */

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

/*
 * Takes the lock that says "running". Returns a descriptor that is kept open for as long as the
 * service runs; -EBUSY when another service holds it; another negative errno.
 */
int publisher_lock(int directory_fd);

/* Writes service.json. Returns 0 or a negative errno. */
int publisher_write(int directory_fd, const struct publisher *publisher, const struct facts *facts);

/*
 * Is a service running? Returns 1 and, in `ret_publisher` and `ret_facts`, what it says of itself
 * and of the node; 0 when none runs (the outputs are untouched); a negative errno.
 */
int publisher_read(int directory_fd, struct publisher *ret_publisher, struct facts *ret_facts);
