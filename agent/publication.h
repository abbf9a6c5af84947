/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the running service tells other processes: the report in /run/offload-agent/report.json,
 * and in service.json, small and cheap to read, that it runs, since when, and the facts that it
 * judges by. A lock on service.lock tells a running service from a dead one.
 */

#include "agent/publisher.h"
#include "agent/report.h"

/*
 * Takes the lock that says "running". Returns a descriptor that is kept open for as long as the
 * service runs; -EBUSY when another service holds it; another negative errno.
 */
int publication_lock(int directory_fd);

/* Writes both files. Returns 0 or a negative errno. */
int publication_write(int directory_fd, const struct publisher *publisher,
		      const struct report *report);

/*
 * Is a service running? Returns 1 and, in `ret_publisher` and `ret_facts`, what it says of itself
 * and of the node; 0 when none runs (the outputs are untouched); a negative errno.
 */
int publication_read(int directory_fd, struct publisher *ret_publisher, struct facts *ret_facts);
