/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/unit/agent/columns.h"

#include "tests/unit/unit.h"

#include <string.h>

bool columns_split(char *line, char *columns[], size_t n_columns)
{
	size_t n_found = 0;

	line[strcspn(line, "\n")] = '\0';
	if (*line == '#')
		return false;
	for (char *at = line; at; n_found++) {
		char *part = strsep(&at, "\t");

		if (n_found < n_columns)
			columns[n_found] = part;
	}
	if (n_found != n_columns)
		fail_msg("%zu columns instead of %zu: %s", n_found, n_columns, line);
	return true;
}
