/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which network namespaces live: those that a process is in, has open, or has mounted somewhere. A
 * namespace that nothing but a socket keeps alive cannot be seen.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct living_namespaces {
	uint64_t *inodes; /* ascending */
	size_t n_inodes, allocated;
	uint64_t pid_namespace; /* whose processes were looked at */
	bool all; /* they are all of this machine's */
};

/*
 * Returns 0; -EACCES when not every process may be looked at: then it is not known; another
 * negative errno. The caller ends with living_namespaces_clear().
 */
int living_namespaces_read(struct living_namespaces *ret_living);
void living_namespaces_clear(struct living_namespaces *living);

/* Does the network namespace with this inode live? */
bool living_namespaces_have(const struct living_namespaces *living, uint64_t inode);

/* The inode of this process's process namespace; 0 = not known. */
uint64_t pid_namespace_read(void);
