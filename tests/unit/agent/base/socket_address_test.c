/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/socket_address.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>

static void test_parse_address(void **state)
{
	static const struct {
		const char *text;
		int family; /* 0 = refused */
		unsigned int port;
	} cases[] = {
		{"127.0.0.1:10249", AF_INET, 10249},
		{"10.0.0.1:1", AF_INET, 1},
		{"127.0.0.1:1", AF_INET, 1},
		{"127.0.0.1:65535", AF_INET, 65535},
		{"0.0.0.0:65535", AF_INET, 65535},
		{"[::1]:10249", AF_INET6, 10249},
		{"[fe80::1]:80", AF_INET6, 80},
		{"[fe80::1]:10249", AF_INET6, 10249},
		{"", 0, 0},
		{":", 0, 0},
		{":10249", 0, 0},
		{"127.0.0.1", 0, 0},
		{"127.0.0.1:", 0, 0},
		{"127.0.0.1:0", 0, 0},
		{"127.0.0.1:65536", 0, 0},
		{"127.0.0.1:99999999999", 0, 0},
		{"127.0.0.1:99999999999999999999", 0, 0},
		{"127.0.0.1:+80", 0, 0},
		{"127.0.0.1:80 ", 0, 0},
		{"127.0.0.1: 80", 0, 0},
		{"127.0.0.1:80x", 0, 0},
		{"127.1:80", 0, 0},
		{"127.0.0:10249", 0, 0},
		{"localhost:10249", 0, 0},
		{"::1:10249", 0, 0},
		{"[::1:10249", 0, 0},
		{"[]:10249", 0, 0},
		{"[:10249", 0, 0},
		{"[127.0.0.1]:80", 0, 0},
		{"[127.0.0.1]:10249", 0, 0},
		{"http://127.0.0.1:80", 0, 0},
		{"http://127.0.0.1:10249", 0, 0},
		{"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]:80", 0, 0},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		union socket_address address = {.any.sa_family = AF_UNSPEC};
		int result = socket_address_parse(cases[i].text, &address);

		if (result != (cases[i].family ? 0 : -EINVAL))
			fail_msg("%s: %d", cases[i].text, result);
		assert_int_equal(address.any.sa_family, cases[i].family);
		if (cases[i].family)
			assert_int_equal(ntohs(address.ip4.sin_port), cases[i].port);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
