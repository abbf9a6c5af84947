/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/guarded/privileges.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

/* In the child: 0 when all power is gone, else the number of what is left. */
static int look_at_dropped(uid_t user)
{
	uid_t before = geteuid();
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (privileges_drop(user, 0) < 0)
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
	if (getuid() != (user ? user : before) || getgid() != (user ? user : getegid()))
		return 6;
	if (privileges_is_own_user() != (user != 0) || (user && getgroups(0, NULL) != 0))
		return 7;
	if (before == 0 && (setuid(0) == 0) != (user == 0))
		return 8;
	return 0;
}

static int look_at_same_user(void)
{
	return look_at_dropped(0);
}

static int look_at_own_user(void)
{
	uid_t user = privileges_pick_user();
	const gid_t group = 1;

	if (user == 0)
		return geteuid() == 0 ? 100 : 0;
	/* One to be lost: who runs this may be in none. */
	if (setgroups(1, &group) < 0)
		return 101;
	return look_at_dropped(user);
}

/* What cannot be given up ends it: the caller must not go on. */
static int look_at_failed_change(void)
{
	uid_t user = privileges_pick_user();

	if (user == 0)
		return 0;
	if (privileges_drop(0, 0) < 0)
		return 1;
	return privileges_drop(user, 0) == -EPERM ? 0 : 2;
}

/* In the child: 0 when just what was asked for is left. */
static int look_at_kept(void)
{
	const uint64_t keep = PRIVILEGE(CAP_NET_RAW) | PRIVILEGE(CAP_SYS_TIME);
	bool had_raw = privileges_have(CAP_NET_RAW);

	if (privileges_drop(0, keep) < 0)
		return 1;
	if (privileges_have(CAP_NET_RAW) != had_raw)
		return 2;
	if (privileges_have(CAP_NET_ADMIN) || privileges_have(CAP_SETPCAP))
		return 3;
	/* What is gone does not come back, by being asked for least of all. */
	if (privileges_drop(0, PRIVILEGE(CAP_NET_ADMIN)) < 0)
		return 4;
	return privileges_have(CAP_NET_ADMIN) || privileges_have(CAP_NET_RAW) ? 5 : 0;
}

/* The same for a process that becomes another user, and also hands it on (Linux 4.3). */
static int look_at_changed_user(void)
{
	uid_t user = privileges_pick_user();

	if (user == 0)
		return 0;
	if (privileges_drop(user, PRIVILEGE(CAP_NET_RAW)) < 0)
		return 1;
	if (getuid() != user || !privileges_have(CAP_NET_RAW) || privileges_have(CAP_NET_ADMIN))
		return 2;
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_RAW, 0, 0) == 0 ? 3 : 0;
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
	look_in_child(look_at_kept);
	look_in_child(look_at_changed_user);
}

static void test_drop(void **state)
{
	look_in_child(look_at_same_user);
	look_in_child(look_at_own_user);
	look_in_child(look_at_failed_change);
}

/* Each time another one, which does not exist. */
static void test_pick_user(void **state)
{
	uid_t user = privileges_pick_user(), other = privileges_pick_user();

	if (user == 0) {
		assert_int_not_equal(geteuid(), 0);
		skip();
	}
	assert_true(user - PRIVILEGES_OWN_USER_FIRST < PRIVILEGES_OWN_USERS);
	assert_true(other - PRIVILEGES_OWN_USER_FIRST < PRIVILEGES_OWN_USERS);
	assert_int_not_equal(user, other);
}

/* What left its session and its process group, too. */
static void test_kill_user(void **state)
{
	uid_t user = privileges_pick_user();
	pid_t pid;
	int status;

	if (user == 0)
		skip();
	privileges_kill_user(user); /* has no process yet */
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (privileges_drop(user, 0) < 0)
			_exit(1);
		setsid();
		for (;;)
			pause();
	}
	/* It takes its time to become the user. */
	while (waitpid(pid, &status, WNOHANG) == 0)
		privileges_kill_user(user);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
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
	if (!is_effective())
		skip();
	look_in_child(raise_both);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drop),	  cmocka_unit_test(test_keep),
		cmocka_unit_test(test_raise),	  cmocka_unit_test(test_pick_user),
		cmocka_unit_test(test_kill_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
