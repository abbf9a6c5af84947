/* SPDX-License-Identifier: Apache-2.0 */
/* When the facts are looked at again. */
#include "agent/service/detect_schedule.h"
#include "tests/unit/unit.h"

#define START 1000u

/* One look from when it is due; it takes `took` milliseconds. Returns when it has ended. */
static uint64_t look(struct detect_schedule *schedule, uint64_t took, bool changed)
{
	uint64_t now = schedule->due;

	assert_true(now != UINT64_MAX);
	detect_schedule_begin(schedule);
	assert_true(schedule->due == UINT64_MAX);
	now += took;
	detect_schedule_end(schedule, now, changed);
	return now;
}

/* While nothing changes: after 30 s, 1, 2, 4, 8 and then 10 minutes, for ever. */
static void grows_to_ten_minutes(void **state)
{
	const uint64_t pauses[] = {30000, 60000, 120000, 240000, 480000, 600000, 600000, 600000};
	struct detect_schedule schedule;
	uint64_t now = START;

	detect_schedule_start(&schedule, now);
	for (size_t i = 0; i < N_ELEMENTS(pauses); i++) {
		assert_int_equal(schedule.due - now, pauses[i]);
		now = look(&schedule, 100, false);
	}
}

static void change_begins_anew(void **state)
{
	struct detect_schedule schedule;
	uint64_t now = START;

	detect_schedule_start(&schedule, now);
	for (int i = 0; i < 5; i++)
		now = look(&schedule, 100, false);
	now = look(&schedule, 100, true);
	assert_int_equal(schedule.due - now, DETECT_FIRST_MS);
	now = look(&schedule, 100, false);
	assert_int_equal(schedule.due - now, 2 * DETECT_FIRST_MS);
}

/* Events one after the other, each asking for a look in 2 s, do not put it off. */
static void hurry_is_not_put_off(void **state)
{
	struct detect_schedule schedule;

	detect_schedule_start(&schedule, START);
	for (uint64_t now = START; now < START + DETECT_SOON_MS; now += 100)
		detect_schedule_hurry(&schedule, now, DETECT_SOON_MS);
	assert_int_equal(schedule.due, START + DETECT_SOON_MS);
	detect_schedule_hurry(&schedule, START, 0);
	assert_int_equal(schedule.due, START);
	assert_int_equal(look(&schedule, 0, false), START);
	assert_int_equal(schedule.due, START + DETECT_FIRST_MS);
}

/* What changes during a look may have come too late for it: another one follows. */
static void change_during_a_look(void **state)
{
	struct detect_schedule schedule;
	uint64_t now;

	detect_schedule_start(&schedule, START);
	now = schedule.due;
	detect_schedule_begin(&schedule);
	detect_schedule_hurry(&schedule, now + 50, DETECT_SOON_MS);
	detect_schedule_hurry(&schedule, now + 60, 0);
	assert_true(schedule.due == UINT64_MAX);
	detect_schedule_end(&schedule, now + 100, false);
	assert_int_equal(schedule.due, now + 100 + DETECT_SOON_MS);
	now = look(&schedule, 100, false);
	assert_int_equal(schedule.due - now, DETECT_FIRST_MS);
}

/* Looks until `end`, while a device comes every ten seconds. Returns how many looks there were. */
static size_t flap(struct detect_schedule *schedule, uint64_t begin, uint64_t end)
{
	size_t n_looks = 0;

	for (uint64_t now = begin; now < end; now += 10000) {
		detect_schedule_device(schedule, now);
		while (schedule->due < now + 10000) {
			look(schedule, 20, false);
			n_looks++;
		}
	}
	return n_looks;
}

/* One that is made anew all day costs hardly a look more than none: every ten minutes. */
static void devices_back_off(void **state)
{
	struct detect_schedule schedule;
	size_t n_looks;

	detect_schedule_start(&schedule, START);
	assert_true(detect_schedule_device(&schedule, START));
	assert_int_equal(schedule.due, START + DETECT_SOON_MS);
	assert_false(detect_schedule_device(&schedule, START + 100));
	assert_int_equal(schedule.due, START + DETECT_SOON_MS);
	assert_true(look(&schedule, 0, false) == START + DETECT_SOON_MS);
	/* Another one, too late for that look, has one of its own. */
	assert_false(detect_schedule_device(&schedule, START + 3000));
	assert_int_equal(schedule.due, START + DETECT_SOON_MS + DETECT_DEVICE_MS);
	n_looks = flap(&schedule, START + 10000, START + 3600000);
	assert_in_range(n_looks, 10, 20);
	n_looks = flap(&schedule, START + 3600000, START + 24 * 3600000);
	assert_in_range(n_looks, 23 * 6 - 3, 23 * 6 + 3);
	/* After a rest it is as at first. */
	assert_true(detect_schedule_device(&schedule, START + 24 * 3600000 + DETECT_LAST_MS));
}

/* What comes during a look is looked at after it, but no sooner than otherwise. */
static void device_during_a_look(void **state)
{
	struct detect_schedule schedule;
	uint64_t now;

	detect_schedule_start(&schedule, START);
	assert_true(detect_schedule_device(&schedule, START));
	now = schedule.due;
	detect_schedule_begin(&schedule);
	assert_false(detect_schedule_device(&schedule, now + 10));
	assert_true(schedule.due == UINT64_MAX);
	detect_schedule_end(&schedule, now + 20, false);
	assert_int_equal(schedule.due, now + DETECT_DEVICE_MS);
	look(&schedule, 20, false);
	assert_in_range(schedule.due, now + 2 * DETECT_DEVICE_MS, UINT64_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_to_ten_minutes), cmocka_unit_test(change_begins_anew),
		cmocka_unit_test(hurry_is_not_put_off), cmocka_unit_test(change_during_a_look),
		cmocka_unit_test(devices_back_off),	cmocka_unit_test(device_during_a_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
