/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Asks a program of the node for its version: `PROGRAM --version`, and only when none but root
 * could have put it there (node_root_open_program()). It runs as child_process.h describes.
 */

#include "agent/node_root.h"

/* Far more than a version takes. */
#define TRUSTED_EXEC_OUTPUT_MAX 4096 /* bytes */

/*
 * Runs the program below `root` with --version and returns 0 with its output, text that the caller
 * frees; -ENOENT or -EACCES when no such program can be seen; -EPERM when it was refused or did not
 * answer as it should within `limit_ms` milliseconds, with one line in `ret_why` (the caller's to
 * free) that says why; -ENOMEM.
 */
int trusted_exec_version(const struct node_root *root, const char *path, unsigned int limit_ms,
			 char **ret_output, char **ret_why);
