/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's counters of wrong checksums, by texts of several kernels and by the one that runs.
 */
#include "agent/links/checksum_counters.h"
#include "tests/unit/unit.h"

#include <string.h>

#define SNMP                                                                                       \
	"Ip: Forwarding DefaultTTL InCsumErrors\nIp: 1 64 7\n"                                     \
	"Tcp: RtoAlgorithm MaxConn InErrs OutRsts InCsumErrors\nTcp: 1 -1 4 5 6\n"                 \
	"Udp: InDatagrams InErrors InCsumErrors MemErrors\nUdp: 271 13 12 0\n"                     \
	"UdpLite: InDatagrams InCsumErrors\nUdpLite: 3 99\n"
#define SNMP6 "Ip6InReceives 5\nUdp6InErrors\t9\nUdp6InCsumErrors                \t3\n"

static void test_parse(void **state)
{
	const struct {
		const char *snmp, *snmp6;
		uint64_t udp, udp6, tcp;
	} cases[] = {
		{SNMP, SNMP6, 12, 3, 6},
		{SNMP, NULL, 12, 0, 6},
		{"", "", 0, 0, 0},
		/* Linux 3.10 has no such column for TCP; a name without a number; one line alone */
		{"Tcp: InErrs\nTcp: 4\nUdp: InErrors InCsumErrors\nUdp: 13 12", SNMP6, 12, 3, 0},
		{"Udp: InErrors InCsumErrors\nUdp: 13\n", "", 0, 0, 0},
		{"Udp: InCsumErrors\n", "Udp6InCsumErrors", 0, 0, 0},
		{"Udp: InCsumErrors\nTcp: 1\nUdp: 5\n", "XUdp6InCsumErrors 3\n", 5, 0, 0},
		{"Udp: InCsumErrors\nUdp: 18446744073709551615\n", NULL, UINT64_MAX, 0, 0},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct checksum_counters counters;

		checksum_counters_parse(cases[i].snmp, cases[i].snmp6, &counters);
		assert_true(counters.known);
		assert_true(counters.udp == cases[i].udp);
		assert_true(counters.udp6 == cases[i].udp6);
		assert_true(counters.tcp == cases[i].tcp);
	}
}

static void test_read(void **state)
{
	struct checksum_counters counters = {.known = false};

	assert_int_equal(checksum_counters_read(&counters), 0);
	assert_true(counters.known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
