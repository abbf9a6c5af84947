/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/utc_time.h"
#include "tests/unit/unit.h"

#include <stdint.h>

static void test_format(void **state)
{
	char text[UTC_TIME_SIZE];

	utc_time_format(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
	utc_time_format(1591012800, text);
	assert_string_equal(text, "2020-06-01T12:00:00Z");
	/* A year that is no int. */
	utc_time_format(INT64_MAX, text);
	assert_string_equal(text, "");
	/* One that is, but has no room. */
	utc_time_format(INT64_C(1) << 55, text);
	assert_string_equal(text, "");
}

static void test_parse(void **state)
{
	static const char *const bad[] = {"",
					  "2020-06-01",
					  "2020-06-01T12:00:00",
					  "yesterday",
					  "2020-06-01T12:00:00Z ",
					  "2020-13-01T12:00:00Z"};
	time_t moment = 0;

	assert_true(utc_time_parse("2020-06-01T12:00:00Z", &moment));
	assert_int_equal(moment, 1591012800);
	for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
		moment = 42;
		assert_false(utc_time_parse(bad[i], &moment));
		assert_int_equal(moment, 42);
	}
}

static void test_now(void **state)
{
	time_t before = time(NULL), moment = 0;
	char text[UTC_TIME_SIZE];

	utc_time_now(text);
	assert_true(utc_time_parse(text, &moment));
	assert_in_range(moment, before, time(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
