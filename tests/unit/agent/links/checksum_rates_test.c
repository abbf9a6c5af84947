/* SPDX-License-Identifier: Apache-2.0 */
/* The rise of the counters of wrong checksums: what two readings say, and when they say nothing. */
#include "agent/links/checksum_rates.h"
#include "tests/unit/unit.h"

#define HOST	  4026531840
#define SOME_TIME 1000

/* A reading so many milliseconds after the first one. */
static struct checksum_reading reading(uint64_t after_ms, uint64_t udp, uint64_t udp6, uint64_t tcp)
{
	return (struct checksum_reading){
		.counters = {.known = true, .udp = udp, .udp6 = udp6, .tcp = tcp},
		.time_ms = SOME_TIME + after_ms,
		.network_namespace = HOST,
	};
}

static void assert_rates(const struct checksum_rates *rates, uint64_t udp, uint64_t tcp)
{
	assert_true(rates->known);
	assert_true(rates->udp == udp);
	assert_true(rates->tcp == tcp);
}

static void test_arithmetic(void **state)
{
	const struct {
		struct checksum_reading next;
		uint64_t udp, tcp;
	} cases[] = {
		{reading(60000, 100, 10, 5), 0, 0},
		{reading(60000, 107, 12, 6), 9, 1},
		{reading(10000, 101, 10, 7), 6, 12},
		{reading(300000, 110, 10, 5), 2, 0},
		/* to the nearest, and a half upwards */
		{reading(300000, 102, 10, 8), 0, 1},
		{reading(120000, 101, 10, 5), 1, 0},
		{reading(120001, 101, 10, 5), 0, 0},
		{reading(90000, 102, 10, 9), 1, 3},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct checksum_reading before = reading(0, 100, 10, 5);
		struct checksum_rates rates = {.known = false};

		assert_true(checksum_rates_take(&rates, &before, &cases[i].next));
		assert_rates(&rates, cases[i].udp, cases[i].tcp);
		assert_true(before.time_ms == cases[i].next.time_ms);
	}
}

/* The most that counts as a rise is multiplied without an overflow; more than that is no rise. */
static void test_limits(void **state)
{
	const uint64_t most = INT64_MAX / 60000 / 4;
	struct checksum_reading before = reading(0, 0, 0, 0);
	struct checksum_reading next = reading(10000, most, most, most);
	struct checksum_rates rates = {.known = false};

	assert_true(checksum_rates_take(&rates, &before, &next));
	assert_rates(&rates, 12 * most, 6 * most);
	next = reading(20000, most, 2 * most + 1, most);
	assert_true(checksum_rates_take(&rates, &before, &next));
	assert_false(rates.known);
	next = reading(30000, UINT64_MAX, 0, 0);
	assert_false(checksum_rates_take(&rates, &before, &next));
	assert_false(rates.known);
}

static void test_first_reading(void **state)
{
	struct checksum_reading before = {.time_ms = 0};
	struct checksum_reading next = reading(0, 100, 10, 5);
	struct checksum_rates rates = {.known = false};

	assert_false(checksum_rates_take(&rates, &before, &next));
	assert_false(rates.known);
	next = reading(10000, 100, 10, 6);
	assert_true(checksum_rates_take(&rates, &before, &next));
	assert_rates(&rates, 0, 6);
}

/* Only another rate is news, however the counters go on. */
static void test_same_rate(void **state)
{
	struct checksum_reading before = reading(0, 100, 10, 5);
	struct checksum_reading next = reading(60000, 103, 10, 5);
	struct checksum_rates rates = {.known = false};

	assert_true(checksum_rates_take(&rates, &before, &next));
	next = reading(120000, 103, 13, 5);
	assert_false(checksum_rates_take(&rates, &before, &next));
	assert_rates(&rates, 3, 0);
	next = reading(180000, 103, 13, 5);
	assert_true(checksum_rates_take(&rates, &before, &next));
	assert_rates(&rates, 0, 0);
}

/* Readings that come too soon are passed over, until one is late enough: nothing is lost. */
static void test_too_soon(void **state)
{
	struct checksum_reading before = reading(0, 100, 10, 5);
	struct checksum_reading next = reading(60000, 103, 10, 5);
	struct checksum_rates rates = {.known = false};

	assert_true(checksum_rates_take(&rates, &before, &next));
	for (uint64_t after_ms = 60000; after_ms < 70000; after_ms += 3333) {
		next = reading(after_ms, 1000, 10, 5);
		assert_false(checksum_rates_take(&rates, &before, &next));
		assert_rates(&rates, 3, 0);
	}
	next = reading(70000, 1003, 10, 5);
	assert_true(checksum_rates_take(&rates, &before, &next));
	assert_rates(&rates, 5400, 0);
}

/* What cannot be compared says nothing, and what comes next is compared with it; also soon. */
static void test_not_comparable(void **state)
{
	struct checksum_reading cases[] = {
		reading(90000, 102, 10, 5), /* set back, one of them */
		reading(90000, 103, 9, 5),   reading(90000, 103, 10, 4), reading(60001, 0, 0, 0),
		reading(90000, 200, 20, 10), reading(90000, 0, 0, 0),	 reading(0, 103, 10, 5),
	};

	cases[4].network_namespace = HOST + 1;
	cases[5].counters.known = false;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct checksum_reading before = reading(0, 100, 10, 5);
		struct checksum_reading next = reading(60000, 103, 10, 5);
		struct checksum_rates rates = {.known = false};

		assert_true(checksum_rates_take(&rates, &before, &next));
		assert_true(checksum_rates_take(&rates, &before, &cases[i]));
		assert_false(rates.known);
		next = cases[i];
		next.time_ms += 60000;
		next.counters.tcp += 2;
		assert_true(checksum_rates_take(&rates, &before, &next) == next.counters.known);
		assert_int_equal(rates.known, next.counters.known);
		if (rates.known)
			assert_rates(&rates, 0, 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arithmetic),    cmocka_unit_test(test_limits),
		cmocka_unit_test(test_first_reading), cmocka_unit_test(test_same_rate),
		cmocka_unit_test(test_too_soon),      cmocka_unit_test(test_not_comparable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
