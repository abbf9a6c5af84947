/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is wrong with the input, collected: one line each that names the file, the line and what
 * to do. Libraries fill it, commands print it.
 */

#include <stddef.h>

struct diagnostics {
	char **texts;
	size_t n_texts;
};

/*
 * Refuses the input for one more reason: appends a line (no newline at its end). Returns -EBADMSG,
 * or -ENOMEM when it could not be appended.
 */
int diagnostics_refuse(struct diagnostics *diagnostics, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void diagnostics_clear(struct diagnostics *diagnostics);
