/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A packet made by hand: a TCP SYN in a VXLAN tunnel. Its checksums are computed in another way
 * than the program's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VXLAN_SAMPLE_PORT	 8472
#define VXLAN_SAMPLE_SOURCE_PORT 50001
#define VXLAN_SAMPLE_SYN_PORT	 40001
#define VXLAN_SAMPLE_VNI	 0x010203

struct vxlan_sample {
	uint8_t bytes[256];
	size_t size;
	bool ipv6, inner_ipv6;
	/* Where it stands: */
	size_t udp, vxlan, frame, inner, tcp;
};

/* Right in everything; `padding` follows the TCP header. */
void vxlan_sample_make(struct vxlan_sample *sample, bool ipv6, bool inner_ipv6, size_t padding);

/* Writes two bytes, in network order. */
void vxlan_sample_put(struct vxlan_sample *sample, size_t offset, unsigned int value);

/* Fills in the checksum of the inner TCP, or of the outer UDP and IPv4 header, anew. */
void vxlan_sample_finish_inner(struct vxlan_sample *sample);
void vxlan_sample_finish_outer(struct vxlan_sample *sample);

/* Puts into the inner TCP's checksum what Linux leaves there for a device that is to finish it. */
void vxlan_sample_leave_inner(struct vxlan_sample *sample);

/* What makes the sum of the bytes, with `sum` before them, all ones. */
uint16_t vxlan_sample_checksum(const uint8_t *bytes, size_t size, unsigned int sum);
