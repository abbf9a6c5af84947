/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A file that the user names to be read, "-" for standard input. */

#include <stddef.h>

/*
 * Reads the whole of it, at most `size_max` bytes. `ret_text` is the caller's and ends with no NUL.
 * Returns 0, -EFBIG, -ENOMEM, or another negative errno.
 */
int input_file_read(const char *path, size_t size_max, char **ret_text, size_t *ret_size);

/* What it is called in complaints: its path, or "standard input". */
const char *input_file_name(const char *path);
