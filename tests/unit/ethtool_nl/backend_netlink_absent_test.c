/* SPDX-License-Identifier: Apache-2.0 */
/* The build without netlink: it says so, and the ioctl takes its place. */
#include "ethtool_nl/ethtool_nl.h"
#include "ethtool_nl/monitor.h"
#include "tests/unit/unit.h"

#include <errno.h>

static void test_absent(void **state)
{
	struct ethtool_monitor *monitor = NULL;
	struct ethtool_nl *handle = NULL;

	assert_int_equal(ethtool_nl_open(ETHTOOL_NL_NETLINK, &handle), -EOPNOTSUPP);
	assert_null(handle);
	assert_int_equal(ethtool_monitor_open(&monitor), -EOPNOTSUPP);
	assert_null(monitor);
	assert_null(ethtool_monitor_close(monitor));
}

static void test_ioctl_instead(void **state)
{
	struct ethtool_nl_link loopback = {.ifindex = 1};
	struct ethtool_nl *handle = NULL;

	assert_int_equal(ethtool_nl_open(ETHTOOL_NL_AUTO, &handle), 0);
	assert_int_equal(ethtool_nl_backend(handle), ETHTOOL_NL_IOCTL);
	assert_int_equal(ethtool_nl_read(handle, &loopback, 1), 0);
	assert_int_equal(loopback.error, 0);
	ethtool_nl_close(handle);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_ioctl_instead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
