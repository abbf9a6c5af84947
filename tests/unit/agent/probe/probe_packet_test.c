/* SPDX-License-Identifier: Apache-2.0 */
/* Packets made by hand: what is wrong with them is noticed. */
#include "agent/probe/probe_packet.h"
#include "tests/unit/agent/vxlan_sample.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static void check(const struct vxlan_sample *packet, bool ipv6, enum probe_checksum expected,
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
		struct vxlan_sample packet;

		vxlan_sample_make(&packet, ipv6, false, i & 3);
		check(&packet, ipv6, PROBE_CHECKSUM_RIGHT, true);
		packet.bytes[packet.udp + 7] ^= 1;
		check(&packet, ipv6, PROBE_CHECKSUM_WRONG, true);
		vxlan_sample_put(&packet, packet.udp + 6, 0);
		check(&packet, ipv6, PROBE_CHECKSUM_ZERO, true);
		vxlan_sample_put(&packet, packet.udp + 6, 0xffff);
		check(&packet, ipv6, PROBE_CHECKSUM_WRONG, true);
	}
}

/* What the faults of the kernel look like. */
static void test_faults(void **state)
{
	struct vxlan_sample packet;

	/* NAT changes the port, and leaves a complete checksum as it was. */
	vxlan_sample_make(&packet, false, false, 0);
	vxlan_sample_put(&packet, packet.udp, 50002);
	vxlan_sample_finish_outer(&packet);
	vxlan_sample_put(&packet, packet.udp, 50001);
	check(&packet, false, PROBE_CHECKSUM_WRONG, true);

	/* An inner checksum that is still to be filled in makes the outer one wrong, too. */
	vxlan_sample_make(&packet, false, false, 0);
	packet.bytes[packet.tcp + 17] ^= 1;
	check(&packet, false, PROBE_CHECKSUM_WRONG, false);
}

/* A computed checksum of zero is written as all ones: those are right. */
static void test_all_ones(void **state)
{
	struct vxlan_sample packet;

	vxlan_sample_make(&packet, false, false, 0);
	/* The port takes what the checksum was: the sum without it then is zero. */
	vxlan_sample_put(
		&packet, packet.udp + 2,
		vxlan_sample_checksum((const uint8_t[]){packet.bytes[packet.udp + 6],
							packet.bytes[packet.udp + 7], 0x21, 0x18},
				      4, 0) ^
			0xffff);
	vxlan_sample_finish_outer(&packet);
	assert_int_equal(packet.bytes[packet.udp + 6] | packet.bytes[packet.udp + 7], 0);
	vxlan_sample_put(&packet, packet.udp + 6, 0xffff);
	check(&packet, false, PROBE_CHECKSUM_RIGHT, true);
}

/* Links pad short frames. */
static void test_trailer(void **state)
{
	struct vxlan_sample packet;

	vxlan_sample_make(&packet, false, false, 0);
	packet.size += 6;
	check(&packet, false, PROBE_CHECKSUM_RIGHT, true);
}

/* However it is cut, it is nothing; the sanitizers see whether more is read. */
static void test_cut(void **state)
{
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct vxlan_sample packet;

		vxlan_sample_make(&packet, ipv6, false, 1);
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
		struct vxlan_sample packet;

		vxlan_sample_make(&packet, false, false, 0);
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
