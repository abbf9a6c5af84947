/* SPDX-License-Identifier: Apache-2.0 */
/* Packets off the wire: the verdict follows from the bytes and the flags, and nothing else. */
#include "agent/wire/wire_packet.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

#include <linux/virtio_net.h>

#define NEEDS VIRTIO_NET_HDR_F_NEEDS_CSUM
#define VALID VIRTIO_NET_HDR_F_DATA_VALID

static int parse(const uint8_t *data, size_t size, uint8_t flags, struct wire_packet *ret_packet)
{
	const void *guarded = fuzz_guarded(data, size);

	FUZZ_CHECK(guarded);
	fuzz_spoil(ret_packet, sizeof(*ret_packet));
	return wire_packet_parse(guarded, size, (struct wire_word){.flags = flags}, ret_packet);
}

/* An outer one that is left to a device leaves the inner one to nobody. */
static void check_unfinished_outer(const uint8_t *data, size_t size,
				   const struct wire_packet *plain)
{
	const struct wire_word word = {
		.flags = NEEDS,
		.unfinished_at = plain->ipv6 ? 40 : (data[0] & 0xfu) * 4,
	};
	struct wire_packet other;

	FUZZ_CHECK(wire_packet_parse(data, size, word, &other) == 0);
	FUZZ_CHECK(other.verdict == WIRE_UNFINISHED && !other.wrong_by_inner);
	FUZZ_CHECK(other.inner_wrong == plain->inner_wrong);
}

/* The NIC's word turns a wrong one into one that is vouched for, and hides nothing else. */
static void check_flags(const uint8_t *data, size_t size, const struct wire_packet *plain)
{
	struct wire_packet other;

	FUZZ_CHECK(parse(data, size, NEEDS, &other) == 0);
	FUZZ_CHECK(other.verdict == WIRE_UNFINISHED && !other.inner_wrong);
	FUZZ_CHECK(parse(data, size, NEEDS | VALID, &other) == 0);
	FUZZ_CHECK(other.verdict == WIRE_UNFINISHED && !other.inner_wrong);
	FUZZ_CHECK(parse(data, size, VALID, &other) == 0);
	FUZZ_CHECK(other.verdict ==
		   (plain->verdict == WIRE_WRONG ? WIRE_VOUCHED_WRONG : plain->verdict));
	FUZZ_CHECK(!other.inner_wrong || plain->inner_wrong);
	FUZZ_CHECK(other.right_port == plain->right_port &&
		   other.source_port == plain->source_port && other.answer == plain->answer &&
		   memcmp(other.source, plain->source, sizeof(other.source)) == 0);
}

/* From the port with which it would be right, it is right. */
static void check_port(uint8_t *packet, size_t size, const struct wire_packet *plain)
{
	uint8_t *udp = packet + (plain->ipv6 ? 40 : (packet[0] & 0xfu) * 4);
	struct wire_packet other;

	udp[0] = (uint8_t)(plain->right_port >> 8);
	udp[1] = (uint8_t)plain->right_port;
	FUZZ_CHECK(parse(packet, size, 0, &other) == 0);
	FUZZ_CHECK(other.verdict == (plain->checksum ? WIRE_RIGHT : WIRE_ZERO));
	FUZZ_CHECK(other.inner_wrong == plain->inner_wrong);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t copy[FUZZ_GUARDED_MAX];
	struct wire_packet packet;

	if (size > sizeof(copy))
		return 0;
	if (parse(data, size, 0, &packet) < 0) {
		FUZZ_CHECK(parse(data, size, 0, &packet) == -ENOMSG);
		FUZZ_CHECK(fuzz_is_spoiled(&packet, sizeof(packet)));
		FUZZ_CHECK(parse(data, size, NEEDS, &packet) == -ENOMSG);
		return 0;
	}
	FUZZ_CHECK(packet.verdict <= WIRE_WRONG && packet.verdict != WIRE_UNFINISHED);
	FUZZ_CHECK((packet.checksum == 0) == (packet.verdict == WIRE_ZERO));
	FUZZ_CHECK(!packet.wrong_by_inner || (packet.verdict == WIRE_WRONG && packet.inner_wrong));
	check_flags(data, size, &packet);
	check_unfinished_outer(data, size, &packet);
	memcpy(copy, data, size);
	check_port(copy, size, &packet);
	return 0;
}
