/* SPDX-License-Identifier: Apache-2.0 */
/* When the service looks at the wire. */
#include "agent/service/wire_schedule.h"
#include "tests/unit/unit.h"

#define START  1000u
#define HOUR   UINT64_C(3600000)
#define MINUTE 60000u

/* One look from when it is due. Returns when it has ended. */
static uint64_t look(struct wire_schedule *schedule, bool failed)
{
	uint64_t now = schedule->due;

	assert_true(now != UINT64_MAX);
	wire_schedule_begin(schedule, now);
	assert_true(schedule->due == UINT64_MAX);
	wire_schedule_end(schedule, now + MINUTE, failed);
	return now + MINUTE;
}

static void minute_an_hour(void **state)
{
	struct wire_schedule schedule;

	wire_schedule_start(&schedule, START, HOUR);
	for (unsigned int i = 0; i < 30; i++) {
		assert_int_equal(schedule.due, START + WIRE_SCHEDULE_SOON_MS + i * HOUR);
		look(&schedule, false);
	}
}

/* A look that took too long is followed at once, and not by two. */
static void late_look(void **state)
{
	struct wire_schedule schedule;
	uint64_t now;

	wire_schedule_start(&schedule, START, MINUTE / 2);
	now = look(&schedule, false);
	assert_int_equal(schedule.due, now);
}

/* After a failure it is tried again; a NIC that came may have been what was missing. */
static void failure_is_tried_again(void **state)
{
	struct wire_schedule schedule;
	uint64_t now;

	wire_schedule_start(&schedule, START, HOUR);
	wire_schedule_hurry(&schedule, START + 1);
	assert_int_equal(schedule.due, START + WIRE_SCHEDULE_SOON_MS);
	now = look(&schedule, true);
	assert_int_equal(schedule.due, now + WIRE_SCHEDULE_RETRY_MS);
	wire_schedule_hurry(&schedule, now + 1);
	wire_schedule_hurry(&schedule, now + 2);
	assert_int_equal(schedule.due, now + 1 + WIRE_SCHEDULE_SOON_MS);
	now = look(&schedule, false);
	assert_int_equal(schedule.due, now - MINUTE + HOUR);
	wire_schedule_hurry(&schedule, now + 1);
	assert_int_equal(schedule.due, now - MINUTE + HOUR);
	wire_schedule_begin(&schedule, schedule.due);
	wire_schedule_hurry(&schedule, now + HOUR);
	assert_true(schedule.due == UINT64_MAX);
}

/* But not sooner than what is configured, if that is sooner. */
static void failure_of_a_fast_one(void **state)
{
	struct wire_schedule schedule;
	uint64_t now;

	wire_schedule_start(&schedule, START, 2 * MINUTE);
	now = look(&schedule, true);
	assert_int_equal(schedule.due, now + 2 * MINUTE);
}

static void other_configuration(void **state)
{
	struct wire_schedule schedule;
	uint64_t now;

	wire_schedule_start(&schedule, START, HOUR);
	now = look(&schedule, false);
	wire_schedule_change(&schedule, now, MINUTE);
	assert_int_equal(schedule.due, now + MINUTE);
	wire_schedule_change(&schedule, now, HOUR);
	assert_int_equal(schedule.due, now + MINUTE);
	wire_schedule_begin(&schedule, schedule.due);
	wire_schedule_change(&schedule, now + MINUTE, 2 * HOUR);
	assert_true(schedule.due == UINT64_MAX);
	wire_schedule_end(&schedule, now + 2 * MINUTE, false);
	assert_int_equal(schedule.due, now + MINUTE + 2 * HOUR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(minute_an_hour),	  cmocka_unit_test(late_look),
		cmocka_unit_test(failure_is_tried_again), cmocka_unit_test(failure_of_a_fast_one),
		cmocka_unit_test(other_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
