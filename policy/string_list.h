/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Lists of strings that end with NULL. */

/* Frees the strings and the list; NULL is fine. */
void strings_free(char **strings);

/* The same, for _cleanup_(strings_cleanup). */
void strings_cleanup(char ***strings);
