/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/base/ip_packet.h"

#include <errno.h>
#include <netinet/in.h>

#define IPV4_HEADER_MIN	    20
#define UDP_HEADER	    8
#define VXLAN_HEADER	    8
#define ETHERNET_HEADER	    14
#define ETHERTYPE_IPV4	    0x0800
#define ETHERTYPE_IPV6	    0x86dd
#define TCP_HEADER_MIN	    20
#define TCP_CHECKSUM_OFFSET 16
#define FRAGMENT_OR_MORE    0x3fff

uint16_t packet_read_be16(const uint8_t *data)
{
	return (uint16_t)(data[0] << 8 | data[1]);
}

static struct packet_bytes bytes_from(struct packet_bytes bytes, size_t offset)
{
	return (struct packet_bytes){bytes.data + offset, bytes.size - offset};
}

/* RFC 1071: 16 bits at a time; an odd last byte is followed by a zero. */
static uint32_t sum_bytes(struct packet_bytes bytes, uint32_t sum)
{
	for (size_t i = 0; i + 1 < bytes.size; i += 2)
		sum += packet_read_be16(bytes.data + i);
	if (bytes.size % 2)
		sum += (uint32_t)bytes.data[bytes.size - 1] << 8;
	return sum;
}

uint16_t packet_fold_sum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

uint16_t ip_packet_pseudo_sum(const struct ip_packet *ip)
{
	return packet_fold_sum(sum_bytes(ip->addresses, ip->protocol + (uint32_t)ip->payload.size));
}

uint16_t ip_packet_sum(const struct ip_packet *ip)
{
	return packet_fold_sum(sum_bytes(ip->payload, ip_packet_pseudo_sum(ip)));
}

static int parse_ipv4(struct packet_bytes packet, struct ip_packet *ret_ip)
{
	size_t header, total;

	if (packet.size < IPV4_HEADER_MIN)
		return -ENOMSG;
	header = (packet.data[0] & 0xf) * 4u;
	total = packet_read_be16(packet.data + 2);
	if (header < IPV4_HEADER_MIN || total < header || total > packet.size ||
	    (packet_read_be16(packet.data + 6) & FRAGMENT_OR_MORE))
		return -ENOMSG;
	*ret_ip = (struct ip_packet){
		.header_is_right =
			packet_fold_sum(sum_bytes((struct packet_bytes){packet.data, header}, 0)) ==
			0xffff,
		.addresses = {packet.data + 12, 8},
		.protocol = packet.data[9],
		.payload = {packet.data + header, total - header},
	};
	return 0;
}

static int parse_ipv6(struct packet_bytes packet, struct ip_packet *ret_ip)
{
	size_t length;

	if (packet.size < IPV6_HEADER_SIZE)
		return -ENOMSG;
	length = packet_read_be16(packet.data + 4);
	if (length > packet.size - IPV6_HEADER_SIZE)
		return -ENOMSG;
	*ret_ip = (struct ip_packet){
		.ipv6 = true,
		.header_is_right = true,
		.addresses = {packet.data + 8, 32},
		.protocol = packet.data[6],
		.payload = {packet.data + IPV6_HEADER_SIZE, length},
	};
	return 0;
}

int ip_packet_parse(struct packet_bytes packet, struct ip_packet *ret_ip)
{
	switch (packet.size ? packet.data[0] >> 4 : 0) {
	case 4:
		return parse_ipv4(packet, ret_ip);
	case 6:
		return parse_ipv6(packet, ret_ip);
	default:
		return -ENOMSG;
	}
}

int ip_packet_udp(const struct ip_packet *ip, struct udp_datagram *ret_datagram)
{
	const uint8_t *header = ip->payload.data;

	if (ip->protocol != IPPROTO_UDP || ip->payload.size < UDP_HEADER ||
	    packet_read_be16(header + 4) != ip->payload.size)
		return -ENOMSG;
	*ret_datagram = (struct udp_datagram){
		.source_port = packet_read_be16(header),
		.checksum = packet_read_be16(header + 6),
		.payload = bytes_from(ip->payload, UDP_HEADER),
	};
	return 0;
}

int ip_packet_tcp(const struct ip_packet *ip, struct tcp_segment *ret_segment)
{
	const uint8_t *header = ip->payload.data;

	if (ip->protocol != IPPROTO_TCP || ip->payload.size < TCP_HEADER_MIN)
		return -ENOMSG;
	*ret_segment = (struct tcp_segment){
		.source_port = packet_read_be16(header),
		.checksum = packet_read_be16(header + TCP_CHECKSUM_OFFSET),
		.flags = header[TCP_FLAGS_OFFSET],
	};
	return 0;
}

int vxlan_frame_parse(struct packet_bytes payload, struct vxlan_frame *ret_frame)
{
	uint16_t type;

	if (payload.size < VXLAN_HEADER + ETHERNET_HEADER || !(payload.data[0] & VXLAN_HAS_VNI))
		return -ENOMSG;
	type = packet_read_be16(payload.data + VXLAN_HEADER + 12);
	if (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6)
		return -ENOMSG;
	*ret_frame = (struct vxlan_frame){
		.vni = (uint32_t)packet_read_be16(payload.data + 4) << 8 | payload.data[6],
		.ipv6 = type == ETHERTYPE_IPV6,
		.ip = bytes_from(payload, VXLAN_HEADER + ETHERNET_HEADER),
	};
	return 0;
}
