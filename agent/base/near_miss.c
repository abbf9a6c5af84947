/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/base/near_miss.h"

#include <stddef.h>
#include <string.h>

/* Longer ones are none of the words that are asked for. */
#define LENGTH_MAX 64

static unsigned int smaller(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* How many slips lie between the two, which have at most LENGTH_MAX characters each. */
static unsigned int count_slips(const char *a, const char *b)
{
	unsigned int rows[3][LENGTH_MAX + 1] = {{0}};
	const size_t length = strlen(b);

	for (size_t j = 0; j <= length; j++)
		rows[0][j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		unsigned int *row = rows[i % 3];
		const unsigned int *before = rows[(i + 2) % 3], *twice_before = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			row[j] = smaller(smaller(before[j], row[j - 1]) + 1,
					 before[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = smaller(row[j], twice_before[j - 2] + 1);
		}
	}
	return rows[strlen(a) % 3][length];
}

const char *near_miss(const char *text, const char *const words[])
{
	unsigned int fewest = 1 + strlen(text) / 6;
	const char *nearest = NULL;

	if (strlen(text) > LENGTH_MAX)
		return NULL;
	for (size_t i = 0; words[i]; i++) {
		unsigned int slips;

		if (strlen(words[i]) > LENGTH_MAX)
			continue;
		slips = count_slips(text, words[i]);
		if (slips < fewest || (slips == fewest && !nearest)) {
			fewest = slips;
			nearest = words[i];
		}
	}
	return nearest;
}
