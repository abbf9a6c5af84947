/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's counters: their form, and that they are this namespace's own. */
#include "agent/links/traffic_counters.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static const char snmp[] = "Ip: Forwarding DefaultTTL\nIp: 1 64\n"
			   "UdpLite: InDatagrams InCsumErrors\nUdpLite: 1 99\n"
			   "Udp: InDatagrams NoPorts InErrors OutDatagrams InCsumErrors\n"
			   "Udp: 10 11 12 13 18446744073709551615\n"
			   "Tcp: RtoAlgorithm MaxConn InCsumErrors\nTcp: 1 -1 7\n";

static void expect_found(const char *text, const char *protocol, const char *name,
			 uint64_t expected)
{
	uint64_t value = 1;

	assert_int_equal(traffic_counters_find(text, protocol, name, &value), 0);
	assert_true(value == expected);
}

static void test_find(void **state)
{
	expect_found(snmp, "Ip:", "Forwarding", 1);
	expect_found(snmp, "Udp:", "InDatagrams", 10);
	expect_found(snmp, "Udp:", "InCsumErrors", UINT64_MAX);
	expect_found(snmp, "UdpLite:", "InCsumErrors", 99);
	expect_found(snmp, "Tcp:", "InCsumErrors", 7);
	expect_found("Udp: A\tB\nUdp: 1\t2", "Udp:", "B", 2);
}

static void test_find_not(void **state)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		"Udp:",
		"Udp: InCsumErrors",
		"Udp: InCsumErrors\n",
		"Udp: InCsumErrors\nUdp:\n",
		"Udp: A InCsumErrors\nUdp: 1\n",
		"Udp: InCsumErrors\nUdp: -1\n",
		"Udp: InCsumErrors\nUdp: 1x\n",
		"Udp: InCsumErrors\nUdp: 18446744073709551616\n",
		"Udp: InCsumErrorsToo\nUdp: 1\n",
		"Udp: InCsum\nUdp: 1\n",
		"Udp:InCsumErrors\nUdp:1\n",
		"Udp6: InCsumErrors\nUdp6: 1\n",
	};

	for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
		uint64_t value = 5;

		if (traffic_counters_find(texts[i], "Udp:", "InCsumErrors", &value) != -ENOENT)
			fail_msg("found in text %zu", i);
		assert_int_equal(value, 5);
	}
}

/* A datagram to this machine comes in by the loopback, and has a right checksum. */
static void test_this_machine(void **state)
{
	char names[][LINK_NAME_SIZE] = {"lo", "no-such-link"};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
	struct traffic_counters counters;
	uint64_t before, after, none = 7, errors;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	traffic_counters_open(&counters);
	assert_int_equal(traffic_counters_received(&counters, names, 2, &before), 0);
	inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
	if (sendto(fd, "", 1, 0, (const struct sockaddr *)&address, sizeof(address)) == 1) {
		assert_int_equal(traffic_counters_received(&counters, names, 2, &after), 0);
		assert_true(after > before);
	}
	close(fd);
	assert_int_equal(traffic_counters_received(&counters, names + 1, 1, &none), 0);
	assert_int_equal(none, 0);
	assert_int_equal(traffic_counters_udp_errors(&counters, &errors), 0);
	traffic_counters_close(&counters);
	assert_int_equal(traffic_counters_udp_errors(&counters, &errors), -ENOENT);
	assert_int_equal(traffic_counters_received(&counters, names, 1, &after), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_find_not),
		cmocka_unit_test(test_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
