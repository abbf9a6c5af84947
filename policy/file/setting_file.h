/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A libconfig file that has power over the node: it must be a regular file of root's that no other
 * user may write, of limited size, text, without @include; every fault becomes a diagnostic with
 * file and line. setting.h reads what is in it.
 */

#include <libconfig.h>

struct diagnostics;

/* The largest file that is read. */
#define SETTING_FILE_SIZE_MAX (1024 * 1024)

struct setting_file {
	char *path;
	struct diagnostics *diagnostics; /* borrowed: where what is wrong is collected */
	config_t config;
};

/*
 * Opens `path` below the folder `directory_fd` (AT_FDCWD for none; `shown` is the name in
 * diagnostics) and parses it. /dev/null, reached through a link, reads as an empty file.
 * Returns 0; 1 when the file holds no setting at all; -ENOENT when there is no such file (below a
 * folder that is a fault: the caller has its name from the folder's list; so is a link to nothing);
 * -EBADMSG with at least one diagnostic added; -ENOMEM. The caller ends with setting_file_close(),
 * also after a failure (a zeroed struct can be closed).
 */
int setting_file_open(int directory_fd, const char *path, const char *shown,
		      struct diagnostics *diagnostics, struct setting_file *ret_file);
void setting_file_close(struct setting_file *file);

/*
 * The names of the files in `directory` that end in `suffix` and do not start with a dot, sorted,
 * ended with NULL. The folder must be root's and writable by no other user. `ret_directory_fd` gets
 * a descriptor of it. Returns 0, -ENOENT, -EBADMSG with a diagnostic, -ENOMEM.
 */
int setting_directory_list(const char *directory, const char *suffix,
			   struct diagnostics *diagnostics, int *ret_directory_fd,
			   char ***ret_names);
