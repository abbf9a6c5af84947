/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's counters of wrong checksums, by texts of several kernels and by the one that runs.
 */
#include "agent/links/checksum_counters.h"
#include "agent/links/checksum_source.h"
#include "tests/unit/agent/own_network.h"
#include "tests/unit/unit.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

	checksum_source_read_once(&counters);
	assert_true(counters.known);
}

/* A datagram whose checksum the kernel finds wrong. */
static void drop_one(int sender)
{
	static const unsigned char datagram[] = {0, 9, 0, 9, 0, 8, 0x0b, 0xad};
	const struct sockaddr_in here = {.sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	assert_int_equal(sendto(sender, datagram, sizeof(datagram), 0,
				(const struct sockaddr *)&here, sizeof(here)),
			 sizeof(datagram));
}

/* The same open files tell what is so now. */
static void test_source(void **state)
{
	struct checksum_source source = CHECKSUM_SOURCE_NONE;
	struct checksum_counters first, second = {.known = false};
	int fd, sender;

	if (!own_network_enter()) {
		print_message("no network namespace can be made (not root?)\n");
		skip();
	}
	sender = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP);
	assert_true(sender >= 0);
	checksum_source_read(&source, &first);
	assert_true(first.known);
	fd = source.snmp_fd;
	drop_one(sender);
	/* The kernel may deliver it a little later. */
	for (int i = 0; i < 10000 && second.udp <= first.udp; i++) {
		checksum_source_read(&source, &second);
		usleep(1000);
	}
	assert_true(second.known);
	assert_true(second.udp > first.udp);
	assert_int_equal(source.snmp_fd, fd);
	checksum_source_close(&source);
	close(sender);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
