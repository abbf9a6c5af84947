/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The headers of packets that carry others (IP, UDP, VXLAN), and the Internet checksum over what
 * they carry. Pure; nothing is read beyond what is there.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPV6_HEADER_SIZE 40
#define TCP_FLAGS_OFFSET 13
#define TCP_SYN		 0x02
#define TCP_ACK		 0x10
#define VXLAN_HAS_VNI	 0x08 /* in its first byte */

/* A piece of a packet, borrowed. */
struct packet_bytes {
	const uint8_t *data;
	size_t size;
};

/* What an IP header says of what it carries. */
struct ip_packet {
	bool ipv6;
	bool header_is_right; /* IPv4: by the header's own checksum; IPv6 has none */
	struct packet_bytes addresses; /* source, then destination */
	uint8_t protocol;
	struct packet_bytes payload;
};

/* The fields of a UDP datagram. */
struct udp_datagram {
	uint16_t source_port;
	uint16_t checksum; /* as it stands there; 0 = not used */
	struct packet_bytes payload;
};

/* The fields of a TCP segment. */
struct tcp_segment {
	uint16_t source_port;
	uint16_t checksum; /* as it stands there */
	uint8_t flags; /* TCP_SYN, ... */
};

/* What a VXLAN packet carries. */
struct vxlan_frame {
	uint32_t vni;
	bool ipv6; /* by the frame's type */
	struct packet_bytes ip; /* from the inner IP header on */
};

/* Two bytes in network order. */
uint16_t packet_read_be16(const uint8_t *data);

/*
 * All of these return 0, or -ENOMSG when it is something else, is cut short, or contradicts itself;
 * of IP, also when it is a fragment. IPv6 extension headers are no payload that is known here.
 */
int ip_packet_parse(struct packet_bytes packet, struct ip_packet *ret_ip);
int ip_packet_udp(const struct ip_packet *ip, struct udp_datagram *ret_datagram);
int ip_packet_tcp(const struct ip_packet *ip, struct tcp_segment *ret_segment);

/* Takes a datagram's payload for VXLAN with a number (VNI) that carries IP in untagged Ethernet. */
int vxlan_frame_parse(struct packet_bytes payload, struct vxlan_frame *ret_frame);

/* Adds the carries until the sum has 16 bits: ones' complement. */
uint16_t packet_fold_sum(uint32_t sum);

/*
 * The sum over pseudo header and payload, the checksum in it included, folded to 16 bits (RFC
 * 1071): 0xffff when that is right.
 */
uint16_t ip_packet_sum(const struct ip_packet *ip);

/* The pseudo header's part of that: what Linux leaves in the place of a checksum that a device is
 * to finish. */
uint16_t ip_packet_pseudo_sum(const struct ip_packet *ip);
