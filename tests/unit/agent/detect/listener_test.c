/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/detect/listener.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void test_check_listener(void **state)
{
	static const char heading[] =
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid "
		" timeout inode\n";
	static const struct {
		const char *address, *line;
		int result;
	} cases[] = {
		{"127.0.0.1:10249", "0100007F:2809 00000000:0000 0A", 0},
		{"127.0.0.1:10249", "00000000:2809 00000000:0000 0A", 0},
		{"127.0.0.1:10249", "0200007F:2809 00000000:0000 0A", -ENOENT},
		{"127.0.0.1:10249", "0100007F:2808 00000000:0000 0A", -ENOENT},
		{"127.0.0.1:10249", "0100007F:2809 00000000:0000 01", -ENOENT},
		{"127.0.0.1:10249",
		 "00000000000000000000000000000000:2809 00000000000000000000000000000000:0000 0A",
		 0},
		{"127.0.0.1:10249",
		 "0000000000000000FFFF00000100007F:2809 00000000000000000000000000000000:0000 0A",
		 0},
		{"127.0.0.1:10249",
		 "00000000000000000000000001000000:2809 00000000000000000000000000000000:0000 0A",
		 -ENOENT},
		{"[::1]:10249",
		 "00000000000000000000000001000000:2809 00000000000000000000000000000000:0000 0A",
		 0},
		{"[::1]:10249",
		 "00000000000000000000000000000000:2809 00000000000000000000000000000000:0000 0A",
		 0},
		{"[::1]:10249",
		 "00000000000000000000000002000000:2809 00000000000000000000000000000000:0000 0A",
		 -ENOENT},
	};

	/* The lines are those of a little-endian machine. */
	if (htonl(1) == 1)
		skip();
	for (size_t i = 0; i < 2 * N_ELEMENTS(cases); i++) {
		char path[] = "/tmp/offload-agent-test-XXXXXX";
		unsigned int uid = i % 2 ? 1000 : 0;
		int expected = cases[i / 2].result;
		union socket_address address;
		FILE *file = fdopen(mkstemp(path), "w");

		fprintf(file,
			"%s   0: %s 00000000:00000000 00:00000000 00000000 %5u        0 17 1 0 100 "
			"0\n",
			heading, cases[i / 2].line, uid);
		assert_int_equal(fclose(file), 0);
		assert_int_equal(socket_address_parse(cases[i / 2].address, &address), 0);
		if (uid && expected == 0)
			expected = -EACCES;
		assert_int_equal(listener_check_table(path, &address), expected);
		unlink(path);
		assert_int_equal(listener_check_table(path, &address), -ENXIO);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check_listener),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
