/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Lists of strings that end with NULL. */

#include <stdbool.h>

/* Is `text` one of them? */
bool strings_have(const char *const strings[], const char *text);

/* A copy of the strings and the list, which the caller frees; NULL when memory is short. */
char **strings_copy(char *const strings[]);

/* Frees the strings and the list; NULL is fine. */
void strings_free(char **strings);

/* The same, for _cleanup_(strings_cleanup). */
void strings_cleanup(char ***strings);
