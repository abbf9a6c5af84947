/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/route_interest.h"
#include "agent/links/route_monitor.h"
#include "cleanup.h"
#include "policy/facts.h"
#include "tests/unit/ethtool_nl/live_links.h"
#include "tests/unit/unit.h"

#include <net/if.h>
#include <poll.h>

static const char *const dead_ends[] = {"veth", "dummy", NULL};

static void cleanup_monitor(struct route_monitor **monitor)
{
	route_monitor_close(*monitor);
}

/* Nothing is even queued, so that nobody wakes up. */
static bool is_silent(const struct route_monitor *monitor)
{
	struct pollfd poll_fd = {.fd = route_monitor_fd(monitor), .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 0;
}

/* Is something told of what the shell does? Notifications are queued when it ends. */
static bool tells(struct route_monitor *monitor, const char *command)
{
	bool silent;

	while (route_monitor_read(monitor) > 0)
		;
	assert_true(live_run(command));
	silent = is_silent(monitor);
	assert_int_equal(route_monitor_read(monitor), !silent);
	return !silent;
}

/* Remote nodes at 192.0.2.1, .9 and 10.200.0.0 to .3; bridge `uplink` stands for the NIC. */
static struct route_interest make_interest(void)
{
	static const struct link_address addresses[] = {
		{4, {192, 0, 2, 9}},  {4, {192, 0, 2, 1}},  {4, {10, 200, 0, 3}},
		{4, {10, 200, 0, 0}}, {4, {10, 200, 0, 1}}, {0, {0}},
	};
	struct route_interest interest = {.known = true, .dead_ends = dead_ends};

	route_interest_add_link(&interest, if_nametoindex("uplink"));
	assert_int_equal(route_interest_take_addresses(&interest, addresses, N_ELEMENTS(addresses)),
			 0);
	return interest;
}

static struct route_monitor *open_monitor(const struct route_interest *interest)
{
	struct route_monitor *monitor;

	assert_int_equal(route_monitor_open(&monitor), 0);
	assert_int_equal(route_monitor_listen(monitor, interest), 1);
	assert_int_equal(route_monitor_listen(monitor, interest), 0);
	return monitor;
}

/* As CNIs make them: with link-local addresses, routes of one address, neighbours, and bridged. */
static void test_pods_are_silent(void **state)
{
	const struct route_interest interest = make_interest();
	_cleanup_(cleanup_monitor) struct route_monitor *monitor = open_monitor(&interest);

	assert_false(tells(monitor,
			   "for i in $(seq 50); do "
			   "echo link add v$i group 7 type veth peer name w$i group 7; "
			   "echo link set v$i up; echo link set w$i up; "
			   "echo address add 10.244.0.1/32 dev v$i; "
			   "echo route add 10.244.1.$i/32 dev v$i; "
			   "echo neighbour add 10.244.1.$i lladdr 02:00:00:00:00:01 dev v$i; "
			   "echo route add fd00:1::$i/128 dev v$i; "
			   "done | ip -batch -"));
	assert_false(tells(monitor, "ip route add blackhole 10.244.0.0/16; "
				    "ip route del blackhole 10.244.0.0/16"));
	assert_false(tells(monitor, "ip link set v1 master cni0; ip link set v1 nomaster"));
	assert_false(tells(monitor, "ip link del group 7"));
}

static void test_what_matters_is_told(void **state)
{
	static const char *const steps[] = {
		"ip link set uplink down",
		"ip link set uplink up",
		"ip address add 198.51.100.1/32 dev uplink",
		"ip -6 address add fd00:2::1/64 dev uplink",
		"ip route add default dev uplink",
		"ip route add 0.0.0.0/1 dev uplink",
		"ip route add 192.0.2.0/24 dev uplink",
		"ip route add 192.0.2.1/32 dev leaf",
		"ip route add 192.0.2.9/32 dev leaf table 100",
		"ip route del 192.0.2.9/32 table 100",
		"ip route add 192.0.2.8/31 dev leaf",
		"ip route add 10.0.0.0/8 dev leaf",
		"ip route add 10.200.0.2/31 dev leaf",
		"ip address add 10.200.0.3/32 dev leaf",
		"ip rule add to 203.0.113.1 lookup 100",
		"ip link add vx1 type vxlan id 1 dstport 4789",
		"bridge fdb append 02:00:00:00:00:01 dev vx1 dst 192.0.2.1",
		"ip link del vx1",
	};
	const struct route_interest interest = make_interest();
	_cleanup_(cleanup_monitor) struct route_monitor *monitor = open_monitor(&interest);

	for (size_t i = 0; i < N_ELEMENTS(steps); i++) {
		print_message("%s\n", steps[i]);
		assert_true(tells(monitor, steps[i]));
	}
	assert_true(live_run("ip rule del to 203.0.113.1 lookup 100; ip address flush dev uplink; "
			     "ip address flush dev leaf; ip route flush dev leaf"));
}

/* Just beside what matters. */
static void test_neighbouring_routes(void **state)
{
	static const char *const steps[] = {
		"ip route add 192.0.2.0/32 dev leaf",  "ip route add 192.0.2.2/31 dev leaf",
		"ip route add 192.0.2.10/31 dev leaf", "ip route add 10.200.0.4/30 dev leaf",
		"ip route add 10.199.0.0/16 dev leaf", "ip route add 128.0.0.0/2 dev leaf",
	};
	const struct route_interest interest = make_interest();
	_cleanup_(cleanup_monitor) struct route_monitor *monitor = open_monitor(&interest);

	for (size_t i = 0; i < N_ELEMENTS(steps); i++) {
		print_message("%s\n", steps[i]);
		assert_false(tells(monitor, steps[i]));
	}
	assert_true(live_run("ip route flush dev leaf"));
}

static void test_ipv6(void **state)
{
	static const struct link_address addresses[] = {{16, {0xfd, 0, 0, 2}}};
	struct route_interest interest = {.known = true, .dead_ends = dead_ends};
	_cleanup_(cleanup_monitor) struct route_monitor *monitor = NULL;

	assert_int_equal(route_interest_take_addresses(&interest, addresses, 1), 0);
	monitor = open_monitor(&interest);
	assert_false(tells(monitor, "ip link add v0 type veth peer name w0; ip link set w0 up; "
				    "ip link set v0 up"));
	assert_true(tells(monitor, "ip -6 route add fd00:2::/64 dev v0"));
	assert_true(tells(monitor, "ip -6 route add default dev v0"));
	assert_true(tells(monitor, "ip link del v0"));
}

/* Until it is known, and whenever it changes, what was not heard must be looked at. */
static void test_change(void **state)
{
	struct route_interest interest = {.known = false};
	_cleanup_(cleanup_monitor) struct route_monitor *monitor = open_monitor(&interest);

	assert_true(tells(monitor, "ip route add 10.244.1.1/32 dev leaf"));
	interest = make_interest();
	assert_int_equal(route_monitor_listen(monitor, &interest), 1);
	assert_int_equal(route_monitor_listen(monitor, &interest), 0);
	assert_false(tells(monitor, "ip route del 10.244.1.1/32 dev leaf"));
	interest.ranges[0].last++;
	assert_int_equal(route_monitor_listen(monitor, &interest), 1);
	assert_int_equal(route_monitor_listen(monitor, NULL), 0);
	assert_false(tells(monitor, "ip route add 192.0.2.1/32 dev leaf"));
	assert_int_equal(route_monitor_listen(monitor, &interest), 1);
	assert_true(tells(monitor, "ip route del 192.0.2.1/32 dev leaf"));
}

/* More than there are places for: what is nearest shares a range, and nothing is outside of all. */
static void test_many_addresses(void **state)
{
	static struct link_address addresses[300];
	struct route_interest interest = {.known = true};

	for (size_t i = 0; i < N_ELEMENTS(addresses); i++)
		addresses[i] = (struct link_address){4, {10, i % 3, 0, (unsigned char)(i / 3)}};
	assert_int_equal(route_interest_take_addresses(&interest, addresses, N_ELEMENTS(addresses)),
			 0);
	assert_int_equal(interest.n_ranges, 3);
	assert_int_equal(interest.ranges[1].first, 0x0a010000);
	assert_int_equal(interest.ranges[1].last, 0x0a010063);
	for (size_t i = 0; i < N_ELEMENTS(addresses); i++)
		addresses[i] = (struct link_address){4, {10, 0, (unsigned char)i, (i * i) % 251}};
	assert_int_equal(route_interest_take_addresses(&interest, addresses, N_ELEMENTS(addresses)),
			 0);
	assert_in_range(interest.n_ranges, 1, ROUTE_INTEREST_RANGES);
	assert_int_equal(interest.ranges[0].first, 0x0a000000);
	for (size_t i = 0; i + 1 < interest.n_ranges; i++)
		assert_true(interest.ranges[i].last < interest.ranges[i + 1].first);
}

static void test_many_links(void **state)
{
	struct route_interest interest = make_interest();
	_cleanup_(cleanup_monitor) struct route_monitor *monitor = NULL;

	for (unsigned int i = 0; i < ROUTE_INTEREST_LINKS; i++)
		route_interest_add_link(&interest, 100000 + i);
	assert_true(interest.any_link);
	monitor = open_monitor(&interest);
	assert_true(tells(monitor, "ip address add 10.244.0.1/32 dev leaf"));
	assert_true(live_run("ip address flush dev leaf"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pods_are_silent),
		cmocka_unit_test(test_what_matters_is_told),
		cmocka_unit_test(test_neighbouring_routes),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_many_addresses),
		cmocka_unit_test(test_many_links),
	};

	if (live_namespace_enter() != 0)
		return 77;
	/* An address of its own would be told of when the kernel has found nobody else with it. */
	if (!live_run("ip link add uplink type bridge && "
		      "ip link set uplink addrgenmode none && ip link set uplink up && "
		      "ip link add cni0 address 02:00:00:00:00:01 type bridge && "
		      "ip link add port type veth peer name pod && ip link set port master cni0 && "
		      "ip link add leaf type veth peer name peer && "
		      "ip link set leaf up && ip link set peer up"))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
