/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A folder of the test's own, with plain files in it; everything here fails the test on an error.
 */

#include <stddef.h>

struct folder {
	char path[64];
	int fd;
};

void folder_make(struct folder *folder);

/* Removes the files in it, too. */
void folder_remove(struct folder *folder);

/* Writes a file (0644) anew. */
void folder_write(const struct folder *folder, const char *name, const char *text, size_t size);

/* The whole file, ended with NUL; the caller frees it. NULL when there is none. */
char *folder_read(const struct folder *folder, const char *name);

/* How many files are in it. */
size_t folder_count(const struct folder *folder);
