/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The filter in the kernel of what `wire` looks at: VXLAN packets for this node that carry a TCP
 * SYN, over IPv4 or IPv6 both outside and inside. Pure: makes a program of classic BPF, which every
 * kernel has.
 *
 * Not let through, hence not seen: fragments, IPv6 extension headers, tags inside of VXLAN, SYNs
 * with data, Geneve.
 */

#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>

/* More ports than any node has. */
#define WIRE_FILTER_PORTS_MAX 64

#define WIRE_FILTER_CODE_MAX (64 + WIRE_FILTER_PORTS_MAX)

/* Longer packets, without their link header, are no SYN: most of a node's traffic ends there. */
#define WIRE_FILTER_PACKET_MAX 256

struct wire_filter {
	struct sock_filter code[WIRE_FILTER_CODE_MAX];
	unsigned short length;
};

/* Where the packets come from. */
struct wire_filter_link {
	unsigned int header_size; /* of the link: 14 for Ethernet, 0 where there is none */
	unsigned int ifindex; /* for a socket that hears all links; 0 = it is bound to one */
};

/*
 * Makes the program for packets to one of the UDP ports (1 to WIRE_FILTER_PORTS_MAX of them). It
 * passes a packet whole, with its link header.
 */
void wire_filter_make(const struct wire_filter_link *link, const uint16_t ports[], size_t n_ports,
		      struct wire_filter *ret_filter);
