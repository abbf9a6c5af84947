/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that lose elements at their ends, beside one that is moved as a whole. */
#include "array.h"
#include "tests/unit/unit.h"

#include <stdbool.h>

#define TURNS 4000

struct list {
	unsigned int *numbers;
	size_t n_numbers, allocated, spared;
};

static void add(struct list *list, unsigned int number)
{
	unsigned int *grown = array_grow_spared(list->numbers, list->n_numbers, &list->allocated,
						&list->spared, sizeof(*grown));

	assert_non_null(grown);
	list->numbers = grown;
	grown[list->n_numbers++] = number;
	assert_true(list->spared + list->n_numbers <= list->allocated);
}

static void take_out(struct list *list, size_t place)
{
	list->numbers = array_remove_spared(list->numbers, list->n_numbers, &list->spared,
					    sizeof(*list->numbers), place);
	list->n_numbers--;
}

/* As many come as go, and now and then all of them, in whatever order. */
static void test_any_order(void **state)
{
	struct list list = {.numbers = NULL};
	static unsigned int plain[TURNS];
	size_t n_plain = 0;

	srand(1);
	for (unsigned int i = 0; i < TURNS; i++) {
		const size_t places[] = {0, n_plain - 1, n_plain ? rand() % n_plain : 0};
		const bool shrinks = n_plain > 0 && (i / 100 % 5 == 4 || rand() % 2);

		if (shrinks) {
			const size_t place = places[rand() % 3];

			take_out(&list, place);
			memmove(plain + place, plain + place + 1,
				(n_plain - place - 1) * sizeof(*plain));
			n_plain--;
		} else {
			add(&list, i);
			plain[n_plain++] = i;
		}
		assert_int_equal(list.n_numbers, n_plain);
		if (n_plain)
			assert_memory_equal(list.numbers, plain, n_plain * sizeof(*plain));
	}
	array_free_spared(list.numbers, list.spared, sizeof(*list.numbers));
}

/* One goes at the front for each that comes: it does not grow for ever. */
static void test_turnover(void **state)
{
	struct list list = {.numbers = NULL};

	for (unsigned int i = 0; i < 100; i++)
		add(&list, i);
	for (unsigned int i = 0; i < 100000; i++) {
		take_out(&list, 0);
		add(&list, i);
	}
	assert_in_range(list.allocated, 100, 400);
	array_free_spared(list.numbers, list.spared, sizeof(*list.numbers));
	array_free_spared(NULL, 0, sizeof(*list.numbers));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_turnover),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
