/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A file of the state folder that its one writer writes again and again, and what it said the last
 * time: what stands there already, untouched since then, is not written once more.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

struct written_file {
	int fd; /* of the file, open for writing; -1: none was written */
	char *text; /* what it says; NULL: not known, or too long to be kept */
	size_t size;
	unsigned long long device, inode; /* which file it is ... */
	struct timespec changed; /* ... and its ctime then: another one means another writer */
};

#define WRITTEN_FILE_NONE                                                                          \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* Closes it. WRITTEN_FILE_NONE can be cleared, and is what it is then. */
void written_file_clear(struct written_file *file);

/* What it says is not known any more: it will be written again. */
void written_file_forget(struct written_file *file);

/*
 * Writes what `print` prints as state_dir_write_text() does, or, `locked`, as
 * state_dir_write_locked(): the file stays open, and locked, until the next one is written. Does
 * nothing if it says so already.
 * Returns 0 or a negative errno; then the old one stands, and stays open.
 */
int written_file_write(struct written_file *file, int directory_fd, const char *name, bool locked,
		       int (*print)(FILE *output, void *data), void *data);
