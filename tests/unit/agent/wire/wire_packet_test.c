/* SPDX-License-Identifier: Apache-2.0 */
/* What bytes and the kernel's word on them make together. */
#include "agent/wire/wire_packet.h"
#include "tests/unit/agent/vxlan_sample.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include <linux/virtio_net.h>

#define NEEDS VIRTIO_NET_HDR_F_NEEDS_CSUM
#define VALID VIRTIO_NET_HDR_F_DATA_VALID

static struct wire_packet parse_word(const struct vxlan_sample *sample, struct wire_word word)
{
	struct wire_packet packet;

	assert_int_equal(wire_packet_parse(sample->bytes, sample->size, word, &packet), 0);
	assert_int_equal(packet.ipv6, sample->ipv6);
	assert_memory_equal(packet.source, sample->bytes + (sample->ipv6 ? 8 : 12),
			    sample->ipv6 ? 16 : 4);
	return packet;
}

/* What is unfinished is the inner one. */
static struct wire_packet parse(const struct vxlan_sample *sample, uint8_t flags)
{
	return parse_word(sample, (struct wire_word){flags, sample->tcp});
}

static enum wire_verdict verdict(const struct vxlan_sample *sample, uint8_t flags)
{
	return parse(sample, flags).verdict;
}

static void test_verdicts(void **state)
{
	for (size_t i = 0; i < 16; i++) {
		struct vxlan_sample sample;

		vxlan_sample_make(&sample, i & 1, i & 2, i >> 2);
		assert_int_equal(verdict(&sample, 0), WIRE_RIGHT);
		assert_int_equal(verdict(&sample, VALID), WIRE_RIGHT);
		assert_int_equal(verdict(&sample, NEEDS), WIRE_UNFINISHED);
		assert_int_equal(verdict(&sample, NEEDS | VALID), WIRE_UNFINISHED);
		sample.bytes[sample.udp + 7] ^= 1;
		assert_int_equal(verdict(&sample, 0), WIRE_WRONG);
		assert_int_equal(verdict(&sample, VALID), WIRE_VOUCHED_WRONG);
		assert_int_equal(verdict(&sample, NEEDS), WIRE_UNFINISHED);
		vxlan_sample_put(&sample, sample.udp + 6, 0);
		assert_int_equal(verdict(&sample, 0), WIRE_ZERO);
		assert_int_equal(verdict(&sample, VALID), WIRE_ZERO);
		assert_int_equal(verdict(&sample, NEEDS), WIRE_UNFINISHED);
		vxlan_sample_put(&sample, sample.udp + 6, 0xffff);
		assert_int_equal(verdict(&sample, 0), WIRE_WRONG);
		assert_int_equal(parse(&sample, 0).checksum, 0xffff);
	}
}

/* NAT changes the port, and leaves a complete checksum as it was: the port that was is known. */
static void test_port_change(void **state)
{
	for (unsigned int port = 1024; port < 65536; port += 997) {
		struct vxlan_sample sample;
		struct wire_packet packet;

		vxlan_sample_make(&sample, port & 1, port & 2, 0);
		vxlan_sample_put(&sample, sample.udp, port);
		packet = parse(&sample, 0);
		assert_int_equal(packet.verdict,
				 port == VXLAN_SAMPLE_SOURCE_PORT ? WIRE_RIGHT : WIRE_WRONG);
		assert_int_equal(packet.right_port, VXLAN_SAMPLE_SOURCE_PORT);
		assert_int_equal(packet.source_port, port);
	}
}

static void test_inner(void **state)
{
	for (size_t i = 0; i < 16; i++) {
		const bool zero = i & 4, damaged = i & 8;
		struct vxlan_sample sample;

		vxlan_sample_make(&sample, i & 1, i & 2, 0);
		if (damaged)
			sample.bytes[sample.tcp + 17] ^= 1;
		vxlan_sample_finish_outer(&sample);
		if (zero)
			vxlan_sample_put(&sample, sample.udp + 6, 0);
		assert_int_equal(parse(&sample, 0).inner_wrong, damaged);
		/* With no outer one, the NIC's word may be about the inner one. */
		assert_int_equal(parse(&sample, VALID).inner_wrong, damaged && !zero);
		assert_false(parse(&sample, NEEDS).inner_wrong);
		if (zero)
			continue;
		sample.bytes[sample.udp + 7] ^= 1;
		assert_int_equal(parse(&sample, 0).inner_wrong, damaged);
		assert_false(parse(&sample, VALID).inner_wrong);
	}
}

/*
 * A NIC that should have finished the inner checksum has not; the outer one was made as if it had
 * (the kernel's local checksum offload).
 */
static void test_nobody_finished(void **state)
{
	for (size_t i = 0; i < 16; i++) {
		struct vxlan_sample sample;
		struct wire_packet packet;

		vxlan_sample_make(&sample, i & 1, i & 2, i >> 2);
		vxlan_sample_leave_inner(&sample);
		packet = parse(&sample, 0);
		assert_int_equal(packet.verdict, WIRE_WRONG);
		assert_true(packet.inner_wrong && packet.wrong_by_inner);
		packet = parse(&sample, VALID);
		assert_int_equal(packet.verdict, WIRE_VOUCHED_WRONG);
		assert_false(packet.inner_wrong || packet.wrong_by_inner);
		packet = parse(&sample, NEEDS);
		assert_false(packet.inner_wrong || packet.wrong_by_inner);
		/* Something else is wrong with the outer one, too. */
		sample.bytes[sample.udp + 7] ^= 1;
		packet = parse(&sample, 0);
		assert_int_equal(packet.verdict, WIRE_WRONG);
		assert_true(packet.inner_wrong && !packet.wrong_by_inner);
		/* An outer one that was made for it. */
		vxlan_sample_finish_outer(&sample);
		packet = parse(&sample, 0);
		assert_int_equal(packet.verdict, WIRE_RIGHT);
		assert_true(packet.inner_wrong && !packet.wrong_by_inner);
		/* A bit that fell over on the way is wrong for both as well. */
		vxlan_sample_make(&sample, i & 1, i & 2, i >> 2);
		sample.bytes[sample.tcp + 7] ^= 1;
		packet = parse(&sample, 0);
		assert_int_equal(packet.verdict, WIRE_WRONG);
		assert_true(packet.inner_wrong && !packet.wrong_by_inner);
	}
}

/* Where the outer one is left to a device, the inner one cannot be, too. */
static void test_unfinished_outer(void **state)
{
	for (size_t i = 0; i < 16; i++) {
		const bool damaged = i & 4, valid = i & 8;
		const uint8_t flags = NEEDS | (valid ? VALID : 0);
		struct vxlan_sample sample;
		struct wire_packet packet;

		vxlan_sample_make(&sample, i & 1, i & 2, 0);
		if (damaged)
			vxlan_sample_leave_inner(&sample);
		packet = parse_word(&sample, (struct wire_word){flags, sample.udp});
		assert_int_equal(packet.verdict, WIRE_UNFINISHED);
		assert_int_equal(packet.inner_wrong, damaged);
		assert_false(packet.wrong_by_inner);
		for (size_t at = 0; at < sample.size; at++) {
			if (at == sample.udp)
				continue;
			packet = parse_word(&sample, (struct wire_word){flags, at});
			assert_int_equal(packet.verdict, WIRE_UNFINISHED);
			assert_false(packet.inner_wrong);
		}
	}
}

static void test_answer(void **state)
{
	struct vxlan_sample sample;

	vxlan_sample_make(&sample, false, false, 0);
	assert_false(parse(&sample, 0).answer);
	sample.bytes[sample.tcp + 13] = 0x12;
	assert_true(parse(&sample, 0).answer);
}

/* However it is cut, it is nothing; the sanitizers see whether more is read. */
static void test_cut(void **state)
{
	for (int i = 0; i < 4; i++) {
		struct vxlan_sample sample;

		vxlan_sample_make(&sample, i & 1, i & 2, 1);
		for (size_t size = 0; size < sample.size; size++) {
			struct wire_packet packet;
			uint8_t *cut = malloc(size ? size : 1);

			assert_non_null(cut);
			memcpy(cut, sample.bytes, size);
			assert_int_equal(
				wire_packet_parse(cut, size, (struct wire_word){0}, &packet),
				-ENOMSG);
			free(cut);
		}
		/* Links pad short frames. */
		sample.size += 6;
		assert_int_equal(verdict(&sample, 0), WIRE_RIGHT);
	}
}

/* Something else, or something that contradicts itself. */
static void test_others(void **state)
{
	static const struct {
		size_t offset; /* all with IPv4 */
		uint8_t value;
		bool finish; /* the header's checksum is right all the same */
	} cases[] = {
		{8, 63, false}, /* a wrong checksum of the outer header */
		{50 + 8, 63, false}, /* of the inner one */
		{0, 0x55, true}, /* IP version 5 */
		{9, IPPROTO_TCP, true},
		{20 + 5, 0xff, true}, /* UDP's length is not that of the packet */
		{28, 0x00, true}, /* no VNI */
		{36 + 13, 0x06, true}, /* an ARP frame */
		{50, 0x65, true}, /* IPv6 in a frame of IPv4 */
		{50 + 9, IPPROTO_UDP, true},
		{70 + 13, 0x10, true}, /* ACK */
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct vxlan_sample sample;
		struct wire_packet packet;

		vxlan_sample_make(&sample, false, false, 0);
		sample.bytes[cases[i].offset] = cases[i].value;
		if (cases[i].finish) {
			vxlan_sample_finish_inner(&sample);
			vxlan_sample_finish_outer(&sample);
			sample.bytes[cases[i].offset] = cases[i].value;
		}
		if (wire_packet_parse(sample.bytes, sample.size, (struct wire_word){0}, &packet) !=
		    -ENOMSG)
			fail_msg("case %zu is taken for a SYN", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_port_change),
		cmocka_unit_test(test_inner),
		cmocka_unit_test(test_nobody_finished),
		cmocka_unit_test(test_unfinished_outer),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
