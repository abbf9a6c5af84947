/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which kernel the node runs: its own strings, and what kernel_identify() reads out of them. */

#include "agent/guarded/node_root.h"
#include "policy/facts.h"

/*
 * Reads proc/sys/kernel/osrelease and version, proc/version for what those do not say, and
 * proc/version_signature below `root`; a root without any of them (an image) is taken to be run by
 * this kernel, so uname(2) is asked. `os_id` is os-release's ID, or NULL. Returns 0 or -ENOMEM. The
 * caller ends with kernel_facts_clear().
 */
int detect_kernel(const struct node_root *root, const char *os_id, struct kernel_facts *ret_kernel);

/* The same for a release that the user gives, which stands for all of the kernel's strings. */
int detect_kernel_given(const char *release, struct kernel_facts *ret_kernel);

/*
 * Reads the text of /proc/version: "Linux version RELEASE (BUILDER) (COMPILER) #1 SMP ...". What it
 * does not say stays as it is. Pure. Returns 0 or -ENOMEM.
 */
int detect_kernel_parse_proc_version(const char *text, char **release, char **version);
