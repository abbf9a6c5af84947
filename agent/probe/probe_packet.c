/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/probe/probe_packet.h"

#include "agent/base/ip_packet.h"

#include <errno.h>

static enum probe_checksum judge(const struct ip_packet *ip, const struct udp_datagram *datagram)
{
	if (datagram->checksum == 0)
		return PROBE_CHECKSUM_ZERO;
	return ip_packet_sum(ip) == 0xffff ? PROBE_CHECKSUM_RIGHT : PROBE_CHECKSUM_WRONG;
}

/* The measurement's own packets are TCP over IPv4. */
static int parse_syn(const struct vxlan_frame *frame, struct probe_packet *packet)
{
	struct ip_packet inner = {.ipv6 = true};
	struct tcp_segment segment = {.flags = 0};
	int result = ip_packet_parse(frame->ip, &inner);

	if (result == 0 && (frame->ipv6 || inner.ipv6))
		return -ENOMSG;
	if (result == 0)
		result = ip_packet_tcp(&inner, &segment);
	if (result == 0 && (segment.flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
		return -ENOMSG;
	if (result < 0)
		return result;
	packet->syn_source_port = segment.source_port;
	packet->syn_finished = ip_packet_sum(&inner) == 0xffff;
	return 0;
}

int probe_packet_parse(const void *data, size_t size, struct probe_packet *ret_packet)
{
	struct ip_packet outer = {.ipv6 = false};
	struct udp_datagram datagram = {.checksum = 0};
	struct vxlan_frame frame = {.vni = 0};
	struct probe_packet packet = {.ipv6 = false};
	int result = ip_packet_parse((struct packet_bytes){data, size}, &outer);

	if (result == 0)
		result = ip_packet_udp(&outer, &datagram);
	if (result == 0)
		result = vxlan_frame_parse(datagram.payload, &frame);
	if (result == 0)
		result = parse_syn(&frame, &packet);
	if (result < 0)
		return result;
	packet.ipv6 = outer.ipv6;
	packet.source_port = datagram.source_port;
	packet.vni = frame.vni;
	packet.checksum = judge(&outer, &datagram);
	*ret_packet = packet;
	return 0;
}
