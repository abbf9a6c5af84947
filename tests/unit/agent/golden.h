/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Comparing what was printed with a file of tests/data. */

#include <stdio.h>

/* A stream that is printed to; `golden_compare` ends it and compares with tests/data/NAME. */
struct golden {
	FILE *output;
	char *text;
	size_t size;
};

void golden_begin(struct golden *golden);
void golden_compare(struct golden *golden, const char *name);

/* The whole of tests/data/NAME, ended with NUL; the caller frees it. */
char *golden_read(const char *name, size_t *ret_size);
