/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Packet sockets that hear what arrives by one link, as far as a filter lets it through.
 * CAP_NET_RAW is needed to open them, and no more to read them.
 *
 * The socket hears all protocols, and not what is sent: then the kernel copies no packet for it.
 * (One for IP that is bound to a link is asked after the IP layer has been given the packet, which
 * then copies each one; one that hears what is sent makes the kernel copy all of that.) Before
 * Linux 4.20, which cannot leave out what is sent, two sockets for IP and IPv6 hear all links, and
 * the filter asks for the link; those kernels copy nothing for such ones.
 */

#include "agent/wire/wire_links.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_peers;

struct wire_socket {
	int fds[3];
	size_t n_fds;
	unsigned int header_size; /* of the link */
};

/* What came of it. */
struct wire_heard {
	uint64_t passed; /* packets that the filter let through */
	uint64_t lost; /* of them, those that came faster than they were read */
};

/*
 * Listens on the link from now on. Returns 0 or a negative errno: -EPERM without CAP_NET_RAW. The
 * caller ends with wire_socket_close().
 */
int wire_socket_open(const struct wire_link *link, const uint16_t ports[], size_t n_ports,
		     struct wire_socket *ret_socket);
void wire_socket_close(struct wire_socket *socket);

/* Takes in what has come, without waiting, a bounded number of packets, and adds it to both. */
void wire_socket_read(const struct wire_socket *socket, struct wire_peers *peers,
		      struct wire_heard *heard);

/*
 * The link is gone, from this network namespace at least: nothing will come any more, also when it
 * returns. One that is only down is not gone.
 */
bool wire_socket_is_deaf(const struct wire_socket *socket);
