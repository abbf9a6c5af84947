/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How this process gives up what power it has, for good. */

#include <stdbool.h>

/*
 * Sets no_new_privs, empties every capability set (the bounding set and the securebits as far as
 * that is permitted) and, unless `keep_user`, changes from root to the kernel's overflow user and
 * group (65534). A user namespace without those ids keeps root's, which then means nothing: with
 * no_new_privs, not even uid 0 regains a capability by an execve(2) (capabilities(7)).
 * For a process that is about to execute something. Returns 0 or a negative errno.
 */
int privileges_drop(bool keep_user);

/*
 * Makes a capability effective that is permitted only: a file capability without the effective bit,
 * so that the program can also be executed where nobody may have the capability. One that is not
 * permitted stays away.
 */
void privileges_raise(unsigned int capability);
