/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/links/network_namespace.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

static void test_same(void **state)
{
	struct network_namespace first = {0}, second = {0};

	assert_int_equal(network_namespace_read(&first), 0);
	assert_int_equal(network_namespace_read(&second), 0);
	assert_int_not_equal(first.inode, 0);
	assert_int_equal(first.cookie, second.cookie);
	assert_true(network_namespace_equal(first, second));
}

static void test_another(void **state)
{
	struct network_namespace here = {0}, there = {0};

	assert_int_equal(network_namespace_read(&here), 0);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		printf("cannot make a network namespace: %s\n", strerror(errno));
		skip();
	}
	assert_int_equal(network_namespace_read(&there), 0);
	assert_int_not_equal(here.inode, there.inode);
	assert_false(network_namespace_equal(here, there));
}

/* The inode is used again: where there is more to know, it does not decide. */
static void test_equal(void **state)
{
	const struct network_namespace a = {5, 1}, reused = {5, 2}, unread = {0, 1};
	const struct network_namespace old = {5, 0}, other_old = {6, 0};

	assert_true(network_namespace_equal(a, a));
	assert_false(network_namespace_equal(a, reused));
	assert_true(network_namespace_equal(a, unread));
	assert_true(network_namespace_equal(a, old));
	assert_true(network_namespace_equal(old, old));
	assert_false(network_namespace_equal(old, other_old));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_another),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
