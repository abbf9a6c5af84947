/* SPDX-License-Identifier: Apache-2.0 */
/* How often one NIC may be corrected. */
#include "agent/service/drift_guard.h"
#include "tests/unit/unit.h"

#define START 1000u

/* `n` drifts, `apart` milliseconds between them, all corrected. Returns the time of the last. */
static uint64_t correct(struct drift_guard *guard, uint64_t now, int n, uint64_t apart)
{
	for (int i = 0; i < n; i++) {
		if (i > 0)
			now += apart;
		assert_true(drift_guard_allow(guard, now));
		assert_int_equal(drift_guard_wait(guard, now), 0);
	}
	return now;
}

static void five_a_minute_for_ever(void **state)
{
	struct drift_guard guard = {0};

	correct(&guard, START, 1000, DRIFT_WINDOW_MS / DRIFT_LIMIT);
}

static void sixth_in_a_minute_backs_off(void **state)
{
	struct drift_guard guard = {0};
	uint64_t now = correct(&guard, START, DRIFT_LIMIT, 1) + 1;

	assert_false(drift_guard_allow(&guard, now));
	assert_int_equal(drift_guard_wait(&guard, now), DRIFT_BACKOFF_MS);
	assert_false(drift_guard_allow(&guard, now + DRIFT_BACKOFF_MS - 1));
	assert_int_equal(drift_guard_wait(&guard, now + DRIFT_BACKOFF_MS - 1), 1);
	assert_true(drift_guard_allow(&guard, now + DRIFT_BACKOFF_MS));
}

/* It goes on: one correction after each backoff, each twice as long, to five minutes. */
static void backoffs_double(void **state)
{
	const uint64_t backoffs[] = {10000, 20000, 40000, 80000, 160000, 300000, 300000};
	struct drift_guard guard = {0};
	uint64_t now = correct(&guard, START, DRIFT_LIMIT, 1);

	for (size_t i = 0; i < N_ELEMENTS(backoffs); i++) {
		now += 1;
		assert_false(drift_guard_allow(&guard, now));
		assert_int_equal(drift_guard_wait(&guard, now), backoffs[i]);
		now += backoffs[i];
		assert_true(drift_guard_allow(&guard, now));
	}
}

/* A quiet minute after the backoff: it has stopped, and the next time begins anew. */
static void peace_forgives(void **state)
{
	struct drift_guard guard = {0};
	uint64_t now = correct(&guard, START, DRIFT_LIMIT, 1);

	assert_false(drift_guard_allow(&guard, now));
	now += DRIFT_BACKOFF_MS;
	assert_true(drift_guard_allow(&guard, now));
	now = correct(&guard, now + DRIFT_WINDOW_MS, DRIFT_LIMIT, 1);
	assert_false(drift_guard_allow(&guard, now));
	assert_int_equal(drift_guard_wait(&guard, now), DRIFT_BACKOFF_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_a_minute_for_ever),
		cmocka_unit_test(sixth_in_a_minute_backs_off),
		cmocka_unit_test(backoffs_double),
		cmocka_unit_test(peace_forgives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
