/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A genl_sock.h without a kernel: a test that links this file gets it in the place of the
 * library's. Devices 1 to n_links exist and all say what the recorded veth says; dumps follow a
 * script, and every answer to what genl_sock_send() sends is lost.
 */

#include <stddef.h>

struct script_dump {
	unsigned int n_links; /* the first so many are in it */
	int result;
};

struct script_counts {
	size_t n_dumps, n_singles, n_sends;
};

/* Starts a script. A dump more than it has fails the running test. */
void script_genl_sock_start(const struct script_dump *dumps, size_t n_dumps, unsigned int n_links);

/* What was asked since. */
struct script_counts script_genl_sock_counts(void);
