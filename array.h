/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Arrays: how long they are, and how they grow. */

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
