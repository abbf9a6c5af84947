/* SPDX-License-Identifier: Apache-2.0 */
/* Two looks at what a link sends; and one look, by a folder that stands for sysfs. */
#include "agent/devices/tx_look.h"
#include "agent/links/qdiscs.h"
#include "policy/facts.h"
#include "tests/unit/agent/tree.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/pkt_sched.h>

static const struct link_facts eth0 = {.ifindex = 2, .name = "eth0"};

/* Of a link that hangs with something in the driver: each case changes what its name says. */
static void test_stalled(void **state)
{
	static const struct tx_look hangs = {
		.at_ms = 1000, .carrier = true, .packets = 17, .in_flight = 856};
	struct tx_look before = hangs, now = hangs;

	now.at_ms += TX_LOOK_APART_MS;
	assert_true(tx_looks_stalled(&before, &now));
	now.in_flight = 70000; /* the driver goes on taking */
	assert_true(tx_looks_stalled(&before, &now));
	now.packets++; /* busy */
	assert_false(tx_looks_stalled(&before, &now));
	now = hangs; /* too soon */
	now.at_ms += TX_LOOK_APART_MS - 1;
	assert_false(tx_looks_stalled(&before, &now));
	now = hangs;
	now.at_ms += 60000;
	assert_true(tx_looks_stalled(&before, &now));
	now.in_flight = 0; /* idle now, or only taken back */
	assert_false(tx_looks_stalled(&before, &now));
	now.in_flight = 856;
	before.in_flight = 0; /* idle before */
	assert_false(tx_looks_stalled(&before, &now));
	before = hangs;
	before.carrier = false;
	assert_false(tx_looks_stalled(&before, &now));
	before.carrier = true;
	now.carrier = false;
	assert_false(tx_looks_stalled(&before, &now));
	now.carrier = true;
	before.at_ms = 0; /* there was no look */
	assert_false(tx_looks_stalled(&before, &now));
}

/* A driver without byte queue limits: what waits for it. */
static void test_backlog(void **state)
{
	struct tx_look before = {.at_ms = 1, .carrier = true, .packets = 17, .backlog = 35092};
	struct tx_look now = before;

	now.at_ms += TX_LOOK_APART_MS;
	assert_true(tx_looks_stalled(&before, &now));
	now.packets = 18;
	assert_false(tx_looks_stalled(&before, &now));
	now.packets = 17;
	now.backlog = 0;
	assert_false(tx_looks_stalled(&before, &now));
	/* What waited for the driver then, and waits in the driver now, is not the same. */
	now.in_flight = 60;
	assert_false(tx_looks_stalled(&before, &now));
}

static void test_timeouts(void **state)
{
	struct tx_look before = {.at_ms = 0}, now = {.at_ms = 7000, .timeouts = 3};

	assert_int_equal(tx_looks_timeouts(&before, &now), 3); /* since the device was there */
	before = (struct tx_look){.at_ms = 1000, .timeouts = 3};
	assert_int_equal(tx_looks_timeouts(&before, &now), 0);
	now.timeouts = 5;
	assert_int_equal(tx_looks_timeouts(&before, &now), 2);
	now.timeouts = 1; /* registered anew */
	assert_int_equal(tx_looks_timeouts(&before, &now), 1);
	now.timeouts = 0;
	assert_int_equal(tx_looks_timeouts(&before, &now), 0);
}

static void write_file(const struct tree *tree, const char *name, const char *text)
{
	char path[96];

	snprintf(path, sizeof(path), "/class/net/eth0/%s", name);
	tree_write(tree, path, text, 0444);
}

static int look(const struct tree *tree, struct tx_look *ret_look)
{
	static const struct qdisc qdisc = {
		.ifindex = 2, .kind = "pfifo_fast", .parent = TC_H_ROOT, .backlog = 90};

	return tx_look_read(tree_path(tree, "/class/net"), &eth0, &qdisc, 1, 42, ret_look);
}

static void test_read(void **state)
{
	struct tx_look found = {.at_ms = 7};
	struct tree tree;

	tree_make(&tree);
	assert_int_equal(look(&tree, &found), -ENODEV);
	write_file(&tree, "ifindex", "3\n"); /* another one's of that name */
	write_file(&tree, "statistics/tx_packets", "18446744073709551615\n");
	write_file(&tree, "queues/rx-0/tx_timeout", "1\n");
	write_file(&tree, "queues/tx-0/tx_timeout", "1\n");
	write_file(&tree, "queues/tx-0/byte_queue_limits/inflight", "100\n");
	write_file(&tree, "queues/tx-1/tx_timeout", "2\n");
	write_file(&tree, "queues/tx-1/byte_queue_limits/inflight", "23\n");
	write_file(&tree, "queues/tx-2/tx_timeout", "-1\n"); /* none of ours */
	write_file(&tree, "queues/tx-2/byte_queue_limits/inflight", "1 2\n");
	write_file(&tree, "queues/tx-3/byte_queue_limits/limit", "9\n");
	assert_int_equal(look(&tree, &found), -ENODEV);
	assert_int_equal(found.at_ms, 7);
	write_file(&tree, "ifindex", "2\n");
	assert_int_equal(look(&tree, &found), 0);
	assert_int_equal(found.at_ms, 42);
	assert_true(found.packets == UINT64_MAX);
	assert_int_equal(found.timeouts, 3);
	assert_int_equal(found.in_flight, 123);
	assert_int_equal(found.backlog, 90);
	assert_false(found.carrier); /* no such file: the link is down */
	assert_false(tx_look_waits(&found));
	write_file(&tree, "carrier", "0\n");
	assert_int_equal(look(&tree, &found), 0);
	assert_false(found.carrier);
	write_file(&tree, "carrier", "1\n");
	assert_int_equal(look(&tree, &found), 0);
	assert_true(tx_look_waits(&found));
	for (const char **text = (const char *[]){"", "\n", "x", "99999999999999999999", NULL};
	     *text; text++) {
		write_file(&tree, "statistics/tx_packets", *text);
		assert_int_equal(look(&tree, &found), -EIO);
	}
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stalled),
		cmocka_unit_test(test_backlog),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
