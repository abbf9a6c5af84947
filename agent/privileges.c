/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/privileges.h"

#include <errno.h>
#include <grp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/securebits.h>

/* What /proc/sys/kernel/overflowuid and overflowgid are unless somebody changed them. */
#define OVERFLOW_ID 65534

/* These need CAP_SETPCAP, and are a second lock on a door that is closed anyway. */
static void drop_what_could_be_regained(void)
{
	prctl(PR_SET_SECUREBITS,
	      SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
		      SECBIT_NO_SETUID_FIXUP_LOCKED,
	      0, 0, 0);
	/* Ends at the last capability that this kernel knows. */
	for (unsigned long capability = 0; capability < 64; capability++) {
		if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
			return;
	}
}

static void change_user(void)
{
	if (setgroups(0, NULL) < 0 || setresgid(OVERFLOW_ID, OVERFLOW_ID, OVERFLOW_ID) < 0)
		return;
	/* The only failure left is that the user namespace has no such uid: see the header. */
	if (setresuid(OVERFLOW_ID, OVERFLOW_ID, OVERFLOW_ID) < 0)
		return;
}

/* libcap would be a dependency for this one call. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	/* The ambient set follows the permitted and inheritable ones (capabilities(7)). */
	return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

int privileges_drop(bool keep_user)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	drop_what_could_be_regained();
	if (geteuid() == 0 && !keep_user)
		change_user();
	return drop_capabilities();
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
