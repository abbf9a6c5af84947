/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/wire/wire_packet.h"

#include "agent/base/ip_packet.h"

#include <errno.h>
#include <string.h>

#include <linux/virtio_net.h>

#define SUM_RIGHT 0xffff

static enum wire_verdict judge(uint16_t checksum, uint16_t sum, uint8_t flags)
{
	if (flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		return WIRE_UNFINISHED;
	if (checksum == 0)
		return WIRE_ZERO;
	if (sum == SUM_RIGHT)
		return WIRE_RIGHT;
	return (flags & VIRTIO_NET_HDR_F_DATA_VALID) ? WIRE_VOUCHED_WRONG : WIRE_WRONG;
}

/*
 * The inner checksum is not judged where it may be left to a device, nor where the NIC's word may
 * be about it: it is not about an outer one that is not there. Of one packet only one can be left:
 * where that is the outer UDP's, which begins at `udp`, the kernel looks at the inner one.
 */
static bool inner_is_judged(enum wire_verdict verdict, struct wire_word word, size_t udp)
{
	switch (verdict) {
	case WIRE_UNFINISHED:
		return word.unfinished_at == udp;
	case WIRE_VOUCHED_WRONG:
		return false;
	case WIRE_ZERO:
		return !(word.flags & VIRTIO_NET_HDR_F_DATA_VALID);
	case WIRE_RIGHT:
	case WIRE_WRONG:
		break;
	}
	return true;
}

/* `outer_sum` is the outer packet's, over all of it. */
static int parse_inner(const struct vxlan_frame *frame, bool judged, uint16_t outer_sum,
		       struct wire_packet *packet)
{
	uint16_t sum;
	struct ip_packet inner = {.ipv6 = false};
	struct tcp_segment segment = {.flags = 0};
	int result = ip_packet_parse(frame->ip, &inner);

	if (result == 0 && (inner.ipv6 != frame->ipv6 || !inner.header_is_right))
		return -ENOMSG;
	if (result == 0)
		result = ip_packet_tcp(&inner, &segment);
	if (result == 0 && !(segment.flags & TCP_SYN))
		return -ENOMSG;
	if (result < 0)
		return result;
	packet->answer = segment.flags & TCP_ACK;
	sum = ip_packet_sum(&inner);
	packet->inner_wrong = judged && sum != SUM_RIGHT;
	/* The inner checksum stands at an even place of the outer datagram: it shifts both sums
	 * alike. */
	packet->wrong_by_inner = packet->inner_wrong && packet->verdict == WIRE_WRONG &&
				 segment.checksum == ip_packet_pseudo_sum(&inner) &&
				 sum == outer_sum;
	return 0;
}

int wire_packet_parse(const void *data, size_t size, struct wire_word word,
		      struct wire_packet *ret_packet)
{
	struct wire_packet packet = {.ipv6 = false};
	struct ip_packet outer = {.ipv6 = false};
	struct udp_datagram datagram = {.checksum = 0};
	struct vxlan_frame frame = {.vni = 0};
	uint16_t sum;
	bool judged;
	int result = ip_packet_parse((struct packet_bytes){data, size}, &outer);

	if (result == 0 && !outer.header_is_right)
		return -ENOMSG;
	if (result == 0)
		result = ip_packet_udp(&outer, &datagram);
	if (result == 0)
		result = vxlan_frame_parse(datagram.payload, &frame);
	if (result < 0)
		return result;
	sum = ip_packet_sum(&outer);
	packet.ipv6 = outer.ipv6;
	packet.verdict = judge(datagram.checksum, sum, word.flags);
	packet.checksum = datagram.checksum;
	packet.source_port = datagram.source_port;
	packet.right_port = packet_fold_sum((uint32_t)datagram.source_port + (uint16_t)~sum);
	memcpy(packet.source, outer.addresses.data, outer.addresses.size / 2);
	judged = inner_is_judged(packet.verdict, word,
				 (size_t)(outer.payload.data - (const uint8_t *)data));
	result = parse_inner(&frame, judged, sum, &packet);
	if (result == 0)
		*ret_packet = packet;
	return result;
}
