/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Who listens on an address of this node, as the kernel's tables say it. */

#include "agent/base/socket_address.h"

/*
 * Who listens on the address? Wildcard addresses count.
 * Returns 0 when root alone does, -EACCES when another user does, -ENOENT when none does, -ENXIO
 * when the kernel's tables cannot be opened.
 */
int listener_check(const union socket_address *address);

/*
 * The same by one file of the kernel's form of /proc/net/tcp or tcp6, up to the end of its
 * listening sockets, which stand first (net/ipv4/tcp_ipv4.c).
 */
int listener_check_table(const char *path, const union socket_address *address);
