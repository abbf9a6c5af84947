/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is wrong with the input, collected: one line each that names the file, the line and what
 * to do. Libraries fill it, whoever decides prints it.
 */

#include <stddef.h>

struct complaints {
	char **texts;
	size_t n_texts;
};

/*
 * Appends one line (no newline at its end). Returns 0 or -ENOMEM.
 */
int complaints_add(struct complaints *complaints, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void complaints_clear(struct complaints *complaints);
