/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/vxlan_sample.h"

#include <netinet/in.h>
#include <string.h>

#define IPV4_SIZE  20
#define IPV6_SIZE  40
#define UDP_SIZE   8
#define VXLAN_SIZE 8
#define FRAME_SIZE 14
#define TCP_SIZE   24 /* with one option */

void vxlan_sample_put(struct vxlan_sample *sample, size_t offset, unsigned int value)
{
	sample->bytes[offset] = (uint8_t)(value >> 8);
	sample->bytes[offset + 1] = (uint8_t)value;
}

/* Byte by byte, with a carry after each: slow, and not how it is done over there. */
uint16_t vxlan_sample_checksum(const uint8_t *bytes, size_t size, unsigned int sum)
{
	for (size_t i = 0; i < size; i++) {
		sum += i % 2 ? bytes[i] : (unsigned int)bytes[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)~sum;
}

/* Fills in the checksum of what stands from `start` on, below the IP header at `ip`. */
static void finish(struct vxlan_sample *sample, size_t ip, bool ipv6, size_t start, size_t field,
		   unsigned int protocol)
{
	const size_t size = sample->size - start, addresses = ipv6 ? 32 : 8;
	uint8_t pseudo[40 + sizeof(sample->bytes)];

	vxlan_sample_put(sample, field, 0);
	memcpy(pseudo, sample->bytes + ip + (ipv6 ? 8 : 12), addresses);
	memcpy(pseudo + addresses, sample->bytes + start, size);
	vxlan_sample_put(
		sample, field,
		vxlan_sample_checksum(pseudo, addresses + size, protocol + (unsigned int)size));
}

static void finish_header(struct vxlan_sample *sample, size_t ip, bool ipv6)
{
	if (ipv6)
		return;
	vxlan_sample_put(sample, ip + 10, 0);
	vxlan_sample_put(
		sample, ip + 10,
		vxlan_sample_checksum(sample->bytes + ip, (sample->bytes[ip] & 0xfu) * 4, 0));
}

void vxlan_sample_finish_inner(struct vxlan_sample *sample)
{
	finish_header(sample, sample->inner, sample->inner_ipv6);
	finish(sample, sample->inner, sample->inner_ipv6, sample->tcp, sample->tcp + 16,
	       IPPROTO_TCP);
}

void vxlan_sample_leave_inner(struct vxlan_sample *sample)
{
	const size_t size = sample->size - sample->tcp;
	const uint8_t *addresses = sample->bytes + sample->inner + (sample->inner_ipv6 ? 8 : 12);
	const uint16_t checksum = vxlan_sample_checksum(addresses, sample->inner_ipv6 ? 32 : 8,
							IPPROTO_TCP + (unsigned int)size);

	vxlan_sample_put(sample, sample->tcp + 16, (uint16_t)~checksum);
}

void vxlan_sample_finish_outer(struct vxlan_sample *sample)
{
	finish_header(sample, 0, sample->ipv6);
	finish(sample, 0, sample->ipv6, sample->udp, sample->udp + 6, IPPROTO_UDP);
}

static void make_ip(struct vxlan_sample *sample, size_t start, bool ipv6, uint8_t protocol)
{
	uint8_t *header = sample->bytes + start;

	if (ipv6) {
		header[0] = 0x60;
		vxlan_sample_put(sample, start + 4,
				 (unsigned int)(sample->size - start - IPV6_SIZE));
		header[6] = protocol;
		header[7] = 64;
		memset(header + 8, 0x26, 16);
		memset(header + 24, 0x25, 16);
		return;
	}
	header[0] = 0x45;
	vxlan_sample_put(sample, start + 2, (unsigned int)(sample->size - start));
	header[8] = 64;
	header[9] = protocol;
	memcpy(header + 12, "\xc6\x12\x00\x01\xc6\x12\x00\x02", 8);
}

static void make_tcp(struct vxlan_sample *sample)
{
	vxlan_sample_put(sample, sample->tcp, VXLAN_SAMPLE_SYN_PORT);
	vxlan_sample_put(sample, sample->tcp + 2, 9);
	sample->bytes[sample->tcp + 12] = TCP_SIZE / 4 << 4;
	sample->bytes[sample->tcp + 13] = 0x02;
}

void vxlan_sample_make(struct vxlan_sample *sample, bool ipv6, bool inner_ipv6, size_t padding)
{
	*sample = (struct vxlan_sample){
		.ipv6 = ipv6,
		.inner_ipv6 = inner_ipv6,
		.udp = ipv6 ? IPV6_SIZE : IPV4_SIZE,
	};
	sample->vxlan = sample->udp + UDP_SIZE;
	sample->frame = sample->vxlan + VXLAN_SIZE;
	sample->inner = sample->frame + FRAME_SIZE;
	sample->tcp = sample->inner + (inner_ipv6 ? IPV6_SIZE : IPV4_SIZE);
	sample->size = sample->tcp + TCP_SIZE + padding;

	make_tcp(sample);
	make_ip(sample, sample->inner, inner_ipv6, IPPROTO_TCP);
	vxlan_sample_finish_inner(sample);

	vxlan_sample_put(sample, sample->frame + 12, inner_ipv6 ? 0x86dd : 0x0800);
	sample->bytes[sample->vxlan] = 0x08;
	memcpy(sample->bytes + sample->vxlan + 4, "\x01\x02\x03", 3);

	vxlan_sample_put(sample, sample->udp, VXLAN_SAMPLE_SOURCE_PORT);
	vxlan_sample_put(sample, sample->udp + 2, VXLAN_SAMPLE_PORT);
	vxlan_sample_put(sample, sample->udp + 4, (unsigned int)(sample->size - sample->udp));
	make_ip(sample, 0, ipv6, IPPROTO_UDP);
	vxlan_sample_finish_outer(sample);
}
