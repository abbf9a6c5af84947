/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Prints into memory what a function prints into a stream. */

#include <stddef.h>
#include <stdio.h>

/*
 * `print` fills a stream; `ret_text` is what it printed, ended with NUL, and the caller's; its
 * length is `ret_size`.
 * Returns 0, what `print` returned when that is negative, or -ENOMEM.
 */
int print_memory(int (*print)(FILE *output, void *data), void *data, char **ret_text,
		 size_t *ret_size);
