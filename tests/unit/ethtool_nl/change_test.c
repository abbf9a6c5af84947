/* SPDX-License-Identifier: Apache-2.0 */
#include "ethtool_nl/change.h"
#include "ethtool_nl/feature_mask.h"
#include "tests/fake/outcome.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

/* One feature, bit CSUM, and one that depends on it, bit TSO: all cases of a single request. */
#define CSUM 70u
#define TSO  3u

static struct feature_mask when(bool on, unsigned int bit)
{
	struct feature_mask mask = {0};

	if (on)
		feature_mask_add(&mask, bit);
	return mask;
}

static struct ethtool_nl_change make_change(bool changeable, bool wanted, bool active, bool value)
{
	struct ethtool_nl_change change = {
		.mask = when(true, CSUM),
		.values = when(value, CSUM),
		.before =
			{
				.changeable =
					feature_mask_or(when(changeable, CSUM), when(true, TSO)),
				.wanted = feature_mask_or(when(wanted, CSUM), when(true, TSO)),
				.active = feature_mask_or(when(active, CSUM), when(true, TSO)),
			},
		.error = -EIO,
		.message = "left over",
	};

	change_begin(&change);
	return change;
}

static void test_begin(void **state)
{
	struct ethtool_nl_change change = make_change(true, true, true, false);

	assert_int_equal(change.error, 0);
	assert_string_equal(change.message, "");
	assert_memory_equal(&change.after, &change.before, sizeof(change.after));
}

static void test_needed(void **state)
{
	static const struct {
		bool changeable, wanted, active, value, needed;
	} cases[] = {
		{true, true, true, false, true},    {true, true, true, true, false},
		{true, false, false, false, false}, {true, true, false, false, true},
		{true, false, true, false, true},   {false, true, true, false, false},
		{false, false, false, true, false}, {true, false, false, true, true},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct ethtool_nl_change change = make_change(cases[i].changeable, cases[i].wanted,
							      cases[i].active, cases[i].value);
		struct feature_mask requested = change_requested(&change);

		assert_int_equal(change_is_needed(&change), cases[i].needed);
		assert_int_equal(feature_mask_has(&requested, CSUM), cases[i].changeable);
	}
}

static void test_outcome(void **state)
{
	static const struct {
		bool changeable, wanted, active, value;
		int error;
		bool active_after;
		enum feature_outcome outcome;
	} cases[] = {
		{true, true, true, false, 0, false, FEATURE_CHANGED},
		{true, true, true, false, 0, true, FEATURE_REFUSED},
		{true, false, false, false, 0, false, FEATURE_ALREADY},
		/* A tap: off, but wished on. That the wish changed counts. */
		{true, true, false, false, 0, false, FEATURE_CHANGED},
		{true, false, false, true, 0, false, FEATURE_REFUSED},
		{true, false, false, true, 0, true, FEATURE_CHANGED},
		{false, true, true, false, 0, true, FEATURE_FIXED},
		{false, false, false, false, 0, false, FEATURE_ALREADY},
		/* Some drivers have it active without a wish. */
		{false, false, true, true, 0, true, FEATURE_ALREADY},
		{true, true, true, false, -EPERM, true, FEATURE_REFUSED},
		{false, true, true, false, -EPERM, true, FEATURE_FIXED},
		{false, false, false, false, -EPERM, false, FEATURE_ALREADY},
		{true, true, true, false, -ENODEV, true, FEATURE_GONE},
		{false, true, true, false, -ENODEV, true, FEATURE_GONE},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct ethtool_nl_change change = make_change(cases[i].changeable, cases[i].wanted,
							      cases[i].active, cases[i].value);

		change.error = cases[i].error;
		change.after.active = when(cases[i].active_after, CSUM);
		assert_int_equal(outcome_of(&change, CSUM), cases[i].outcome);
	}
}

static void test_settle(void **state)
{
	struct feature_mask side_effects;
	struct ethtool_nl_change change = make_change(true, true, true, false);
	struct featureset after = change.before;
	struct feature_mask tso = when(true, TSO);

	after.wanted = tso;
	after.active = when(false, 0);
	change_settle(&change, &after);
	assert_memory_equal(&change.after, &after, sizeof(after));
	side_effects = outcome_side_effects(&change);
	assert_true(feature_mask_equal(&side_effects, &tso));
	assert_int_equal(outcome_of(&change, CSUM), FEATURE_CHANGED);
}

/* The kernel's reply and a second reading must come to the same. */
static void test_settle_by_reply(void **state)
{
	struct ethtool_nl_change by_reply = make_change(true, true, true, false);
	struct ethtool_nl_change by_reading = by_reply;
	struct feature_difference reply = {
		.changed = feature_mask_or(when(true, CSUM), when(true, TSO)),
	};
	struct featureset after = by_reply.before;

	after.wanted = when(true, TSO);
	after.active = when(false, 0);
	change_settle(&by_reading, &after);
	assert_true(change_settle_by_reply(&by_reply, &reply));
	assert_memory_equal(&by_reply.after, &by_reading.after, sizeof(after));
}

static void test_settle_not_taken(void **state)
{
	struct feature_mask side_effects;
	struct ethtool_nl_change change = make_change(true, true, true, false);
	struct feature_difference reply = {.not_taken = when(true, CSUM)};

	assert_true(change_settle_by_reply(&change, &reply));
	assert_true(feature_mask_has(&change.after.active, CSUM));
	assert_false(feature_mask_has(&change.after.wanted, CSUM));
	side_effects = outcome_side_effects(&change);
	assert_true(feature_mask_is_empty(&side_effects));
	assert_int_equal(outcome_of(&change, CSUM), FEATURE_REFUSED);
}

/* A reply that does not fit what was read before is not made into an answer. */
static void test_settle_stale_before(void **state)
{
	struct ethtool_nl_change was_on = make_change(true, true, false, false);
	struct ethtool_nl_change was_off = make_change(true, true, true, false);
	struct feature_difference changed = {.changed = when(true, CSUM)};
	struct feature_difference unchanged = {.changed = when(false, 0)};

	assert_false(change_settle_by_reply(&was_on, &changed));
	assert_false(change_settle_by_reply(&was_off, &unchanged));
	assert_memory_equal(&was_on.after, &was_on.before, sizeof(was_on.after));
	assert_memory_equal(&was_off.after, &was_off.before, sizeof(was_off.after));
}

static void test_fail(void **state)
{
	struct ethtool_nl_change change = make_change(true, true, true, false);
	char text[2 * ETHTOOL_NL_MESSAGE_SIZE];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	change_fail(&change, -EINVAL, text);
	assert_int_equal(change.error, -EINVAL);
	assert_int_equal(strlen(change.message), ETHTOOL_NL_MESSAGE_SIZE - 1);
	change_begin(&change);
	change_fail(&change, -ENODEV, NULL);
	assert_int_equal(change.error, -ENODEV);
	assert_string_equal(change.message, "");
}

static void test_lose(void **state)
{
	struct ethtool_nl_change change = make_change(true, true, true, false);

	change_lose(&change, -ENOMEM);
	assert_int_equal(change.error, -ENOMEM);
	assert_true(change.in_doubt);
	change_begin(&change);
	assert_false(change.in_doubt);
	change_lose(&change, -ENODEV);
	assert_false(change.in_doubt);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_begin),
		cmocka_unit_test(test_needed),
		cmocka_unit_test(test_outcome),
		cmocka_unit_test(test_settle),
		cmocka_unit_test(test_settle_by_reply),
		cmocka_unit_test(test_settle_not_taken),
		cmocka_unit_test(test_settle_stale_before),
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_lose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
