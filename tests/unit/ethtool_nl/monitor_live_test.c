/* SPDX-License-Identifier: Apache-2.0 */
/* The notifications of the running kernel, in a network namespace of the test's own. */
#include "ethtool_nl/ethtool_nl.h"
#include "ethtool_nl/feature_mask.h"
#include "ethtool_nl/genl_sock.h"
#include "ethtool_nl/monitor.h"
#include "tests/unit/ethtool_nl/live_links.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <linux/netlink.h>

/* What was notified. */
struct seen {
	unsigned int n_events;
	unsigned int last_ifindex;
	struct featureset last_features;
};

static void on_change(unsigned int ifindex, const struct featureset *features, void *context)
{
	struct seen *seen = context;

	seen->n_events++;
	seen->last_ifindex = ifindex;
	seen->last_features = *features;
}

static struct ethtool_monitor *open_monitor(void)
{
	struct ethtool_monitor *monitor = NULL;

	assert_int_equal(ethtool_monitor_open(&monitor), 0);
	return monitor;
}

static bool is_readable(const struct ethtool_monitor *monitor)
{
	struct pollfd poll_fd = {.fd = ethtool_monitor_fd(monitor), .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1;
}

/* Turns the checksums of veth0 on and off, through netlink or the ioctl, `times` times. */
static void toggle(enum ethtool_nl_backend backend, unsigned int times)
{
	struct ethtool_nl_link link = {.ifindex = if_nametoindex("veth0"), .name = "veth0"};
	struct ethtool_nl *handle = NULL;

	assert_int_equal(ethtool_nl_open(backend, &handle), 0);
	for (unsigned int i = 0; i < times; i++) {
		struct ethtool_nl_change change = {.ifindex = link.ifindex, .name = "veth0"};

		assert_int_equal(ethtool_nl_read(handle, &link, 1), 0);
		assert_int_equal(ethtool_nl_mask(handle, "tx", &change.mask), 0);
		change.before = link.features;
		change.values = feature_mask_without(change.mask, link.features.active);
		assert_int_equal(ethtool_nl_set(handle, &change, 1), 0);
		assert_int_equal(change.error, 0);
	}
	ethtool_nl_close(handle);
}

static void test_events(void **state)
{
	static const enum ethtool_nl_backend backends[] = {ETHTOOL_NL_NETLINK, ETHTOOL_NL_IOCTL};
	struct ethtool_monitor *monitor = open_monitor();

	for (size_t i = 0; i < N_ELEMENTS(backends); i++) {
		struct seen seen = {0};

		assert_false(is_readable(monitor));
		assert_int_equal(ethtool_monitor_read(monitor, on_change, &seen), 0);
		assert_int_equal(seen.n_events, 0);
		toggle(backends[i], 2);
		assert_true(is_readable(monitor));
		assert_int_equal(ethtool_monitor_read(monitor, on_change, &seen), 0);
		assert_int_equal(seen.n_events, 2);
		assert_int_equal(seen.last_ifindex, if_nametoindex("veth0"));
	}
	assert_null(ethtool_monitor_close(monitor));
	assert_null(ethtool_monitor_close(NULL));
}

static void test_event_of_ethtool(void **state)
{
	struct ethtool_monitor *monitor = open_monitor();
	struct seen seen = {0};

	if (!live_run("ethtool -K veth1 rx off")) {
		print_message("no ethtool(8) here\n");
		ethtool_monitor_close(monitor);
		skip();
	}
	assert_int_equal(ethtool_monitor_read(monitor, on_change, &seen), 0);
	assert_int_equal(seen.n_events, 1);
	assert_int_equal(seen.last_ifindex, if_nametoindex("veth1"));
	ethtool_monitor_close(monitor);
}

/* What is notified is what a reading gives. */
static void test_told_features(void **state)
{
	struct ethtool_nl_link link = {.ifindex = if_nametoindex("veth0"), .name = "veth0"};
	struct ethtool_monitor *monitor = open_monitor();
	struct ethtool_nl *handle = NULL;
	struct seen seen = {0};

	toggle(ETHTOOL_NL_NETLINK, 1);
	assert_int_equal(ethtool_monitor_read(monitor, on_change, &seen), 0);
	assert_int_equal(ethtool_nl_open(ETHTOOL_NL_NETLINK, &handle), 0);
	assert_int_equal(ethtool_nl_read(handle, &link, 1), 0);
	assert_int_equal(link.error, 0);
	assert_true(featureset_equal(&seen.last_features, &link.features));
	toggle(ETHTOOL_NL_NETLINK, 1);
	assert_int_equal(ethtool_monitor_read(monitor, on_change, &seen), 0);
	assert_false(featureset_equal(&seen.last_features, &link.features));
	ethtool_nl_close(handle);
	ethtool_monitor_close(monitor);
}

/* Too small a buffer: the loss is reported once, and it goes on after that. */
static void test_lost(void **state)
{
	struct ethtool_monitor *monitor = open_monitor();
	struct seen seen = {0};

	assert_int_equal(ethtool_monitor_set_buffer(monitor, 4096), 0);
	toggle(ETHTOOL_NL_NETLINK, 50);
	assert_int_equal(ethtool_monitor_read(monitor, on_change, &seen), -ENOBUFS);
	assert_in_range(seen.n_events, 1, 49);
	assert_int_equal(ethtool_monitor_read(monitor, on_change, &seen), 0);
	seen = (struct seen){0};
	toggle(ETHTOOL_NL_NETLINK, 1);
	assert_int_equal(ethtool_monitor_read(monitor, on_change, &seen), 0);
	assert_int_equal(seen.n_events, 1);
	ethtool_monitor_close(monitor);
}

/* More than one call takes, in a buffer that holds them all. */
static void test_flood(void **state)
{
	struct ethtool_monitor *monitor = open_monitor();
	struct seen seen = {0};

	assert_int_equal(ethtool_monitor_set_buffer(monitor, 2 * 1024 * 1024), 0);
	toggle(ETHTOOL_NL_NETLINK, 400);
	assert_int_equal(ethtool_monitor_read(monitor, on_change, &seen), 0);
	assert_in_range(seen.n_events, 1, 399);
	assert_true(is_readable(monitor));
	assert_int_equal(ethtool_monitor_read(monitor, on_change, &seen), 0);
	assert_int_equal(seen.n_events, 400);
	assert_false(is_readable(monitor));
	ethtool_monitor_close(monitor);
}

/* What another process sends to the socket is not taken for the kernel's. */
static void test_forged(void **state)
{
	struct nlmsghdr forged = {.nlmsg_len = sizeof(forged), .nlmsg_type = NLMSG_NOOP}, *message;
	int size, sender = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	struct sockaddr_nl address;
	socklen_t address_size = sizeof(address);
	struct genl_sock *sock = NULL;

	assert_true(sender >= 0);
	assert_int_equal(genl_sock_open(&sock), 0);
	assert_int_equal(
		getsockname(genl_sock_fd(sock), (struct sockaddr *)&address, &address_size), 0);
	assert_int_equal(sendto(sender, &forged, sizeof(forged), 0, (struct sockaddr *)&address,
				sizeof(address)),
			 sizeof(forged));
	assert_int_equal(genl_sock_receive(sock, &message, &size), -EAGAIN);
	genl_sock_close(sock);
	close(sender);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),	      cmocka_unit_test(test_event_of_ethtool),
		cmocka_unit_test(test_told_features), cmocka_unit_test(test_lost),
		cmocka_unit_test(test_flood),	      cmocka_unit_test(test_forged),
	};
	int refused = live_namespace_enter();

	if (refused != 0)
		return refused;
	if (!live_run("ip link add veth0 type veth peer name veth1"))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
