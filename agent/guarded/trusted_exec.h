/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Runs a program of the node and takes what it prints, but only when none but root could have put
 * it there (node_root_open_program()). It runs as child_process.h describes, as the user of this
 * process, which must be one that may run it: see detect_confined.h.
 */

#include "agent/guarded/node_root.h"

#include <stddef.h>
#include <stdint.h>

/* Far more than a version takes. */
#define TRUSTED_EXEC_OUTPUT_MAX 4096 /* bytes */

/* Strings are borrowed. */
struct trusted_exec {
	const char *path;
	const char *option; /* its only one; NULL = none */
	unsigned int limit_ms;
	size_t output_max; /* bytes */
	uint64_t capabilities; /* those that it keeps */
};

/*
 * Runs the program below `root` and returns 0 with its output, text that the caller
 * frees; -ENOENT or -EACCES when no such program can be seen; -EPERM when it was refused or did not
 * answer as it should within its limits, with one line in `ret_why` (the caller's to
 * free) that says why; -ENOMEM.
 */
int trusted_exec_run(const struct node_root *root, const struct trusted_exec *program,
		     char **ret_output, char **ret_why);

/* The same with at most TRUSTED_EXEC_OUTPUT_MAX bytes, and no capability. */
int trusted_exec_version(const struct node_root *root, const char *path, const char *option,
			 unsigned int limit_ms, char **ret_output, char **ret_why);
