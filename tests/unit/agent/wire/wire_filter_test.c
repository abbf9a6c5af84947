/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter, by an interpreter that knows what the kernel would say of a packet beside its bytes;
 * the kernel's own is asked by the integration test.
 */
#include "agent/wire/wire_filter.h"
#include "tests/unit/agent/vxlan_sample.h"
#include "tests/unit/unit.h"

#include <netinet/in.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#define ETHERNET 14

static const uint16_t ports[] = {4789, VXLAN_SAMPLE_PORT, 6081};

struct frame {
	uint8_t bytes[ETHERNET + 256 + 8];
	size_t size, header;
	unsigned int ifindex, packet_type, tag;
	bool tagged;
};

/* Returns false for a byte that is not there: then the kernel drops the packet. */
static bool load_bytes(const struct frame *frame, size_t offset, size_t size, uint32_t *ret_value)
{
	if (offset + size > frame->size)
		return false;
	*ret_value = 0;
	for (size_t i = 0; i < size; i++)
		*ret_value = *ret_value << 8 | frame->bytes[offset + i];
	return true;
}

static uint32_t load_extra(const struct frame *frame, uint32_t which)
{
	switch (which) {
	case SKF_AD_IFINDEX:
		return frame->ifindex;
	case SKF_AD_PKTTYPE:
		return frame->packet_type;
	case SKF_AD_VLAN_TAG_PRESENT:
		return frame->tagged;
	case SKF_AD_VLAN_TAG:
		return frame->tag;
	case SKF_AD_PROTOCOL:
		return frame->bytes[frame->header] >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP;
	default:
		fail_msg("the interpreter does not know %u", which);
	}
	return 0;
}

static bool load(const struct frame *frame, const struct sock_filter *code, uint32_t x,
		 uint32_t *accumulator)
{
	size_t size = BPF_SIZE(code->code) == BPF_W ? 4 : BPF_SIZE(code->code) == BPF_H ? 2 : 1;

	switch (BPF_MODE(code->code)) {
	case BPF_IMM:
		*accumulator = code->k;
		return true;
	case BPF_LEN:
		*accumulator = (uint32_t)frame->size;
		return true;
	case BPF_IND:
		return load_bytes(frame, (size_t)x + code->k, size, accumulator);
	case BPF_ABS:
		if (code->k < (uint32_t)SKF_AD_OFF)
			return load_bytes(frame, code->k, size, accumulator);
		*accumulator = load_extra(frame, code->k - (uint32_t)SKF_AD_OFF);
		return true;
	default:
		fail_msg("the interpreter does not know mode %u", BPF_MODE(code->code));
	}
	return false;
}

static bool compare(const struct sock_filter *code, uint32_t accumulator)
{
	switch (BPF_OP(code->code)) {
	case BPF_JEQ:
		return accumulator == code->k;
	case BPF_JGT:
		return accumulator > code->k;
	case BPF_JSET:
		return accumulator & code->k;
	default:
		fail_msg("the interpreter does not know jump %u", BPF_OP(code->code));
	}
	return false;
}

static uint32_t compute(const struct sock_filter *code, uint32_t accumulator, uint32_t x)
{
	uint32_t operand = BPF_SRC(code->code) == BPF_X ? x : code->k;

	switch (BPF_OP(code->code)) {
	case BPF_ADD:
		return accumulator + operand;
	case BPF_AND:
		return accumulator & operand;
	case BPF_LSH:
		return accumulator << operand;
	default:
		fail_msg("the interpreter does not know operation %u", BPF_OP(code->code));
	}
	return 0;
}

static bool passes(const struct wire_filter *filter, const struct frame *frame)
{
	uint32_t accumulator = 0, x = 0;

	for (unsigned int i = 0; i < filter->length; i++) {
		const struct sock_filter *code = &filter->code[i];

		switch (BPF_CLASS(code->code)) {
		case BPF_LD:
			if (!load(frame, code, x, &accumulator))
				return false;
			break;
		case BPF_LDX:
			x = code->k;
			if (BPF_MODE(code->code) == BPF_MSH)
				x = (frame->bytes[code->k] & 0xfu) * 4;
			break;
		case BPF_JMP:
			if (BPF_OP(code->code) == BPF_JA)
				i += code->k;
			else
				i += compare(code, accumulator) ? code->jt : code->jf;
			break;
		case BPF_ALU:
			accumulator = compute(code, accumulator, x);
			break;
		case BPF_MISC:
			x = accumulator;
			break;
		default:
			return code->k != 0;
		}
	}
	fail_msg("the program has no end");
	return false;
}

static void make_frame(struct frame *frame, const struct vxlan_sample *sample, size_t header)
{
	*frame = (struct frame){
		.size = header + sample->size,
		.header = header,
		.ifindex = 7,
		.packet_type = PACKET_HOST,
	};
	memcpy(frame->bytes + header, sample->bytes, sample->size);
}

static bool sample_passes(const struct vxlan_sample *sample)
{
	const struct wire_filter_link link = {.header_size = ETHERNET};
	struct wire_filter filter;
	struct frame frame;

	wire_filter_make(&link, ports, N_ELEMENTS(ports), &filter);
	make_frame(&frame, sample, ETHERNET);
	return passes(&filter, &frame);
}

/* Both families outside and inside, with and without a link header, bound and not. */
static void test_passes(void **state)
{
	for (unsigned int i = 0; i < 16; i++) {
		const struct wire_filter_link link = {
			.header_size = i & 4 ? ETHERNET : 0,
			.ifindex = i & 8 ? 7 : 0,
		};
		struct vxlan_sample sample;
		struct wire_filter filter;
		struct frame frame;

		wire_filter_make(&link, ports, N_ELEMENTS(ports), &filter);
		assert_in_range(filter.length, 30, WIRE_FILTER_CODE_MAX);
		vxlan_sample_make(&sample, i & 1, i & 2, 0);
		make_frame(&frame, &sample, link.header_size);
		assert_true(passes(&filter, &frame));
		frame.ifindex = 8;
		assert_int_equal(passes(&filter, &frame), !link.ifindex);
	}
}

/* What the kernel knows beside the bytes. */
static void test_extra(void **state)
{
	const struct wire_filter_link link = {.header_size = ETHERNET};
	struct vxlan_sample sample;
	struct wire_filter filter;
	struct frame frame;

	wire_filter_make(&link, ports, N_ELEMENTS(ports), &filter);
	vxlan_sample_make(&sample, false, false, 0);
	make_frame(&frame, &sample, ETHERNET);
	frame.packet_type = PACKET_OTHERHOST;
	assert_false(passes(&filter, &frame));
	frame.packet_type = PACKET_HOST;
	/* What a removed tag leaves behind means nothing; neither does a priority. */
	frame.tag = 100;
	assert_true(passes(&filter, &frame));
	frame.tagged = true;
	assert_false(passes(&filter, &frame));
	frame.tag = 0xe000;
	assert_true(passes(&filter, &frame));
}

/* Each of the ports, the only one, and as many as there may be. */
static void test_ports(void **state)
{
	const struct wire_filter_link link = {.header_size = 0};
	uint16_t many[WIRE_FILTER_PORTS_MAX];
	struct vxlan_sample sample;
	struct wire_filter filter;
	struct frame frame;

	for (size_t i = 0; i < N_ELEMENTS(many); i++)
		many[i] = (uint16_t)(20000 + i);
	for (size_t n = 1; n <= N_ELEMENTS(many); n++) {
		wire_filter_make(&link, many, n, &filter);
		assert_in_range(filter.length, 1, WIRE_FILTER_CODE_MAX);
		for (size_t i = 0; i <= n; i++) {
			vxlan_sample_make(&sample, i & 1, i & 2, 0);
			vxlan_sample_put(&sample, sample.udp + 2, (unsigned int)(20000 + i));
			make_frame(&frame, &sample, 0);
			assert_int_equal(passes(&filter, &frame), i < n);
		}
	}
}

/* Headers with options. */
static void test_options(void **state)
{
	struct vxlan_sample sample, longer;

	vxlan_sample_make(&sample, false, false, 0);
	longer = sample;
	longer.bytes[0] = 0x4f;
	longer.size += 40;
	memcpy(longer.bytes + 60, sample.bytes + 20, sample.size - 20);
	assert_true(sample_passes(&longer));
	longer = sample;
	longer.bytes[sample.inner] = 0x48;
	longer.size += 12;
	memmove(longer.bytes + sample.tcp + 12, sample.bytes + sample.tcp,
		sample.size - sample.tcp);
	assert_true(sample_passes(&longer));
	memset(longer.bytes + sample.tcp + 12, 0, sample.size - sample.tcp);
	assert_false(sample_passes(&longer));
}

static void test_size(void **state)
{
	struct vxlan_sample sample;

	vxlan_sample_make(&sample, false, false, 0);
	sample.size = WIRE_FILTER_PACKET_MAX;
	assert_true(sample_passes(&sample));
	for (size_t size = 0; size < sample.tcp + 14; size++) {
		sample.size = size;
		assert_false(sample_passes(&sample));
	}
	sample.size = sample.tcp + 14;
	assert_true(sample_passes(&sample));
}

static void test_too_long(void **state)
{
	const struct wire_filter_link link = {.header_size = ETHERNET};
	struct vxlan_sample sample;
	struct wire_filter filter;
	struct frame frame;

	wire_filter_make(&link, ports, N_ELEMENTS(ports), &filter);
	vxlan_sample_make(&sample, true, true, 0);
	make_frame(&frame, &sample, ETHERNET);
	frame.size = ETHERNET + WIRE_FILTER_PACKET_MAX;
	assert_true(passes(&filter, &frame));
	frame.size++;
	assert_false(passes(&filter, &frame));
}

/* One byte changed: not what is looked for. */
static void test_others(void **state)
{
	static const struct {
		bool ipv6, inner_ipv6;
		size_t offset;
		uint8_t value;
		bool passes;
	} cases[] = {
		{false, false, 6, 0x20, false}, /* more fragments follow */
		{false, false, 7, 0x01, false}, /* a later fragment */
		{false, false, 6, 0x40, true}, /* it must not be one */
		{false, false, 9, IPPROTO_TCP, false},
		{false, false, 22, 0x11, false}, /* another port */
		{false, false, 28, 0x00, false}, /* no VNI */
		{false, false, 28, 0x88, true}, /* with a group policy */
		{false, false, 36 + 13, 0x06, false}, /* an ARP frame */
		{false, false, 50 + 9, IPPROTO_UDP, false},
		{false, false, 50 + 7, 0x01, false}, /* a later inner fragment */
		{false, false, 70 + 13, 0x12, true}, /* SYN and ACK */
		{false, false, 70 + 13, 0xc2, true}, /* SYN that asks for ECN */
		{false, false, 70 + 13, 0x10, false}, /* ACK */
		{false, false, 70 + 13, 0x11, false}, /* FIN */
		{false, false, 70 + 13, 0x04, false}, /* RST */
		{true, false, 6, 0, false}, /* hop-by-hop */
		{true, false, 6, 44, false}, /* a fragment */
		{true, false, 48, 0x00, false}, /* no VNI */
		{true, false, 70 + 9, IPPROTO_UDP, false},
		{true, true, 70 + 6, IPPROTO_UDP, false},
		{true, true, 110 + 13, 0x10, false}, /* ACK */
		{false, true, 90 + 13, 0x12, true},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct vxlan_sample sample;

		vxlan_sample_make(&sample, cases[i].ipv6, cases[i].inner_ipv6, 0);
		sample.bytes[cases[i].offset] = cases[i].value;
		if (sample_passes(&sample) != cases[i].passes)
			fail_msg("case %zu: wanted %d", i, cases[i].passes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passes), cmocka_unit_test(test_extra),
		cmocka_unit_test(test_ports),  cmocka_unit_test(test_options),
		cmocka_unit_test(test_size),   cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
