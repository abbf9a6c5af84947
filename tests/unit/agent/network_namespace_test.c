/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/network_namespace.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

static void test_same(void **state)
{
	uint64_t first = 0, second = 0;

	(void)state;
	assert_int_equal(network_namespace_read(&first), 0);
	assert_int_equal(network_namespace_read(&second), 0);
	assert_int_not_equal(first, 0);
	assert_int_equal(first, second);
}

static void test_another(void **state)
{
	uint64_t here = 0, there = 0;

	(void)state;
	assert_int_equal(network_namespace_read(&here), 0);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		printf("cannot make a network namespace: %s\n", strerror(errno));
		skip();
	}
	assert_int_equal(network_namespace_read(&there), 0);
	assert_int_not_equal(here, there);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
