/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One packet that came through the filter, and what is to be thought of its checksums: by its
 * bytes, and by what the kernel says with it (PACKET_VNET_HDR, packet(7)). The verdict is the
 * kernel's own: it drops what is called wrong here, and nothing else (skb_csum_unnecessary() and
 * the sum). TP_STATUS_CSUM_VALID of PACKET_AUXDATA is of no use: it is also set on packets that the
 * kernel then drops. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_ADDRESS_SIZE 16

enum wire_verdict {
	WIRE_RIGHT,
	WIRE_ZERO, /* not used: the receiver looks no further */
	WIRE_UNFINISHED, /* left to a device that it never came to: not judged */
	WIRE_WRONG,
	WIRE_VOUCHED_WRONG, /* wrong, but the NIC says that it is right: the kernel takes it */
};

struct wire_packet {
	bool ipv6; /* the outer one */
	uint8_t source[WIRE_ADDRESS_SIZE]; /* the outer one's; IPv4: the first 4 bytes */
	bool answer; /* a SYN that answers another one */
	enum wire_verdict verdict; /* on the outer UDP checksum */
	uint16_t checksum; /* as it stands there */
	uint16_t source_port;
	uint16_t right_port; /* the source port with which the checksum would be right */
	bool inner_wrong; /* the inner TCP checksum is wrong: the receiver drops that */
	/* Nobody has finished the inner one; when that were done, the outer one would be right. */
	bool wrong_by_inner;
};

/* What the kernel says with a packet: its virtio_net_hdr. */
struct wire_word {
	uint8_t flags;
	/* With VIRTIO_NET_HDR_F_NEEDS_CSUM: where what that checksum covers begins in the packet.
	 */
	size_t unfinished_at;
};

/*
 * Reads a packet that begins with its IP header.
 * Returns 0, or -ENOMSG when it is something else, is cut short, or contradicts itself.
 */
int wire_packet_parse(const void *data, size_t size, struct wire_word word,
		      struct wire_packet *ret_packet);
