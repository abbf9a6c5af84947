/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/probe/probe_packet.h"

#include <errno.h>
#include <netinet/in.h>

#define IPV4_HEADER_MIN	 20
#define IPV6_HEADER	 40
#define UDP_HEADER	 8
#define VXLAN_HEADER	 8
#define VXLAN_HAS_VNI	 0x08
#define ETHERNET_HEADER	 14
#define ETHERTYPE_IPV4	 0x0800
#define TCP_HEADER_MIN	 20
#define TCP_FLAGS	 13
#define TCP_SYN		 0x02
#define TCP_ACK		 0x10
#define FRAGMENT_OR_MORE 0x3fff

/* A piece of the packet. */
struct bytes {
	const uint8_t *data;
	size_t size;
};

/* What an IP header says of what it carries. */
struct ip_packet {
	struct bytes addresses; /* source and destination */
	uint8_t protocol;
	struct bytes payload;
};

static uint16_t read_be16(const uint8_t *data)
{
	return (uint16_t)(data[0] << 8 | data[1]);
}

static struct bytes bytes_from(struct bytes bytes, size_t offset)
{
	return (struct bytes){bytes.data + offset, bytes.size - offset};
}

/* RFC 1071: 16 bits at a time; an odd last byte is followed by a zero. */
static uint32_t sum_bytes(struct bytes bytes, uint32_t sum)
{
	for (size_t i = 0; i + 1 < bytes.size; i += 2)
		sum += read_be16(bytes.data + i);
	if (bytes.size % 2)
		sum += (uint32_t)bytes.data[bytes.size - 1] << 8;
	return sum;
}

/* The sum over pseudo header and segment, its own checksum included, is all ones. */
static bool checksum_is_right(const struct ip_packet *ip)
{
	uint32_t sum = ip->protocol + (uint32_t)ip->payload.size;

	sum = sum_bytes(ip->addresses, sum);
	sum = sum_bytes(ip->payload, sum);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

static int parse_ipv4(struct bytes packet, struct ip_packet *ret_ip)
{
	size_t header, total;

	if (packet.size < IPV4_HEADER_MIN || packet.data[0] >> 4 != 4)
		return -ENOMSG;
	header = (packet.data[0] & 0xf) * 4u;
	total = read_be16(packet.data + 2);
	if (header < IPV4_HEADER_MIN || total < header || total > packet.size ||
	    (read_be16(packet.data + 6) & FRAGMENT_OR_MORE))
		return -ENOMSG;
	ret_ip->addresses = (struct bytes){packet.data + 12, 8};
	ret_ip->protocol = packet.data[9];
	ret_ip->payload = (struct bytes){packet.data + header, total - header};
	return 0;
}

static int parse_ipv6(struct bytes packet, struct ip_packet *ret_ip)
{
	size_t length;

	if (packet.size < IPV6_HEADER || packet.data[0] >> 4 != 6)
		return -ENOMSG;
	length = read_be16(packet.data + 4);
	if (length > packet.size - IPV6_HEADER)
		return -ENOMSG;
	ret_ip->addresses = (struct bytes){packet.data + 8, 32};
	ret_ip->protocol = packet.data[6];
	ret_ip->payload = (struct bytes){packet.data + IPV6_HEADER, length};
	return 0;
}

static int parse_udp(const struct ip_packet *ip, struct probe_packet *packet)
{
	const uint8_t *header = ip->payload.data;

	if (ip->protocol != IPPROTO_UDP || ip->payload.size < UDP_HEADER ||
	    read_be16(header + 4) != ip->payload.size)
		return -ENOMSG;
	packet->source_port = read_be16(header);
	if (read_be16(header + 6) == 0)
		packet->checksum = PROBE_CHECKSUM_ZERO;
	else
		packet->checksum =
			checksum_is_right(ip) ? PROBE_CHECKSUM_RIGHT : PROBE_CHECKSUM_WRONG;
	return 0;
}

/* From the VXLAN header on; `ret_inner` is what the Ethernet frame in it carries. */
static int parse_vxlan(struct bytes vxlan, struct probe_packet *packet, struct bytes *ret_inner)
{
	if (vxlan.size < VXLAN_HEADER + ETHERNET_HEADER || !(vxlan.data[0] & VXLAN_HAS_VNI) ||
	    read_be16(vxlan.data + VXLAN_HEADER + 12) != ETHERTYPE_IPV4)
		return -ENOMSG;
	packet->vni = (uint32_t)read_be16(vxlan.data + 4) << 8 | vxlan.data[6];
	*ret_inner = bytes_from(vxlan, VXLAN_HEADER + ETHERNET_HEADER);
	return 0;
}

static int parse_syn(const struct ip_packet *ip, struct probe_packet *packet)
{
	const uint8_t *header = ip->payload.data;

	if (ip->protocol != IPPROTO_TCP || ip->payload.size < TCP_HEADER_MIN ||
	    (header[TCP_FLAGS] & (TCP_SYN | TCP_ACK)) != TCP_SYN)
		return -ENOMSG;
	packet->syn_source_port = read_be16(header);
	packet->syn_finished = checksum_is_right(ip);
	return 0;
}

int probe_packet_parse(const void *data, size_t size, struct probe_packet *ret_packet)
{
	const struct bytes whole = {data, size};
	struct ip_packet outer = {.protocol = 0}, inner = {.protocol = 0};
	struct probe_packet packet = {.ipv6 = false};
	struct bytes carried = {NULL, 0};
	int result;

	packet.ipv6 = size && whole.data[0] >> 4 == 6;
	result = packet.ipv6 ? parse_ipv6(whole, &outer) : parse_ipv4(whole, &outer);
	if (result == 0)
		result = parse_udp(&outer, &packet);
	if (result == 0)
		result = parse_vxlan(bytes_from(outer.payload, UDP_HEADER), &packet, &carried);
	if (result == 0)
		result = parse_ipv4(carried, &inner);
	if (result == 0)
		result = parse_syn(&inner, &packet);
	if (result == 0)
		*ret_packet = packet;
	return result;
}
