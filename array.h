/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Arrays: how long they are, how they grow, and where in a sorted one something is. */

#include <stdlib.h>

/* How many elements an array has; not for a pointer to the first of them. */
#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Makes room for one more element behind the `n_elements` of an array that was allocated for
 * `*allocated`: twice as much as there was, so that growing costs the same however long it gets.
 * Returns the array, which may have moved, or NULL when memory is short; then the old one stands.
 */
static inline void *array_grow(void *array, size_t n_elements, size_t *allocated,
			       size_t element_size)
{
	size_t more = *allocated ? 2 * *allocated : 32;
	void *grown;

	if (n_elements < *allocated)
		return array;
	grown = reallocarray(array, more, element_size);
	if (grown)
		*allocated = more;
	return grown;
}

/*
 * The place in a sorted array of the first element that is not below the key, `n_elements` when all
 * are. `compare` is that of bsearch(3): the key comes first.
 */
static inline size_t array_lower_bound(const void *key, const void *array, size_t n_elements,
				       size_t element_size,
				       int (*compare)(const void *key, const void *element))
{
	size_t low = 0, high = n_elements;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(key, (const char *)array + middle * element_size) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Less than, equal to or greater than 0, for numbers whose difference may not fit. */
static inline int compare_numbers(unsigned long long one, unsigned long long other)
{
	return (one > other) - (one < other);
}
