/* SPDX-License-Identifier: Apache-2.0 */
/* Packets made by hand: their checksums are computed here in another way than there. */
#include "agent/probe/probe_packet.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IPV4_SIZE  20
#define IPV6_SIZE  40
#define UDP_SIZE   8
#define VXLAN_SIZE 8
#define FRAME_SIZE 14
#define TCP_SIZE   24 /* with one option */

struct packet {
	uint8_t bytes[256];
	size_t size;
	/* Where it stands: */
	size_t udp, vxlan, frame, inner, tcp;
};

static void put16(struct packet *packet, size_t offset, unsigned int value)
{
	packet->bytes[offset] = (uint8_t)(value >> 8);
	packet->bytes[offset + 1] = (uint8_t)value;
}

/* Byte by byte, with a carry after each: slow, and not how it is done over there. */
static uint16_t checksum(const uint8_t *bytes, size_t size, unsigned int sum)
{
	for (size_t i = 0; i < size; i++) {
		sum += i % 2 ? bytes[i] : (unsigned int)bytes[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)~sum;
}

/* Fills in the checksum of the segment from `start` on, with addresses of `address_size` bytes. */
static void finish(struct packet *packet, size_t addresses, size_t address_size, size_t start,
		   size_t field, unsigned int protocol)
{
	size_t size = packet->size - start;
	uint8_t pseudo[40 + sizeof(packet->bytes)];

	put16(packet, field, 0);
	memcpy(pseudo, packet->bytes + addresses, address_size);
	memcpy(pseudo + address_size, packet->bytes + start, size);
	put16(packet, field, checksum(pseudo, address_size + size, protocol + (unsigned int)size));
}

static void make_ipv4(struct packet *packet, size_t start, unsigned int protocol)
{
	uint8_t *header = packet->bytes + start;

	header[0] = 0x45;
	put16(packet, start + 2, (unsigned int)(packet->size - start));
	header[8] = 64;
	header[9] = (uint8_t)protocol;
	memcpy(header + 12, "\xc6\x12\x00\x01\xc6\x12\x00\x02", 8);
}

static void make_ipv6(struct packet *packet)
{
	packet->bytes[0] = 0x60;
	put16(packet, 4, (unsigned int)(packet->size - IPV6_SIZE));
	packet->bytes[6] = IPPROTO_UDP;
	packet->bytes[7] = 64;
	memset(packet->bytes + 8, 0x26, 16);
	memset(packet->bytes + 24, 0x25, 16);
}

/* A SYN in a tunnel, right in everything; `padding` makes it odd. */
static void make_packet(struct packet *packet, bool ipv6, size_t padding)
{
	*packet = (struct packet){.udp = ipv6 ? IPV6_SIZE : IPV4_SIZE};
	packet->vxlan = packet->udp + UDP_SIZE;
	packet->frame = packet->vxlan + VXLAN_SIZE;
	packet->inner = packet->frame + FRAME_SIZE;
	packet->tcp = packet->inner + IPV4_SIZE;
	packet->size = packet->tcp + TCP_SIZE + padding;

	put16(packet, packet->tcp, 40001);
	put16(packet, packet->tcp + 2, 9);
	packet->bytes[packet->tcp + 12] = TCP_SIZE / 4 << 4;
	packet->bytes[packet->tcp + 13] = 0x02;
	make_ipv4(packet, packet->inner, IPPROTO_TCP);
	finish(packet, packet->inner + 12, 8, packet->tcp, packet->tcp + 16, IPPROTO_TCP);

	put16(packet, packet->frame + 12, 0x0800);
	packet->bytes[packet->vxlan] = 0x08;
	memcpy(packet->bytes + packet->vxlan + 4, "\x01\x02\x03", 3);

	put16(packet, packet->udp, 50001);
	put16(packet, packet->udp + 2, 8472);
	put16(packet, packet->udp + 4, (unsigned int)(packet->size - packet->udp));
	if (ipv6)
		make_ipv6(packet);
	else
		make_ipv4(packet, 0, IPPROTO_UDP);
	finish(packet, ipv6 ? 8 : 12, ipv6 ? 32 : 8, packet->udp, packet->udp + 6, IPPROTO_UDP);
}

static void check(const struct packet *packet, bool ipv6, enum probe_checksum expected,
		  bool finished)
{
	struct probe_packet parsed;

	assert_int_equal(probe_packet_parse(packet->bytes, packet->size, &parsed), 0);
	assert_int_equal(parsed.ipv6, ipv6);
	assert_int_equal(parsed.source_port, 50001);
	assert_int_equal(parsed.vni, 0x010203);
	assert_int_equal(parsed.checksum, expected);
	assert_int_equal(parsed.syn_source_port, 40001);
	assert_int_equal(parsed.syn_finished, finished);
}

static void test_checksums(void **state)
{
	for (size_t i = 0; i < 8; i++) {
		const bool ipv6 = i & 4;
		struct packet packet;

		make_packet(&packet, ipv6, i & 3);
		check(&packet, ipv6, PROBE_CHECKSUM_RIGHT, true);
		packet.bytes[packet.udp + 7] ^= 1;
		check(&packet, ipv6, PROBE_CHECKSUM_WRONG, true);
		put16(&packet, packet.udp + 6, 0);
		check(&packet, ipv6, PROBE_CHECKSUM_ZERO, true);
		put16(&packet, packet.udp + 6, 0xffff);
		check(&packet, ipv6, PROBE_CHECKSUM_WRONG, true);
	}
}

/* What the faults of the kernel look like. */
static void test_faults(void **state)
{
	struct packet packet;

	/* NAT changes the port, and leaves a complete checksum as it was. */
	make_packet(&packet, false, 0);
	put16(&packet, packet.udp, 50002);
	finish(&packet, 12, 8, packet.udp, packet.udp + 6, IPPROTO_UDP);
	put16(&packet, packet.udp, 50001);
	check(&packet, false, PROBE_CHECKSUM_WRONG, true);

	/* An inner checksum that is still to be filled in makes the outer one wrong, too. */
	make_packet(&packet, false, 0);
	packet.bytes[packet.tcp + 17] ^= 1;
	check(&packet, false, PROBE_CHECKSUM_WRONG, false);
}

/* A computed checksum of zero is written as all ones: those are right. */
static void test_all_ones(void **state)
{
	struct packet packet;

	make_packet(&packet, false, 0);
	/* The port takes what the checksum was: the sum without it then is zero. */
	put16(&packet, packet.udp + 2,
	      checksum((const uint8_t[]){packet.bytes[packet.udp + 6], packet.bytes[packet.udp + 7],
					 0x21, 0x18},
		       4, 0) ^
		      0xffff);
	finish(&packet, 12, 8, packet.udp, packet.udp + 6, IPPROTO_UDP);
	assert_int_equal(packet.bytes[packet.udp + 6] | packet.bytes[packet.udp + 7], 0);
	put16(&packet, packet.udp + 6, 0xffff);
	check(&packet, false, PROBE_CHECKSUM_RIGHT, true);
}

/* Links pad short frames. */
static void test_trailer(void **state)
{
	struct packet packet;

	make_packet(&packet, false, 0);
	packet.size += 6;
	check(&packet, false, PROBE_CHECKSUM_RIGHT, true);
}

/* However it is cut, it is nothing; the sanitizers see whether more is read. */
static void test_cut(void **state)
{
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct packet packet;

		make_packet(&packet, ipv6, 1);
		for (size_t size = 0; size < packet.size; size++) {
			struct probe_packet parsed;
			uint8_t *cut = malloc(size ? size : 1);

			assert_non_null(cut);
			memcpy(cut, packet.bytes, size);
			assert_int_equal(probe_packet_parse(cut, size, &parsed), -ENOMSG);
			free(cut);
		}
	}
}

/* One byte changed: something else, or something that contradicts itself. */
static void test_others(void **state)
{
	static const struct {
		size_t offset; /* with an outer IPv4 header */
		uint8_t value;
	} cases[] = {
		{0, 0x55}, /* IP version 5 */
		{0, 0x44}, /* a header that is too short */
		{0, 0x4f}, /* one that takes all */
		{2, 0xff}, /* a length beyond the end */
		{3, 0x10}, /* one less than the header */
		{6, 0x20}, /* more fragments follow */
		{7, 0x01}, /* a later fragment */
		{9, IPPROTO_TCP}, /* no UDP */
		{20 + 5, 0xff}, /* UDP's length is not that of the packet */
		{28, 0x00}, /* no VNI */
		{36 + 12, 0x86}, /* another kind of frame */
		{50, 0x65}, /* no IPv4 in it */
		{50 + 9, IPPROTO_UDP}, /* no TCP */
		{50 + 2, 0x01}, /* the inner length beyond the end */
		{70 + 13, 0x12}, /* SYN and ACK */
		{70 + 13, 0x14}, /* RST */
		{70 + 13, 0x10}, /* ACK */
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct probe_packet parsed;
		struct packet packet;

		make_packet(&packet, false, 0);
		packet.bytes[cases[i].offset] = cases[i].value;
		if (probe_packet_parse(packet.bytes, packet.size, &parsed) != -ENOMSG)
			fail_msg("case %zu is taken for a SYN", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checksums), cmocka_unit_test(test_faults),
		cmocka_unit_test(test_all_ones),  cmocka_unit_test(test_trailer),
		cmocka_unit_test(test_cut),	  cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
