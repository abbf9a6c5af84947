/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/reconcile/nic.h"
#include "tests/unit/agent/sample.h"
#include "tests/unit/unit.h"

#include <errno.h>

/* Beyond the first 64, where a mistake in the width of a word shows. */
#define BIT 70u

static struct feature_mask when(bool is_set)
{
	struct feature_mask mask = {0};

	if (is_set)
		feature_mask_add(&mask, BIT);
	return mask;
}

/* Every word of "outcome", and when there is none. */
static void test_outcome(void **state)
{
	static const struct {
		const char *outcome;
		int error;
		bool changeable, wanted, active, target, recorded, refused;
	} cases[] = {
		/* error, changeable, wanted, active, target, recorded, refused */
		{"off", 0, true, false, false, true, true, false},
		{"off", 0, true, false, false, false, true, false},
		{"off", 0, true, false, false, true, true, true},
		{"already-off", 0, true, false, false, true, false, false},
		{"already-off", 0, false, false, false, true, false, false},
		{"already-off", 0, false, true, false, true, false, false},
		{"fixed-on", 0, false, true, true, true, false, false},
		{"fixed-on", 0, false, false, true, true, false, false},
		{"fixed-on", 0, false, true, true, true, true, true},
		{"refused", 0, true, true, true, true, false, true},
		{"refused", 0, true, false, true, true, false, true},
		{"refused", 0, true, true, true, true, true, true},
		{"drifted", 0, true, true, true, true, true, false},
		{"drifted", 0, true, true, false, true, true, false},
		{"drifted", 0, true, true, true, false, true, false},
		{"gone", -ENODEV, true, true, true, true, false, false},
		{"gone", -ENODEV, true, false, false, false, false, false},
		{NULL, 0, true, true, true, true, false, false}, /* to be done */
		{NULL, 0, true, true, true, false, false, false}, /* no business of ours */
		{NULL, 0, true, false, false, false, false, false},
		{NULL, -EIO, true, false, false, true, true, false},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		const struct nic nic = {
			.error = cases[i].error,
			.features = {.changeable = when(cases[i].changeable),
				     .wanted = when(cases[i].wanted),
				     .active = when(cases[i].active)},
			.plan = {.target = when(cases[i].target)},
			.recorded = when(cases[i].recorded),
			.refused = when(cases[i].refused),
		};
		const char *outcome = nic_outcome(&nic, BIT);

		if (cases[i].outcome)
			assert_string_equal(outcome ? outcome : "none", cases[i].outcome);
		else
			assert_null(outcome);
	}
}

static void test_has_todo(void **state)
{
	struct nic nic = {0};

	assert_false(nic_has_todo(&nic));
	nic.todo.turn_off = when(true);
	assert_true(nic_has_todo(&nic));
	nic.todo.turn_off = when(false);
	nic.todo.give_back = when(true);
	assert_true(nic_has_todo(&nic));
	assert_true(nic_concerns_record(&nic));
	nic.todo.give_back = when(false);
	assert_false(nic_concerns_record(&nic));
	nic.todo.is_back = when(true);
	assert_false(nic_has_todo(&nic));
	assert_true(nic_concerns_record(&nic));
}

/* Restoring: what is recorded, less what somebody turned on again; nothing if it is unreadable. */
static void test_todo_restore(void **state)
{
	struct fake_device device = {0};
	struct ethtool_nl *handle = sample_open(&device, 1);
	struct nic nic = {.recorded = sample_mask(handle, "rx-checksum tx-checksum-sctp"),
			  .plan = {.target = sample_mask(handle, "rx tx")}};
	struct todo todo;

	nic.features.wanted = sample_mask(handle, "rx-checksum tx-scatter-gather");
	todo = nic_todo_restore(&nic);
	assert_features(handle, todo.give_back, "tx-checksum-sctp");
	assert_features(handle, todo.turn_off, "");
	assert_features(handle, todo.is_back, "rx-checksum");
	nic.error = -EIO;
	todo = nic_todo_restore(&nic);
	assert_features(handle, todo.give_back, "");
	assert_features(handle, todo.is_back, "");
	ethtool_nl_close(handle);
}

/* What must stay off is not given back: for good, or until it is known that it may be. */
static void test_kept_off(void **state)
{
	struct fake_device device = {0};
	struct ethtool_nl *handle = sample_open(&device, 1);
	struct nic nic = {.recorded = sample_mask(handle, "rx-checksum rx-lro")};
	struct todo todo;

	nic.kept_off = sample_mask(handle, "rx-lro");
	nic.todo = todo = nic_todo_restore(&nic);
	assert_features(handle, todo.give_back, "rx-checksum");
	assert_features(handle, todo.stays_off, "rx-lro");
	assert_features(handle, todo.is_back, "rx-lro");
	nic.todo.give_back = (struct feature_mask){0};
	assert_true(nic_has_outcome(&nic));
	nic.kept_off_in_doubt = true;
	todo = nic_todo_restore(&nic);
	assert_features(handle, todo.stays_off, "rx-lro");
	assert_features(handle, todo.is_back, "");
	assert_false(nic_has_outcome(&nic));
	/* Another program turned it on: nothing is to be kept off. */
	nic.features.wanted = sample_mask(handle, "rx-lro");
	todo = nic_todo_restore(&nic);
	assert_features(handle, todo.stays_off, "");
	assert_features(handle, todo.is_back, "rx-lro");
	ethtool_nl_close(handle);
}

static void test_shown_features(void **state)
{
	struct fake_device device = {0};
	struct ethtool_nl *handle = sample_open(&device, 1);
	struct nic nic = {.plan = {.shown = sample_mask(handle, "rx tx")}};

	device = sample_device(handle, 1);
	nic.features = device.features;
	/* tx-checksum-ipv4 is off for ever; sg and tso are nobody's business */
	assert_features(handle, nic_shown_features(&nic),
			"tx-checksum-ip-generic rx-checksum tx-checksum-sctp");
	nic.recorded = sample_mask(handle, "tx-scatter-gather");
	assert_features(handle, nic_shown_features(&nic),
			"tx-scatter-gather tx-checksum-ip-generic rx-checksum tx-checksum-sctp");
	/* fixed, but on */
	nic.features.changeable = (struct feature_mask){0};
	nic.features.wanted = (struct feature_mask){0};
	nic.features.active = sample_mask(handle, "rx-checksum");
	assert_features(handle, nic_shown_features(&nic), "rx-checksum");
	ethtool_nl_close(handle);
}

/* What fell with the targets: wanted, not active, not asked for; only while a target is off. */
static void test_side_effects(void **state)
{
	struct fake_device device = {0};
	struct ethtool_nl *handle = sample_open(&device, 1);
	struct nic nic = {.plan = {.target = sample_mask(handle, "tx")}};

	device = sample_device(handle, 1);
	nic.features = device.features;
	nic.features.active = feature_mask_without(nic.features.active, sample_mask(handle, "tso"));
	assert_features(handle, nic_side_effects(&nic), "");

	nic.features.active = sample_mask(handle, "rx-checksum tx-scatter-gather");
	assert_features(handle, nic_side_effects(&nic),
			"tx-tcp-segmentation tx-tcp6-segmentation rx-gro");
	/* a feature that nobody wanted did not fall */
	nic.features.wanted =
		feature_mask_without(nic.features.wanted, sample_mask(handle, "rx-gro"));
	assert_features(handle, nic_side_effects(&nic), "tx-tcp-segmentation tx-tcp6-segmentation");
	/* what is recorded counts like a target */
	nic.plan.target = (struct feature_mask){0};
	assert_features(handle, nic_side_effects(&nic), "");
	nic.recorded = sample_mask(handle, "tx-checksum-ip-generic");
	assert_features(handle, nic_side_effects(&nic),
			"tx-tcp-segmentation tx-tcp6-segmentation tx-checksum-sctp");
	ethtool_nl_close(handle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outcome),	       cmocka_unit_test(test_has_todo),
		cmocka_unit_test(test_todo_restore),   cmocka_unit_test(test_kept_off),
		cmocka_unit_test(test_shown_features), cmocka_unit_test(test_side_effects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
