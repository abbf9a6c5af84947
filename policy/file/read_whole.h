/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A whole file, pipe or connection in memory, and never more of it than was agreed. */

#include <stddef.h>

/*
 * Reads an open descriptor, from where it stands to its end, in at most `size_max` bytes. `wait`
 * (may be NULL) is called before each reading with `fd` and `context`: it waits for one that does
 * not block, or keeps a time limit; when it returns a negative errno, so does this. `ret_text` is
 * the caller's to free, and ends with a NUL that `ret_size` (may be NULL) does not count.
 * Returns 0, -EFBIG, -ENOMEM, or another negative errno.
 */
int read_whole(int fd, size_t size_max, int (*wait)(int fd, void *context), void *context,
	       char **ret_text, size_t *ret_size);
