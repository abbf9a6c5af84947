/* SPDX-License-Identifier: Apache-2.0 */
/* What waits in queueing disciplines: by lists made by hand, and on the running kernel. */
#include "agent/links/qdiscs.h"
#include "cleanup.h"
#include "tests/unit/ethtool_nl/live_links.h"
#include "tests/unit/unit.h"

#include <net/if.h>
#include <string.h>

#include <linux/pkt_sched.h>

/* tc's "1:2". */
static uint32_t handle(unsigned int major, unsigned int minor)
{
	return major << 16 | minor;
}

static void test_backlog(void **state)
{
	const struct qdisc qdiscs[] = {
		{2, "pfifo_fast", 0, TC_H_ROOT, 10},
		/* one for each of the driver's queues, as the kernel makes them */
		{3, "mq", 0, TC_H_ROOT, 70},
		{3, "fq_codel", 0, handle(0, 1), 30},
		{3, "pfifo_fast", 0, handle(0, 2), 40},
		{3, "clsact", handle(0xffff, 0), TC_H_CLSACT, 0},
		/* what shapes may have what waits in it wait */
		{4, "htb", handle(1, 0), TC_H_ROOT, 500},
		{4, "fq_codel", handle(10, 0), handle(1, 10), 500},
		/* what is sent at a time of its own may wait, too, in any of the queues */
		{5, "mq", handle(1, 0), TC_H_ROOT, 9},
		{5, "fq", handle(20, 0), handle(1, 1), 8},
		{5, "sfq", handle(21, 0), handle(1, 2), 1},
		{6, "fq", handle(1, 0), TC_H_ROOT, 66},
	};
	static const uint64_t expected[] = {[2] = 10, [3] = 70, [4] = 0, [5] = 1, [6] = 0, [7] = 0};

	for (unsigned int i = 2; i < N_ELEMENTS(expected); i++)
		assert_int_equal(qdiscs_backlog(qdiscs, N_ELEMENTS(qdiscs), i), expected[i]);
	assert_int_equal(qdiscs_backlog(NULL, 0, 2), 0);
}

static const struct qdisc *find(const struct qdisc *qdiscs, size_t n_qdiscs, const char *kind)
{
	for (size_t i = 0; i < n_qdiscs; i++) {
		if (strcmp(qdiscs[i].kind, kind) == 0)
			return &qdiscs[i];
	}
	return NULL;
}

/* One that lets next to nothing pass: what waits in it is read, and does not count. */
static void test_live(void **state)
{
	_cleanup_free_ struct qdisc *qdiscs = NULL;
	const struct qdisc *shaping;
	size_t n_qdiscs = 0;

	assert_true(live_run("ip link add v0 type veth peer name v1 && ip link set v0 up && "
			     "ip link set v1 up && ip addr add 192.0.2.1/24 dev v0 && "
			     "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0 && "
			     "tc qdisc add dev v0 root tbf rate 8bit burst 1600 limit 100000"));
	for (int i = 0; i < 9; i++)
		assert_true(live_run("printf %01000d 0 >/dev/udp/192.0.2.2/9 2>/dev/null || "
				     "bash -c 'printf %01000d 0 >/dev/udp/192.0.2.2/9'"));
	assert_int_equal(qdiscs_read(&qdiscs, &n_qdiscs), 0);
	shaping = find(qdiscs, n_qdiscs, "tbf");
	assert_non_null(shaping);
	assert_int_equal(shaping->ifindex, if_nametoindex("v0"));
	assert_int_equal(shaping->parent, TC_H_ROOT);
	assert_true(shaping->backlog > 1000);
	assert_int_equal(qdiscs_backlog(qdiscs, n_qdiscs, shaping->ifindex), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backlog),
		cmocka_unit_test(test_live),
	};
	int skipped = live_namespace_enter();

	return skipped ? skipped : cmocka_run_group_tests(tests, NULL, NULL);
}
