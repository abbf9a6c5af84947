/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's counters of links: their form, and that they are this namespace's own. */
#include "agent/links/link_traffic.h"
#include "tests/unit/unit.h"

static const char text[] = "Inter-|   Receive         |  Transmit\n"
			   " face |bytes    packets errs|bytes    packets\n"
			   "    lo:     107       7    0     107       7\n"
			   "eth0:18446744073709551615 18446744073709551614 0 1 1\n"
			   "  eth00:  5 6 0\n"
			   "  cut:\n"
			   "  end: 1";

static void test_find(void **state)
{
	assert_true(link_traffic_find(text, "lo") == 7);
	assert_true(link_traffic_find(text, "eth0") == UINT64_MAX - 1);
	assert_true(link_traffic_find(text, "eth00") == 6);
	assert_true(link_traffic_find(text, "eth") == 0);
	assert_true(link_traffic_find(text, "h0") == 0);
	assert_true(link_traffic_find(text, "end") == 0);
	assert_true(link_traffic_find("", "lo") == 0);
}

static void test_this_machine(void **state)
{
	char names[][LINK_NAME_SIZE] = {"no-such-link"};
	uint64_t packets = 7;

	assert_int_equal(link_traffic_received(names, 1, &packets), 0);
	assert_true(packets == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
