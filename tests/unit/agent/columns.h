/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Tables of the tests' data: lines of columns between tabs. */

#include <stdbool.h>
#include <stddef.h>

/*
 * Cuts a line at its tabs, in place: `columns` point into it. Returns false for a comment; fails
 * the test when it has another number of columns.
 */
bool columns_split(char *line, char *columns[], size_t n_columns);
