/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A NIC whose driver never lets go of one feature, beside another program that turns others on; and
 * one with LRO on a node that begins to forward.
 */
#include "agent/facts/facts_json_parse.h"
#include "agent/links/links.h"
#include "agent/reconcile/nic.h"
#include "agent/reconcile/policy_in_force.h"
#include "agent/reconcile/sources.h"
#include "agent/reconcile/trusted_record.h"
#include "agent/record/state_dir.h"
#include "agent/service/drift_guard.h"
#include "agent/service/keeper.h"
#include "cleanup.h"
#include "policy/file/diagnostics.h"
#include "policy/string_list.h"
#include "tests/unit/agent/folder.h"
#include "tests/unit/agent/sample.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IFINDEX 3
#define START	1000u

/* In place of rtnetlink: one VXLAN device. */
int __wrap_links_read(const char *const kinds[], struct link_facts **ret_links,
		      size_t *ret_n_links);
bool __wrap_state_dir_is_current(int directory_fd);
bool __wrap_state_dir_has_lock_file(int file);

int __wrap_links_read(const char *const kinds[], struct link_facts **ret_links, size_t *ret_n_links)
{
	(void)kinds;
	*ret_links = calloc(1, sizeof(**ret_links));
	assert_non_null(*ret_links);
	**ret_links = sample_link(IFINDEX, "flannel.1", "vxlan", ANSWER_NO);
	*ret_n_links = 1;
	return 0;
}

/* In place of the node's settings: does it forward, or is that not to be found out? */
static bool forwards, in_doubt;

void __wrap_nics_look_forwarding(const struct ethtool_nl *handle, struct nic *const nics[],
				 size_t n_nics);

void __wrap_nics_look_forwarding(const struct ethtool_nl *handle, struct nic *const nics[],
				 size_t n_nics)
{
	for (size_t i = 0; i < n_nics; i++) {
		nics[i]->kept_off = (struct feature_mask){0};
		if (forwards || in_doubt)
			nics[i]->kept_off =
				feature_mask_and(nics[i]->recorded, sample_mask(handle, "rx-lro"));
		nics[i]->kept_off_in_doubt = in_doubt;
		strcpy(nics[i]->kept_off_why, "this test says so");
	}
}

/* The folder is the test's own. */
bool __wrap_state_dir_is_current(int directory_fd)
{
	(void)directory_fd;
	return true;
}

bool __wrap_state_dir_has_lock_file(int file)
{
	(void)file;
	return true;
}

struct fixture {
	struct folder folder;
	struct fake_device device;
	struct keeper keeper;
};

static void judge(const struct inspection *inspection)
{
	static const char text[] = "{\"kernel\":{\"release\":\"4.19.118\"},\"kubernetes\":"
				   "{\"present\":true,\"version\":\"v1.18.3\"}}";
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};
	struct policy_in_force *policy = inspection->policy;

	assert_int_equal(
		facts_json_parse(text, strlen(text), "facts", &diagnostics, &policy->facts), 0);
	assert_int_equal(policy_in_force_judge_again(policy, inspection->handle), 0);
	assert_int_equal(policy->judgement.verdict, ANSWER_YES);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct inspection *inspection;
	char config[96];

	assert_non_null(fixture);
	folder_make(&fixture->folder);
	folder_write(&fixture->folder, "agent.conf", "", 0);
	snprintf(config, sizeof(config), "%s/agent.conf", fixture->folder.path);
	fixture->keeper = (struct keeper)KEEPER_NONE;
	fixture->keeper.directory_fd = dup(fixture->folder.fd);
	inspection = &fixture->keeper.inspection;
	inspection->policy = calloc(1, sizeof(*inspection->policy));
	inspection->record = calloc(1, sizeof(*inspection->record));
	assert_true(inspection->policy && inspection->record);
	assert_int_equal(
		policy_in_force_load(&(struct sources){.config = config, .rules = RULES_DIR},
				     inspection->policy),
		0);
	inspection->handle = sample_open(&fixture->device, 1);
	fixture->device = sample_device(inspection->handle, IFINDEX);
	judge(inspection);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	keeper_clear(&fixture->keeper);
	folder_remove(&fixture->folder);
	free(fixture);
	return 0;
}

static bool is_on(const struct fixture *fixture, const char *feature)
{
	struct feature_mask mask = sample_mask(fixture->keeper.inspection.handle, feature);
	struct feature_mask on = feature_mask_and(fixture->device.features.active, mask);

	return !feature_mask_is_empty(&on);
}

/* Somebody turns it on, which is told. */
static void rival_turns_on(struct fixture *fixture, const char *feature)
{
	struct featureset *features = &fixture->device.features;

	features->wanted = feature_mask_or(features->wanted,
					   sample_mask(fixture->keeper.inspection.handle, feature));
	fake_device_recompute(&fixture->device);
	assert_true(is_on(fixture, feature));
	keeper_take_features(&fixture->keeper, IFINDEX, features);
}

/* One that is taken and not done, and one that the driver has fixed. */
static void refuse(struct fixture *fixture, const char *feature, bool fixed)
{
	struct feature_mask mask = sample_mask(fixture->keeper.inspection.handle, feature);
	struct featureset *features = &fixture->device.features;

	if (fixed)
		features->changeable = feature_mask_without(features->changeable, mask);
	else
		fixture->device.stubborn = mask;
}

static void drift_beside_refusal(void **state)
{
	struct fixture *fixture = *state;
	struct keeper *keeper = &fixture->keeper;
	char name[LINK_NAME_SIZE];
	uint64_t now = START;

	keeper_take_loss(keeper);
	keeper_pass(keeper, now);
	assert_true(is_on(fixture, "tx-checksum-sctp"));
	assert_false(is_on(fixture, "rx-checksum"));
	assert_false(is_on(fixture, "tx-checksum-ip-generic"));
	assert_int_equal(keeper->corrections, 0);

	/* What was refused is no drift, however often it is looked at. */
	for (int i = 0; i < 2 * DRIFT_LIMIT; i++) {
		keeper_sweep(keeper);
		keeper_pass(keeper, ++now);
	}
	assert_int_equal(keeper->corrections, 0);
	assert_int_equal(keeper_paused(keeper, now, name), 0);

	/* What drifts is corrected, and counted, and after five times it pauses. */
	for (unsigned int i = 1; i <= DRIFT_LIMIT; i++) {
		rival_turns_on(fixture, i % 2 ? "rx-checksum" : "tx-checksum-ip-generic");
		keeper_pass(keeper, ++now);
		assert_false(is_on(fixture, "rx-checksum"));
		assert_false(is_on(fixture, "tx-checksum-ip-generic"));
		assert_int_equal(keeper->corrections, i);
	}
	rival_turns_on(fixture, "rx-checksum");
	keeper_pass(keeper, ++now);
	assert_true(is_on(fixture, "rx-checksum"));
	assert_int_equal(keeper->corrections, DRIFT_LIMIT);
	assert_int_equal(keeper_paused(keeper, now, name), 1);
	assert_string_equal(name, "flannel.1");

	/* After the pause it is corrected again, the refused one still beside it. */
	now += keeper_wait(keeper, now);
	keeper_pass(keeper, now);
	assert_false(is_on(fixture, "rx-checksum"));
	assert_true(is_on(fixture, "tx-checksum-sctp"));
	assert_int_equal(keeper->corrections, DRIFT_LIMIT + 1);
	assert_int_equal(keeper_paused(keeper, now, name), 0);
	assert_true(keeper_wait(keeper, now) == UINT64_MAX);
}

static void test_taken_and_not_done(void **state)
{
	refuse(*state, "tx-checksum-sctp", false);
	drift_beside_refusal(state);
}

static void test_fixed(void **state)
{
	refuse(*state, "tx-checksum-sctp", true);
	drift_beside_refusal(state);
}

/* The configuration has LRO turned off, too, which the device has on; the first pass does so. */
static void turn_off_lro(struct fixture *fixture)
{
	static char rx_lro[] = "rx-lro", tx[] = "tx";
	const struct inspection *inspection = &fixture->keeper.inspection;
	const struct feature_mask lro = sample_mask(inspection->handle, "rx-lro");

	fixture->device.features.changeable =
		feature_mask_or(fixture->device.features.changeable, lro);
	fixture->device.features.wanted = feature_mask_or(fixture->device.features.wanted, lro);
	fake_device_recompute(&fixture->device);
	inspection->policy->config.turn_off = strings_copy((char *[]){tx, rx_lro, NULL});
	assert_int_equal(policy_in_force_judge_again(inspection->policy, inspection->handle), 0);
	forwards = in_doubt = false;
	keeper_take_loss(&fixture->keeper);
	keeper_pass(&fixture->keeper, START);
	assert_false(is_on(fixture, "rx-lro"));
}

/* What of the device's features is on record. */
static void assert_recorded(const struct fixture *fixture, const char *features)
{
	const struct inspection *inspection = &fixture->keeper.inspection;

	assert_features(inspection->handle, trusted_record_features(inspection->record, IFINDEX),
			features);
}

/* A node that is affected no more gets LRO back only where nothing is forwarded. */
static void cease_to_be_affected(struct fixture *fixture)
{
	const struct inspection *inspection = &fixture->keeper.inspection;

	kubernetes_facts_clear(&inspection->policy->facts.kubernetes);
	inspection->policy->facts.kubernetes.present = ANSWER_NO;
	assert_int_equal(policy_in_force_judge_again(inspection->policy, inspection->handle), 0);
	keeper_take_policy(&fixture->keeper);
	keeper_pass(&fixture->keeper, START + 1);
	assert_true(is_on(fixture, "tx-checksum-ip-generic"));
	assert_recorded(fixture, "");
}

static void test_given_back(void **state)
{
	turn_off_lro(*state);
	cease_to_be_affected(*state);
	assert_true(is_on(*state, "rx-lro"));
}

static void test_kept_off(void **state)
{
	turn_off_lro(*state);
	forwards = true;
	cease_to_be_affected(*state);
	assert_false(is_on(*state, "rx-lro"));
}

/* Another process holds the lock while the device is renamed: its record takes the name over later.
 */
static void test_locked_elsewhere(void **state)
{
	struct fixture *fixture = *state;
	struct keeper *keeper = &fixture->keeper;
	struct link_facts renamed = sample_link(IFINDEX, "other0", "vxlan", ANSWER_NO);
	int holder = state_dir_lock(keeper->directory_fd, 0);
	uint64_t now = START;

	assert_true(holder >= 0);
	state_dir_unlock(holder);
	keeper_take_loss(keeper);
	keeper_pass(keeper, now);
	assert_false(is_on(fixture, "tx-checksum-ip-generic"));
	assert_int_equal(state_dir_lock_file(holder, 0), 0);
	keeper_take_link(keeper, &renamed, false);
	keeper_pass(keeper, ++now);
	assert_true(changes_are_unwritten(&keeper->inspection.record->changes));
	assert_true(keeper_wait(keeper, now) != UINT64_MAX);
	close(holder);
	now += keeper_wait(keeper, now);
	keeper_pass(keeper, now);
	assert_false(changes_are_unwritten(&keeper->inspection.record->changes));
	assert_true(keeper_wait(keeper, now) == UINT64_MAX);
}

/* Nor does a service that stops give it back; what is in doubt is left on record. */
static void test_stop(void **state)
{
	struct fixture *fixture = *state;
	size_t n_left = 7;

	turn_off_lro(fixture);
	in_doubt = true;
	assert_int_equal(keeper_restore(&fixture->keeper, &n_left), 0);
	assert_int_equal(n_left, 1);
	assert_false(is_on(fixture, "rx-lro"));
	assert_true(is_on(fixture, "tx-checksum-ip-generic"));
	assert_recorded(fixture, "rx-lro");
	in_doubt = false;
	forwards = true;
	assert_int_equal(keeper_restore(&fixture->keeper, &n_left), 0);
	assert_int_equal(n_left, 0);
	assert_false(is_on(fixture, "rx-lro"));
	assert_recorded(fixture, "");
}

#define keeper_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		keeper_test(test_taken_and_not_done), keeper_test(test_fixed),
		keeper_test(test_given_back),	      keeper_test(test_kept_off),
		keeper_test(test_locked_elsewhere),   keeper_test(test_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
