/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Arrays: how long they are, how they grow, and where in a sorted one something is. */

#include <stdlib.h>
#include <string.h>

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
 * Arrays that lose elements mostly at an end, in whatever order: `*spared` elements were lost at
 * the front, whose places are free in front of the array.
 */

/* array_grow() of such a one. Returns where it begins then, or NULL; then the old one stands. */
static inline void *array_grow_spared(void *array, size_t n_elements, size_t *allocated,
				      size_t *spared, size_t element_size)
{
	char *memory = array ? (char *)array - *spared * element_size : NULL;

	if (*spared + n_elements < *allocated)
		return array;
	if (*spared > n_elements / 2) {
		memmove(memory, array, n_elements * element_size);
		*spared = 0;
		return memory;
	}
	memory = array_grow(memory, *allocated, allocated, element_size);
	return memory ? memory + *spared * element_size : NULL;
}

/* Removes the element at that place: the fewer others move. Returns where the array begins then. */
static inline void *array_remove_spared(void *array, size_t n_elements, size_t *spared,
					size_t element_size, size_t place)
{
	char *begin = array, *removed = begin + place * element_size;
	const size_t n_behind = n_elements - 1 - place;

	if (place >= n_behind) {
		memmove(removed, removed + element_size, n_behind * element_size);
		return begin;
	}
	memmove(begin + element_size, begin, place * element_size);
	++*spared;
	return begin + element_size;
}

static inline void array_free_spared(void *array, size_t spared, size_t element_size)
{
	free(array ? (char *)array - spared * element_size : NULL);
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
