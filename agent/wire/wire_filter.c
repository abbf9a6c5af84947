/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/wire/wire_filter.h"

#include "agent/base/ip_packet.h"

#include <netinet/in.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

/* Where fields are, from the beginning of the header that has them. */
#define IPV4_FRAGMENT 6
#define IPV4_PROTOCOL 9
#define IPV6_NEXT     6
#define UDP_TO	      2

/* From the UDP header on: VXLAN's flags, the inner frame's type, and what follows it. */
#define VXLAN_FLAGS 8
#define FRAME_TYPE  28
#define INNER_IP    30

#define FRAGMENT_OR_MORE   0x3fff
#define LATER_FRAGMENT	   0x1fff
#define VLAN_NUMBER	   0x0fff
#define IPV4_HEADER_LENGTH 0x0f /* in words of 4 bytes */

/* Places that are jumped to, all of them further down; NEXT is the following instruction. */
enum label {
	NEXT,
	UNTAGGED,
	IPV6,
	UDP,
	PORT_FITS,
	INNER_IPV6,
	INNER_TCP,
	PASS,
	DROP,
	LABELS,
};

/* A program under construction: what each jump means is known at its end. */
struct assembly {
	struct wire_filter *filter;
	enum label yes[WIRE_FILTER_CODE_MAX], no[WIRE_FILTER_CODE_MAX];
	unsigned short places[LABELS];
};

static void add(struct assembly *assembly, unsigned int code, uint32_t k)
{
	struct wire_filter *filter = assembly->filter;

	filter->code[filter->length] = (struct sock_filter){.code = (uint16_t)code, .k = k};
	assembly->yes[filter->length] = NEXT;
	assembly->no[filter->length] = NEXT;
	filter->length++;
}

static void load(struct assembly *assembly, unsigned int size_and_mode, uint32_t k)
{
	add(assembly, BPF_LD | size_and_mode, k);
}

/* What the kernel knows of the packet beside its bytes. */
static void load_extra(struct assembly *assembly, int which)
{
	load(assembly, BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + which));
}

static void jump_if(struct assembly *assembly, unsigned int test, uint32_t k, enum label yes,
		    enum label no)
{
	unsigned short place = assembly->filter->length;

	add(assembly, BPF_JMP | BPF_K | test, k);
	assembly->yes[place] = yes;
	assembly->no[place] = no;
}

/* Goes on if what was loaded is k. */
static void only(struct assembly *assembly, uint32_t k)
{
	jump_if(assembly, BPF_JEQ, k, NEXT, DROP);
}

static void jump(struct assembly *assembly, enum label to)
{
	unsigned short place = assembly->filter->length;

	add(assembly, BPF_JMP | BPF_JA, 0);
	assembly->yes[place] = to;
}

static void here(struct assembly *assembly, enum label label)
{
	assembly->places[label] = assembly->filter->length;
}

static void resolve(struct assembly *assembly)
{
	struct wire_filter *filter = assembly->filter;

	for (unsigned short i = 0; i < filter->length; i++) {
		struct sock_filter *code = &filter->code[i];
		const enum label yes = assembly->yes[i], no = assembly->no[i];

		if (code->code == (BPF_JMP | BPF_JA))
			code->k = assembly->places[yes] - i - 1u;
		else if (yes != NEXT)
			code->jt = (uint8_t)(assembly->places[yes] - i - 1);
		if (no != NEXT)
			code->jf = (uint8_t)(assembly->places[no] - i - 1);
	}
}

/*
 * The kernel takes a VLAN's tag off the frame: one with a number is for the VLAN's own device. It
 * leaves the removed tag where it was (6.1, skb->vlan_tci), so whether there is one comes first.
 */
static void add_link(struct assembly *assembly, const struct wire_filter_link *link)
{
	if (link->ifindex) {
		load_extra(assembly, SKF_AD_IFINDEX);
		only(assembly, link->ifindex);
	}
	load(assembly, BPF_W | BPF_LEN, 0);
	jump_if(assembly, BPF_JGT, link->header_size + WIRE_FILTER_PACKET_MAX, DROP, NEXT);
	load_extra(assembly, SKF_AD_VLAN_TAG_PRESENT);
	jump_if(assembly, BPF_JEQ, 0, UNTAGGED, NEXT);
	load_extra(assembly, SKF_AD_VLAN_TAG);
	jump_if(assembly, BPF_JSET, VLAN_NUMBER, DROP, NEXT);
	here(assembly, UNTAGGED);
}

/* Leaves the size of the outer IP header in X. */
static void add_outer_ip(struct assembly *assembly, uint32_t ip)
{
	load_extra(assembly, SKF_AD_PROTOCOL);
	jump_if(assembly, BPF_JEQ, ETH_P_IPV6, IPV6, NEXT);
	only(assembly, ETH_P_IP);
	load(assembly, BPF_B | BPF_ABS, ip + IPV4_PROTOCOL);
	only(assembly, IPPROTO_UDP);
	load(assembly, BPF_H | BPF_ABS, ip + IPV4_FRAGMENT);
	jump_if(assembly, BPF_JSET, FRAGMENT_OR_MORE, DROP, NEXT);
	add(assembly, BPF_LDX | BPF_B | BPF_MSH, ip);
	jump(assembly, UDP);
	here(assembly, IPV6);
	load(assembly, BPF_B | BPF_ABS, ip + IPV6_NEXT);
	only(assembly, IPPROTO_UDP);
	add(assembly, BPF_LDX | BPF_IMM, IPV6_HEADER_SIZE);
}

/* Frames for another MAC address are seen where the link takes them all: they are not for here. */
static void add_udp(struct assembly *assembly, uint32_t ip, const uint16_t ports[], size_t n_ports)
{
	here(assembly, UDP);
	load(assembly, BPF_H | BPF_IND, ip + UDP_TO);
	for (size_t i = 0; i + 1 < n_ports; i++)
		jump_if(assembly, BPF_JEQ, ports[i], PORT_FITS, NEXT);
	only(assembly, ports[n_ports - 1]);
	here(assembly, PORT_FITS);
	load_extra(assembly, SKF_AD_PKTTYPE);
	only(assembly, PACKET_HOST);
	load(assembly, BPF_B | BPF_IND, ip + VXLAN_FLAGS);
	jump_if(assembly, BPF_JSET, VXLAN_HAS_VNI, NEXT, DROP);
}

/* X becomes the size of both IP headers. */
static void add_inner(struct assembly *assembly, uint32_t ip)
{
	const uint32_t inner = ip + INNER_IP;

	load(assembly, BPF_H | BPF_IND, ip + FRAME_TYPE);
	jump_if(assembly, BPF_JEQ, ETH_P_IPV6, INNER_IPV6, NEXT);
	only(assembly, ETH_P_IP);
	load(assembly, BPF_B | BPF_IND, inner + IPV4_PROTOCOL);
	only(assembly, IPPROTO_TCP);
	load(assembly, BPF_H | BPF_IND, inner + IPV4_FRAGMENT);
	jump_if(assembly, BPF_JSET, LATER_FRAGMENT, DROP, NEXT);
	load(assembly, BPF_B | BPF_IND, inner);
	add(assembly, BPF_ALU | BPF_AND | BPF_K, IPV4_HEADER_LENGTH);
	add(assembly, BPF_ALU | BPF_LSH | BPF_K, 2);
	jump(assembly, INNER_TCP);
	here(assembly, INNER_IPV6);
	load(assembly, BPF_B | BPF_IND, inner + IPV6_NEXT);
	only(assembly, IPPROTO_TCP);
	load(assembly, BPF_IMM, IPV6_HEADER_SIZE);
	here(assembly, INNER_TCP);
	add(assembly, BPF_ALU | BPF_ADD | BPF_X, 0);
	add(assembly, BPF_MISC | BPF_TAX, 0);
	load(assembly, BPF_B | BPF_IND, inner + TCP_FLAGS_OFFSET);
	jump_if(assembly, BPF_JSET, TCP_SYN, PASS, DROP);
}

void wire_filter_make(const struct wire_filter_link *link, const uint16_t ports[], size_t n_ports,
		      struct wire_filter *ret_filter)
{
	struct assembly assembly = {.filter = ret_filter};

	ret_filter->length = 0;
	add_link(&assembly, link);
	add_outer_ip(&assembly, link->header_size);
	add_udp(&assembly, link->header_size, ports, n_ports);
	add_inner(&assembly, link->header_size);
	here(&assembly, DROP);
	add(&assembly, BPF_RET | BPF_K, 0);
	here(&assembly, PASS);
	add(&assembly, BPF_RET | BPF_K, UINT32_MAX);
	resolve(&assembly);
}
