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
 * Refuses the input for one more reason: appends a line (no newline at its end). Returns -EBADMSG,
 * or -ENOMEM when it could not be appended.
 */
int complaints_refuse(struct complaints *complaints, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void complaints_clear(struct complaints *complaints);
