/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Copies of strings, where NULL is one, too: it means "unknown". */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Makes `*ret_copy` a copy of `text`, the caller's to free. Returns 0 or -ENOMEM. */
static inline int string_copy(char **ret_copy, const char *text)
{
	*ret_copy = text ? strdup(text) : NULL;
	return text && !*ret_copy ? -ENOMEM : 0;
}

/* The same of `length` bytes, unless they are none or there is one already. */
static inline int string_copy_once(char **member, const char *text, size_t length)
{
	if (*member || length == 0)
		return 0;
	*member = strndup(text, length);
	return *member ? 0 : -ENOMEM;
}
