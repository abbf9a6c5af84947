/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How this process gives up what power it has, for good. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PRIVILEGE(capability) (UINT64_C(1) << (capability))

/*
 * Users that do not exist: 16 million from this one on. They lie above what OpenShift (to
 * 1999999999), FreeIPA and SSSD (to 2000200000) and systemd's containers (to 1879048191) hand out,
 * and below systemd's foreign ids (from 2147352576), podman's --userns=auto (from 2147483647) and
 * whatever takes a user for a signed number. Ordinary users, systemd's dynamic ones (61184 to
 * 65519), nobody (65534) and subordinate ids (useradd's from 100000 to 600100000) are far away.
 */
#define PRIVILEGES_OWN_USER_FIRST 2046820352u
#define PRIVILEGES_OWN_USERS	  (1u << 24)

/*
 * Picks one of these users, and its group, that no process has, for privileges_drop(). 0 = none can
 * be had: this process may not change users, or its user namespace has no such ones.
 */
uid_t privileges_pick_user(void);

/* Is this process's user one of those, hence its own alone? */
bool privileges_is_own_user(void);

/*
 * Kills every process that `user`, who was picked above, still has, wherever it hid from its
 * process group. Returns when they have been sent the signal; without any of them it costs one
 * system call.
 */
void privileges_kill_user(uid_t user);

/*
 * Sets no_new_privs, empties every capability set (the bounding set and the securebits as far as
 * that is permitted) and changes to `user` and its group, with no other group; 0 = stays the same.
 * The capabilities of `keep` (PRIVILEGE() of each) stay, as far as they are held, and are handed on
 * by execve(2); for another user than root that takes Linux 4.3.
 * For a process that is about to execute something. Returns 0 or a negative errno, and then the
 * process must not go on: some of its power may still be there.
 */
int privileges_drop(uid_t user, uint64_t keep);

/*
 * Does this process hold the capability? Yes, if that is not known: then the kernel refuses when it
 * comes to it.
 */
bool privileges_have(unsigned int capability);

/*
 * Makes a capability effective that is permitted only: a file capability without the effective bit,
 * so that the program can also be executed where the capability cannot be had. One that is not
 * permitted stays away.
 */
void privileges_raise(unsigned int capability);
