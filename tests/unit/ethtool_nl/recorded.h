/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The recorded answers of a kernel (tests/data/netlink/), each at the end of a page that nothing
 * follows: a parser that reads on ends with SIGSEGV, also inside libnl, where no sanitizer looks.
 */

#include <stddef.h>

struct nlmsghdr;

struct recorded {
	struct nlmsghdr *message; /* the first one */
	size_t size; /* of all in the file */
	void *pages;
};

/* Loads NAME.bin; fails the test if it cannot. The caller ends with recorded_free(). */
struct recorded recorded_load(const char *name);

/* A copy of the first `size` bytes, with the length in its header made to fit. */
struct recorded recorded_cut(const struct recorded *whole, size_t size);

void recorded_free(struct recorded *recorded);
