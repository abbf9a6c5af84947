/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The measurement on a kernel that ignores what it does not know of VXLAN devices (before 3.16):
 * those attributes are left out of the requests, so that every device is one of this kernel's
 * default, with an outer UDP checksum.
 */
#include "agent/probe/probe.h"
#include "tests/unit/unit.h"

#include <libmnl/libmnl.h>

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_link.h>

void __real_mnl_attr_put_u8(struct nlmsghdr *message, uint16_t type, uint8_t data);
void __wrap_mnl_attr_put_u8(struct nlmsghdr *message, uint16_t type, uint8_t data);

void __wrap_mnl_attr_put_u8(struct nlmsghdr *message, uint16_t type, uint8_t data)
{
	if (type != IFLA_VXLAN_UDP_CSUM && type != IFLA_VXLAN_UDP_ZERO_CSUM6_TX)
		__real_mnl_attr_put_u8(message, type, data);
}

static void test_what_was_not_made_is_not_measured(void **state)
{
	struct probe_result result;

	probe_run(ETHTOOL_NL_AUTO, &result);
	for (size_t i = 0; i < PROBE_MEASUREMENTS; i++) {
		const struct probe_measurement *measurement = &result.measurements[i];

		if (measurement->ipv6 && result.no_ipv6)
			continue;
		if (measurement->udp_csum) {
			assert_string_equal(measurement->reason, "");
			assert_int_not_equal(measurement->corrupts, ANSWER_UNKNOWN);
			continue;
		}
		assert_int_equal(measurement->corrupts, ANSWER_UNKNOWN);
		assert_non_null(strstr(measurement->reason,
				       "no VXLAN devices whose outer UDP checksum can be chosen"));
	}
	assert_int_equal(result.zero_checksum, ANSWER_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_not_made_is_not_measured),
	};

	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0) {
		puts("skipped: needs root for network namespaces");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
