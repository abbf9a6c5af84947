/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a process may still ask of the kernel when it has no user of its own: a filter of system
 * calls, for it and for whatever it executes (seccomp(2), mode 2; Linux 3.5, for which no privilege
 * is needed after no_new_privs).
 *
 * It permits what it takes to compute, to read files, to start programs and to write to descriptors
 * that are there: what /bin/sh and programs in C and Go need to print their version. It permits
 * nothing that changes a file or its name, no signal to another process, no look into one, no
 * sockets, no locks, no new namespace, no session or process group of its own.
 *
 * What is not known to be harmless fails with ENOSYS, as on a kernel that lacks it: every program
 * must cope with that, and a kernel's newer calls are dealt with, too. So fails every call of
 * another architecture (32-bit programs, x32).
 */

/*
 * Sets no_new_privs, and puts the filter in force for good.
 * Returns 0; -EOPNOTSUPP on an architecture that the filter does not know; -EINVAL when the kernel
 * has no filters; another negative errno.
 */
int syscall_filter_install(void);
