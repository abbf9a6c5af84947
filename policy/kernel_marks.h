/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The marks that distributions write into their kernels' release, and which family each shows. */

#include <stdbool.h>

struct kernel_mark {
	const char *release; /* a glob on `uname -r` */
	const char *family; /* one of kernel_families */
	/*
	 * The number stays what it was when the distribution took the kernel, and what comes later
	 * is counted behind it.
	 */
	bool frozen;
};

/* In the order in which a doubt is decided; ends with a mark whose `release` is NULL. */
extern const struct kernel_mark kernel_marks[];

/* The first mark that `release` has, or NULL. */
const struct kernel_mark *kernel_mark_find(const char *release);
