/* SPDX-License-Identifier: Apache-2.0 */
/* The table of peers, and what their wrong packets look like. */
#include "agent/wire/wire_peers.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>

static struct wire_peers new_table(void)
{
	return (struct wire_peers){.ports = {32768, 60999}};
}

static struct wire_packet from(uint32_t address, enum wire_verdict verdict)
{
	struct wire_packet packet = {.verdict = verdict, .checksum = 0x1234};
	uint32_t bytes = htonl(address);

	memcpy(packet.source, &bytes, sizeof(bytes));
	return packet;
}

/* Wrong ones whose ports were changed: `n` of them, from as many ports. */
static void add_port_changes(struct wire_peers *peers, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct wire_packet packet = from(1, WIRE_WRONG);

		packet.source_port = (uint16_t)(2000 + i);
		packet.right_port = (uint16_t)(32768 + i);
		wire_peers_add(peers, &packet, 10);
	}
}

static void test_counts(void **state)
{
	static const enum wire_verdict verdicts[] = {
		WIRE_RIGHT, WIRE_RIGHT, WIRE_ZERO, WIRE_UNFINISHED, WIRE_WRONG, WIRE_VOUCHED_WRONG};
	struct wire_peers peers = new_table();
	struct wire_counts sum;

	for (size_t i = 0; i < N_ELEMENTS(verdicts); i++) {
		struct wire_packet packet = from(0x0a000002, verdicts[i]);

		packet.answer = i == 0;
		wire_peers_add(&peers, &packet, (time_t)(100 + i));
		packet = from(0x0a000001, WIRE_ZERO);
		packet.ipv6 = true;
		packet.inner_wrong = i == 5;
		wire_peers_add(&peers, &packet, 7);
	}
	assert_int_equal(peers.n_peers, 2);
	assert_false(peers.peers[0].ipv6);
	assert_int_equal(peers.peers[0].first, 100);
	assert_int_equal(peers.peers[0].last, 105);
	assert_int_equal(peers.peers[0].counts.attempts, 5);
	assert_int_equal(peers.peers[0].counts.answers, 1);
	assert_int_equal(wire_counts_judged(&peers.peers[0].counts), 4);
	assert_true(peers.peers[1].ipv6);
	assert_int_equal(peers.peers[1].counts.zero_ipv6, 6);
	sum = wire_peers_sum(&peers);
	assert_int_equal(sum.attempts, 11);
	assert_int_equal(sum.answers, 1);
	assert_int_equal(sum.right, 2);
	assert_int_equal(sum.zero, 7);
	assert_int_equal(sum.unfinished, 1);
	assert_int_equal(sum.wrong, 1);
	assert_int_equal(sum.vouched_wrong, 1);
	assert_int_equal(sum.inner_wrong, 1);
	assert_int_equal(sum.dropped, 2);
	assert_int_equal(wire_peers_count_wrong(&peers), 2);
	wire_peers_clear(&peers);
	assert_int_equal(peers.n_peers, 0);
	assert_int_equal(peers.ports.high, 60999);
}

/* Ascending, whatever order they come in. */
static void test_order(void **state)
{
	struct wire_peers peers = new_table();

	for (uint32_t i = 0; i < 1000; i++) {
		struct wire_packet packet = from(i * 7919 % 1000, WIRE_RIGHT);

		wire_peers_add(&peers, &packet, 1);
	}
	assert_int_equal(peers.n_peers, 1000);
	for (size_t i = 1; i < peers.n_peers; i++)
		assert_true(memcmp(peers.peers[i - 1].address, peers.peers[i].address, 4) < 0);
	wire_peers_clear(&peers);
}

/* A flood of forged sources ends at the limit; what they sent is not forgotten. */
static void test_flood(void **state)
{
	struct wire_peers peers = new_table();
	struct wire_packet packet;
	struct wire_counts sum;

	for (uint32_t i = 0; i < WIRE_PEERS_MAX + 1000; i++) {
		packet = from(i * 2654435761u, WIRE_RIGHT);
		wire_peers_add(&peers, &packet, 1);
	}
	assert_int_equal(peers.n_peers, WIRE_PEERS_MAX);
	assert_int_equal(peers.others.right, 1000);
	packet = from(0x7fffffff, WIRE_WRONG);
	wire_peers_add(&peers, &packet, 1);
	packet = from(0, WIRE_RIGHT);
	wire_peers_add(&peers, &packet, 1);
	assert_int_equal(peers.peers[0].counts.right, 2);
	sum = wire_peers_sum(&peers);
	assert_int_equal(sum.right, WIRE_PEERS_MAX + 1001);
	assert_int_equal(sum.dropped, 1);
	assert_int_equal(wire_peers_count_wrong(&peers), 0);
	wire_peers_clear(&peers);
}

static void expect_mark(struct wire_peers *peers, const char *name)
{
	assert_same_text("mark", wire_mark_name(wire_peer_mark(&peers->peers[0])), name);
	wire_peers_clear(peers);
}

static void test_marks(void **state)
{
	struct wire_peers peers = new_table();
	struct wire_packet packet = from(1, WIRE_RIGHT);

	wire_peers_add(&peers, &packet, 1);
	expect_mark(&peers, NULL);

	/* One of all ones says it all. */
	packet = from(1, WIRE_WRONG);
	packet.checksum = 0xffff;
	wire_peers_add(&peers, &packet, 1);
	expect_mark(&peers, "zero-checksum");
	wire_peers_add(&peers, &packet, 1);
	packet.checksum = 0xfffe;
	wire_peers_add(&peers, &packet, 1);
	expect_mark(&peers, "something-else");

	add_port_changes(&peers, WIRE_MARK_PORTS);
	expect_mark(&peers, "udp-checksum");
	add_port_changes(&peers, WIRE_MARK_PORTS - 1);
	expect_mark(&peers, "something-else");
	/* A constant damage of one connection. */
	for (int i = 0; i < 20; i++)
		add_port_changes(&peers, 1);
	expect_mark(&peers, "something-else");
	/* All must fit. */
	add_port_changes(&peers, 100);
	packet = from(1, WIRE_WRONG);
	packet.right_port = 32767;
	wire_peers_add(&peers, &packet, 1);
	expect_mark(&peers, "something-else");
	add_port_changes(&peers, 100);
	packet.right_port = 40000;
	packet.inner_wrong = true;
	wire_peers_add(&peers, &packet, 1);
	expect_mark(&peers, "something-else");

	packet = from(1, WIRE_ZERO);
	packet.inner_wrong = true;
	wire_peers_add(&peers, &packet, 1);
	expect_mark(&peers, "inner-checksum");
	/* Outer ones that are wrong for that, beside others that are not. */
	wire_peers_add(&peers, &packet, 1);
	packet.verdict = WIRE_WRONG;
	packet.wrong_by_inner = true;
	packet.checksum = 0xffff;
	wire_peers_add(&peers, &packet, 1);
	expect_mark(&peers, "inner-checksum");
	wire_peers_add(&peers, &packet, 1);
	packet.wrong_by_inner = false;
	packet.checksum = 0x1234;
	wire_peers_add(&peers, &packet, 1);
	expect_mark(&peers, "something-else");
	/* Left to hardware, but not the inner one. */
	packet = from(1, WIRE_UNFINISHED);
	packet.inner_wrong = true;
	wire_peers_add(&peers, &packet, 1);
	expect_mark(&peers, "inner-checksum");
	/* What the kernel takes is no fault. */
	packet = from(1, WIRE_VOUCHED_WRONG);
	wire_peers_add(&peers, &packet, 1);
	expect_mark(&peers, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
