/* SPDX-License-Identifier: Apache-2.0 */
/* Packets of the measurement: their checksums notice each bit, and what is computed here is right.
 */
#include "agent/probe/probe_packet.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

/* From the outer UDP header to the inner TCP header, when the inner IP header has no options. */
#define TO_INNER_IP  (8 + 8 + 14)
#define TCP_CHECKSUM 16

static int parse(const uint8_t *data, size_t size, struct probe_packet *ret_packet)
{
	const void *guarded = fuzz_guarded(data, size);

	FUZZ_CHECK(guarded);
	return probe_packet_parse(guarded, size, ret_packet);
}

/* Byte by byte, with a carry after each: slow, and not how it is done over there. */
static unsigned int add_bytes(const uint8_t *bytes, size_t size, unsigned int sum)
{
	for (size_t i = 0; i < size; i++) {
		sum += i % 2 ? bytes[i] : (unsigned int)bytes[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

static size_t outer_header(const uint8_t *packet, bool ipv6)
{
	return ipv6 ? 40 : (packet[0] & 0xfu) * 4;
}

static unsigned int checksum(const uint8_t *packet, bool ipv6)
{
	const uint8_t *udp = packet + outer_header(packet, ipv6);
	size_t size = (size_t)udp[4] << 8 | udp[5];
	unsigned int sum = IPPROTO_UDP + (unsigned int)size;

	sum = (sum & 0xffff) + (sum >> 16);
	sum = add_bytes(ipv6 ? packet + 8 : packet + 12, ipv6 ? 32 : 8, sum);
	sum = ~add_bytes(udp, size, sum) & 0xffff;
	return sum ? sum : 0xffff;
}

/* Written anew, the outer checksum is right; and nothing else is another. */
static void check_finished(uint8_t *packet, size_t size, const struct probe_packet *parsed)
{
	uint8_t *field = packet + outer_header(packet, parsed->ipv6) + 6;
	struct probe_packet other;
	unsigned int right;

	memset(field, 0, 2);
	FUZZ_CHECK(parse(packet, size, &other) == 0 && other.checksum == PROBE_CHECKSUM_ZERO);
	right = checksum(packet, parsed->ipv6);
	field[0] = (uint8_t)(right >> 8);
	field[1] = (uint8_t)right;
	FUZZ_CHECK(parse(packet, size, &other) == 0 && other.checksum == PROBE_CHECKSUM_RIGHT);
	FUZZ_CHECK(other.ipv6 == parsed->ipv6 && other.source_port == parsed->source_port &&
		   other.vni == parsed->vni && other.syn_source_port == parsed->syn_source_port &&
		   other.syn_finished == parsed->syn_finished);
}

/* One bit of the inner checksum is noticed by both. */
static void check_noticed(uint8_t *packet, size_t size, const struct probe_packet *parsed)
{
	uint8_t *inner = packet + outer_header(packet, parsed->ipv6) + TO_INNER_IP;
	struct probe_packet other;

	inner[(inner[0] & 0xf) * 4 + TCP_CHECKSUM + 1] ^= 0x10;
	FUZZ_CHECK(parse(packet, size, &other) == 0);
	FUZZ_CHECK(other.checksum == PROBE_CHECKSUM_WRONG);
	FUZZ_CHECK(!parsed->syn_finished || !other.syn_finished);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t copy[FUZZ_GUARDED_MAX];
	struct probe_packet parsed;

	if (size > sizeof(copy))
		return 0;
	fuzz_spoil(&parsed, sizeof(parsed));
	if (parse(data, size, &parsed) < 0) {
		FUZZ_CHECK(parse(data, size, &parsed) == -ENOMSG);
		FUZZ_CHECK(fuzz_is_spoiled(&parsed, sizeof(parsed)));
		return 0;
	}
	FUZZ_CHECK(parsed.checksum <= PROBE_CHECKSUM_WRONG && parsed.vni < 1u << 24);
	memcpy(copy, data, size);
	check_finished(copy, size, &parsed);
	check_noticed(copy, size, &parsed);
	return 0;
}
