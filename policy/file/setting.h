/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The settings of a libconfig file, read by type; what is wrong becomes a diagnostic with file and
 * line.
 */

#include "policy/file/setting_file.h"
#include "policy/link_match.h"

/*
 * The readers below look `key` up in `group`. They return 1 when it is there and was read, 0 when
 * it is absent (the output is untouched), -EBADMSG with a diagnostic when it has another type or a
 * value that is not allowed, -ENOMEM.
 */

/* A non-empty string without control characters; the caller frees it. */
int setting_read_string(const struct setting_file *file, const config_setting_t *group,
			const char *key, char **ret_string);

int setting_read_bool(const struct setting_file *file, const config_setting_t *group,
		      const char *key, bool *ret_value);

int setting_read_int(const struct setting_file *file, const config_setting_t *group,
		     const char *key, int minimum, int maximum, int *ret_value);

/* A list or array of non-empty strings, ended with NULL; the caller frees it with strings_free().
 */
int setting_read_strings(const struct setting_file *file, const config_setting_t *group,
			 const char *key, char ***ret_strings);

/* One of `choices` (ended with NULL); `ret_choice` gets its index. */
int setting_read_choice(const struct setting_file *file, const config_setting_t *group,
			const char *key, const char *const choices[], int *ret_choice);

/* A group ({ ... }) or, for _list, a list (( ... )) whose members are all groups. */
int setting_read_group(const struct setting_file *file, const config_setting_t *group,
		       const char *key, const config_setting_t **ret_group);
int setting_read_group_list(const struct setting_file *file, const config_setting_t *group,
			    const char *key, const config_setting_t **ret_list);

/*
 * Refuses every key of `group` that is not in `known` (ended with NULL).
 * Returns 0, -EBADMSG after a diagnostic, -ENOMEM.
 */
int setting_check_keys(const struct setting_file *file, const config_setting_t *group,
		       const char *const known[]);

/*
 * Keeps the first fault in `fault` (0 at the start), -ENOMEM before all others, and lets the
 * reading go on, so that all faults of a file are reported at once.
 */
void setting_note(int *fault, int result);

/* Adds "FILE:LINE: text" for `setting` and returns -EBADMSG (or -ENOMEM). */
int setting_refuse(const struct setting_file *file, const config_setting_t *setting,
		   const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Reads one group of link_match keys; `allowed` (ended with NULL) lists those that may appear, at
 * least one must. Returns 0, -EBADMSG, -ENOMEM.
 */
int setting_read_link_match(const struct setting_file *file, const config_setting_t *group,
			    const char *const allowed[], struct link_match *ret_match);
