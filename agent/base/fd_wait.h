/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Waiting for a descriptor, but not for ever. */

#include <stdint.h>

/*
 * Waits until `events` (poll(2)) are there, or an error or an end is to be read from it.
 * Returns 0; -ETIME when `deadline` (monotonic_now_ms()) has passed; another negative errno.
 */
int fd_wait(int fd, short events, uint64_t deadline);
