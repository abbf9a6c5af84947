/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which network namespace this is. */

#include <stdbool.h>
#include <stdint.h>

/*
 * The inode is what /proc/PID/ns/net and lsns(8) show; the kernel gives it to another namespace
 * when this one is no more. The cookie (SO_NETNS_COOKIE, since Linux 5.14) is never given again.
 */
struct network_namespace {
	uint64_t inode; /* 0: not known, or the kernel has no namespaces */
	uint64_t cookie; /* 0: the kernel has none */
};

/* Reads that of this thread. Returns 0 or a negative errno. */
int network_namespace_read(struct network_namespace *ret_network_namespace);

/* One number that sets it apart from others of this moment; 0 = not known. */
uint64_t network_namespace_number(struct network_namespace network_namespace);

/* Are they the same? By their cookies where both have one. */
bool network_namespace_equal(struct network_namespace a, struct network_namespace b);
