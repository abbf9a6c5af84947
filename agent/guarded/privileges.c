/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/guarded/privileges.h"

#include "cleanup.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include <linux/capability.h>
#include <linux/securebits.h>

/* So many are tried, of which none is likely to be taken. */
#define PICK_ATTEMPTS 16

/* These need CAP_SETPCAP, and are a second lock on a door that is closed anyway. */
static void drop_what_could_be_regained(uint64_t keep)
{
	/* Kernels before 4.3 hand capabilities on to root alone. */
	if (!keep)
		prctl(PR_SET_SECUREBITS,
		      SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
			      SECBIT_NO_SETUID_FIXUP_LOCKED,
		      0, 0, 0);
	/* Ends at the last capability that this kernel knows. */
	for (unsigned long capability = 0; capability < 64; capability++) {
		if (keep & PRIVILEGE(capability))
			continue;
		if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
			return;
	}
}

/* The permitted set, or `otherwise` if it is not known. libcap would be a dependency for two calls.
 */
static uint64_t permitted_capabilities(uint64_t otherwise)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capget, &header, sets) < 0)
		return otherwise;
	return sets[0].permitted | (uint64_t)sets[1].permitted << 32;
}

static int drop_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	uint64_t kept = keep ? permitted_capabilities(0) & keep : 0;

	for (unsigned int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		uint32_t part = (uint32_t)(kept >> (32 * i));

		sets[i] = (struct __user_cap_data_struct){part, part, part};
	}
	/* The ambient set follows the permitted and inheritable ones (capabilities(7)). */
	if (syscall(SYS_capset, &header, sets) < 0)
		return -errno;
	for (unsigned long capability = 0; capability < 64; capability++) {
		/* Root keeps them anyway, and kernels before 4.3 know no other way. */
		if (kept & PRIVILEGE(capability))
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
	}
	return 0;
}

bool privileges_have(unsigned int capability)
{
	return permitted_capabilities(UINT64_MAX) & PRIVILEGE(capability);
}

/* Has this user namespace the id? `map` is its file in /proc; kernels without one have them all. */
static bool is_mapped(const char *map, unsigned int id)
{
	_cleanup_fclose_ FILE *file = fopen(map, "re");
	unsigned int first, count;

	if (!file)
		return errno == ENOENT;
	while (fscanf(file, "%u %*u %u", &first, &count) == 2) {
		if (id >= first && id - first < count)
			return true;
	}
	return false;
}

/* In ever another place: agents that start at the same time must not choose the same. */
static uid_t guess_user(void)
{
	static uint64_t n_guesses;
	struct timespec now = {0};
	uint64_t mixed;

	clock_gettime(CLOCK_REALTIME, &now);
	mixed = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	mixed = (mixed ^ (uint64_t)getpid() << 32) + ++n_guesses;
	/* Knuth's multiplicative hash: the upper bits depend on all others. */
	mixed *= UINT64_C(0x9e3779b97f4a7c15);
	return PRIVILEGES_OWN_USER_FIRST + (uid_t)(mixed >> 40);
}

/* Has any process of this process namespace the user? The kernel looks at them all. */
static bool has_processes(uid_t user)
{
	errno = 0;
	return getpriority(PRIO_USER, user) != -1 || errno != ESRCH;
}

uid_t privileges_pick_user(void)
{
	if (geteuid() != 0 || !privileges_have(CAP_SETUID) || !privileges_have(CAP_SETGID))
		return 0;
	for (int i = 0; i < PICK_ATTEMPTS; i++) {
		uid_t user = guess_user();

		if (!is_mapped("/proc/self/uid_map", user) ||
		    !is_mapped("/proc/self/gid_map", user))
			return 0;
		if (!has_processes(user))
			return user;
	}
	return 0;
}

bool privileges_is_own_user(void)
{
	return geteuid() - PRIVILEGES_OWN_USER_FIRST < PRIVILEGES_OWN_USERS;
}

static int change_user(uid_t user)
{
	if (setgroups(0, NULL) < 0 || setresgid(user, user, user) < 0 ||
	    setresuid(user, user, user) < 0)
		return -errno;
	return 0;
}

void privileges_kill_user(uid_t user)
{
	uid_t other;
	pid_t pid;

	if (!has_processes(user))
		return;
	other = privileges_pick_user();
	if (!other)
		return;
	pid = fork();
	if (pid == 0) {
		/* "All that may be killed" are then the user's, who may do nothing to this one. */
		if (setresuid(other, user, other) == 0)
			kill(-1, SIGKILL);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int privileges_drop(uid_t user, uint64_t keep)
{
	int result;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	/* Else the change of the user would take all with it. */
	if (user && keep && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return -errno;
	drop_what_could_be_regained(keep);
	result = user ? change_user(user) : 0;
	return result < 0 ? result : drop_capabilities(keep);
}

void privileges_raise(unsigned int capability)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};
	uint32_t bit = CAP_TO_MASK(capability);
	unsigned int part = CAP_TO_INDEX(capability);

	if (syscall(SYS_capget, &header, sets) < 0 || !(sets[part].permitted & bit) ||
	    sets[part].effective & bit)
		return;
	sets[part].effective |= bit;
	/* Without it, whatever needs the capability says so itself. */
	if (syscall(SYS_capset, &header, sets) < 0)
		return;
}
