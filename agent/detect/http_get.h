/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One page of plain HTTP/1.0 from a numeric address, so that there is nothing to resolve, to
 * encrypt, to decode or to redirect. A library for it would be loaded at every start of the
 * program, whatever the command: linked with libcurl it takes five times as long to start as
 * without (7.88 on Debian 12; the dynamic loader's own statistics say the same).
 */

#include "agent/base/socket_address.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Begins to connect, without waiting. This is all that needs a socket to be made.
 * Returns a descriptor that the caller closes, or a negative errno: -ECONNREFUSED when nobody
 * listens there, as far as that is known at once.
 */
int http_get_connect(const union socket_address *address);

/*
 * Waits for the connection, and asks for `path` of `host`.
 * Returns 0; -ETIME when `deadline` (monotonic_now_ms()) has passed; another negative errno.
 */
int http_get_send(int fd, const char *host, const char *path, uint64_t deadline);

/*
 * Receives the whole answer, header included, of at most `size_max` bytes. `ret_response` is the
 * caller's to free.
 * Returns 0, -EFBIG, -ETIME, or another negative errno.
 */
int http_get_receive(int fd, size_t size_max, uint64_t deadline, char **ret_response,
		     size_t *ret_size);

/* What follows the header of an answer; NULL when that is none, or its status is not 200. Pure. */
const char *http_get_body(const char *response, size_t size);
