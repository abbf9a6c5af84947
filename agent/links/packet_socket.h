/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What all packet sockets of this program have in common. */

#include <errno.h>
#include <sys/socket.h>

/* Of Linux 4.20; headers to build with may be older. */
#define PACKET_SOCKET_IGNORE_OUTGOING 23

/*
 * The socket no longer hears what is sent: one that does makes the kernel copy each packet that is,
 * and until 6.15, when it is bound to no link, those of all namespaces of the machine.
 * Returns 0, or a negative errno: -ENOPROTOOPT before Linux 4.20.
 */
static inline int packet_socket_ignore_outgoing(int fd)
{
	const int on = 1;

	return setsockopt(fd, SOL_PACKET, PACKET_SOCKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0
		       ? -errno
		       : 0;
}
