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
static void drop_what_could_be_regained(uint64_t keep)
{
	/* Kernels before 4.3 hand capabilities on to nobody but root. */
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

static void change_user(void)
{
	if (setgroups(0, NULL) < 0 || setresgid(OVERFLOW_ID, OVERFLOW_ID, OVERFLOW_ID) < 0)
		return;
	/* The only failure left is that the user namespace has no such uid: see the header. */
	if (setresuid(OVERFLOW_ID, OVERFLOW_ID, OVERFLOW_ID) < 0)
		return;
}

/* The permitted set, or `otherwise` if it is not told. libcap would be a dependency for two calls.
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

int privileges_drop(bool keep_user, uint64_t keep)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	drop_what_could_be_regained(keep_user ? keep : 0);
	if (geteuid() == 0 && !keep_user)
		change_user();
	return drop_capabilities(keep_user ? keep : 0);
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
