/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How this process gives up what power it has, for good. */

#include <stdbool.h>
#include <stdint.h>

#define PRIVILEGE(capability) (UINT64_C(1) << (capability))

/*
 * Sets no_new_privs, empties every capability set (the bounding set and the securebits as far as
 * that is permitted) and, unless `keep_user`, changes from root to the kernel's overflow user and
 * group (65534). A user namespace without those ids keeps root's, which then means nothing: with
 * no_new_privs, not even uid 0 regains a capability by an execve(2) (capabilities(7)).
 * With `keep_user` the capabilities of `keep` (PRIVILEGE() of each) stay, as far as they are held,
 * and are handed on by execve(2).
 * For a process that is about to execute something. Returns 0 or a negative errno.
 */
int privileges_drop(bool keep_user, uint64_t keep);

/*
 * Does this process hold the capability? Yes, if the kernel does not tell: then it answers when it
 * comes to it.
 */
bool privileges_have(unsigned int capability);

/*
 * Makes a capability effective that is permitted only: a file capability without the effective bit,
 * so that the program can also be executed where nobody may have the capability. One that is not
 * permitted stays away.
 */
void privileges_raise(unsigned int capability);
