/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reads the packets that the measurement is about: a TCP SYN over IPv4, in Ethernet, in VXLAN, in
 * UDP, over IPv4 or IPv6; and verifies their checksums. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum probe_checksum {
	PROBE_CHECKSUM_RIGHT,
	PROBE_CHECKSUM_ZERO, /* not used: the receiver looks no further */
	PROBE_CHECKSUM_WRONG,
};

struct probe_packet {
	bool ipv6; /* the outer one */
	uint16_t source_port; /* of the outer UDP */
	uint32_t vni;
	enum probe_checksum checksum; /* of the outer UDP */
	uint16_t syn_source_port; /* of the inner TCP */
	bool syn_finished; /* the inner TCP checksum is right */
};

/*
 * Reads a packet that begins with its IP header.
 * Returns 0, or -ENOMSG when it is something else, is cut short, or contradicts itself.
 */
int probe_packet_parse(const void *data, size_t size, struct probe_packet *ret_packet);
