/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/privileges.h"
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

/* In the child: 0 when all power is gone, else the number of what is left. */
static int look_at_dropped(bool keep_user)
{
	uid_t before = geteuid();
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (privileges_drop(keep_user, 0) < 0)
		return 1;
	if (syscall(SYS_capget, &header, data) < 0)
		return 2;
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		if (data[i].effective || data[i].permitted || data[i].inheritable)
			return 3;
	}
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 4;
	if (before == 0 && prctl(PR_CAPBSET_READ, CAP_NET_ADMIN, 0, 0, 0) != 0)
		return 5;
	if (getuid() != (before == 0 && !keep_user ? 65534 : before))
		return 6;
	if (before == 0 && (setuid(0) == 0) != keep_user)
		return 7;
	return 0;
}

static int look_at_same_user(void)
{
	return look_at_dropped(true);
}

static int look_at_nobody(void)
{
	return look_at_dropped(false);
}

/* In the child: 0 when just what was asked for is left. */
static int look_at_kept(void)
{
	const uint64_t keep = PRIVILEGE(CAP_NET_RAW) | PRIVILEGE(CAP_SYS_TIME);
	bool had_raw = privileges_have(CAP_NET_RAW);

	if (privileges_drop(true, keep) < 0)
		return 1;
	if (privileges_have(CAP_NET_RAW) != had_raw)
		return 2;
	if (privileges_have(CAP_NET_ADMIN) || privileges_have(CAP_SETPCAP))
		return 3;
	/* What is gone does not come back, by being asked for least of all. */
	if (privileges_drop(true, PRIVILEGE(CAP_NET_ADMIN)) < 0)
		return 4;
	return privileges_have(CAP_NET_ADMIN) || privileges_have(CAP_NET_RAW) ? 5 : 0;
}

/* Who becomes somebody else keeps nothing, whatever was asked for. */
static int look_at_changed_user(void)
{
	if (privileges_drop(false, PRIVILEGE(CAP_NET_RAW)) < 0)
		return 1;
	return privileges_have(CAP_NET_RAW) ? 2 : 0;
}

/* Runs a look in a child, which must find all as it should be. */
static void look_in_child(int (*look)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(look());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_keep(void **state)
{
	(void)state;
	look_in_child(look_at_kept);
	look_in_child(look_at_changed_user);
}

static void test_drop(void **state)
{
	(void)state;
	look_in_child(look_at_same_user);
	look_in_child(look_at_nobody);
}

/* Leaves only the permitted set, or nothing, of one capability; true when it could. */
static bool lower(bool permitted)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	data[0].effective &= ~(1u << CAP_NET_ADMIN);
	if (!permitted)
		data[0].permitted &= ~(1u << CAP_NET_ADMIN);
	return syscall(SYS_capset, &header, data) == 0;
}

static bool is_effective(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

	syscall(SYS_capget, &header, data);
	return data[0].effective & (1u << CAP_NET_ADMIN);
}

/* In the child: 0 when one that is permitted comes back, and one that is not does not. */
static int raise_both(void)
{
	if (!lower(true) || is_effective())
		return 1;
	privileges_raise(CAP_NET_ADMIN);
	if (!is_effective())
		return 2;
	if (!lower(false))
		return 3;
	privileges_raise(CAP_NET_ADMIN);
	return is_effective() ? 4 : 0;
}

static void test_raise(void **state)
{
	(void)state;
	if (!is_effective())
		skip();
	look_in_child(raise_both);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_raise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
