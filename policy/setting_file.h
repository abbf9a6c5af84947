/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reads a libconfig file that has power over the node, and its settings by type. The file must be
 * a regular file of root's that nobody else may write, of limited size, text, without @include;
 * every fault becomes a complaint with file and line.
 */

#include "policy/complaint.h"
#include "policy/string_list.h"

#include <libconfig.h>

#include <stdbool.h>
#include <stddef.h>

/* The largest file that is read. */
#define SETTING_FILE_SIZE_MAX (1024 * 1024)

struct setting_file {
	char *path;
	config_t config;
};

/*
 * Opens `path` below the folder `directory_fd` (AT_FDCWD for none; `shown` is the name in
 * complaints) and parses it. /dev/null, reached through a link, reads as an empty file.
 * Returns 0; 1 when the file holds no setting at all; -ENOENT when there is no such file (below a
 * folder that is a fault: the caller has its name from the folder's list; so is a link to nothing);
 * -EBADMSG with at least one complaint added; -ENOMEM. The caller ends with setting_file_close(),
 * also after a failure (a zeroed struct can be closed).
 */
int setting_file_open(int directory_fd, const char *path, const char *shown,
		      struct complaints *complaints, struct setting_file *ret_file);
void setting_file_close(struct setting_file *file);

/*
 * The readers below look `key` up in `group`. They return 1 when it is there and was read, 0 when
 * it is absent (the output is untouched), -EBADMSG with a complaint when it has another type or a
 * value that is not allowed, -ENOMEM.
 */

/* A non-empty string without control characters; the caller frees it. */
int setting_read_string(const struct setting_file *file, const config_setting_t *group,
			const char *key, struct complaints *complaints, char **ret_string);

int setting_read_bool(const struct setting_file *file, const config_setting_t *group,
		      const char *key, struct complaints *complaints, bool *ret_value);

int setting_read_int(const struct setting_file *file, const config_setting_t *group,
		     const char *key, int minimum, int maximum, struct complaints *complaints,
		     int *ret_value);

/* A list or array of non-empty strings, ended with NULL; the caller frees it with strings_free().
 */
int setting_read_strings(const struct setting_file *file, const config_setting_t *group,
			 const char *key, struct complaints *complaints, char ***ret_strings);

/* One of `choices` (ended with NULL); `ret_choice` gets its index. */
int setting_read_choice(const struct setting_file *file, const config_setting_t *group,
			const char *key, const char *const choices[], struct complaints *complaints,
			int *ret_choice);

/* A group ({ ... }) or, for _list, a list (( ... )) whose members are all groups. */
int setting_read_group(const struct setting_file *file, const config_setting_t *group,
		       const char *key, struct complaints *complaints,
		       const config_setting_t **ret_group);
int setting_read_group_list(const struct setting_file *file, const config_setting_t *group,
			    const char *key, struct complaints *complaints,
			    const config_setting_t **ret_list);

/*
 * Complains about every key of `group` that is not in `known` (ended with NULL).
 * Returns 0, -EBADMSG after a complaint, -ENOMEM.
 */
int setting_check_keys(const struct setting_file *file, const config_setting_t *group,
		       const char *const known[], struct complaints *complaints);

/*
 * Keeps the first fault in `fault` (0 at the start), -ENOMEM before all others, and lets the
 * reading go on, so that all faults of a file are told at once.
 */
void setting_note(int *fault, int result);

/* Adds "FILE:LINE: text" for `setting` and returns -EBADMSG (or -ENOMEM). */
int setting_complain(const struct setting_file *file, const config_setting_t *setting,
		     struct complaints *complaints, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Reads one group of link_match keys; `allowed` (ended with NULL) lists those that may appear, at
 * least one must. Returns 0, -EBADMSG, -ENOMEM.
 */
struct link_match;
int setting_read_link_match(const struct setting_file *file, const config_setting_t *group,
			    const char *const allowed[], struct complaints *complaints,
			    struct link_match *ret_match);

/*
 * The names of the files in `directory` that end in `suffix` and do not start with a dot, sorted,
 * ended with NULL. The folder must be root's and writable by nobody else. `ret_directory_fd` gets
 * a descriptor of it. Returns 0, -ENOENT, -EBADMSG with a complaint, -ENOMEM.
 */
int setting_directory_list(const char *directory, const char *suffix, struct complaints *complaints,
			   int *ret_directory_fd, char ***ret_names);
