/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/reconcile/nic.h"
#include "agent/reconcile/reconcile.h"
#include "agent/record/changes_file.h"
#include "cleanup.h"
#include "ethtool_nl/backend.h"
#include "ethtool_nl/change.h"
#include "tests/fake/outcome.h"
#include "tests/unit/agent/folder.h"
#include "tests/unit/agent/sample.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define RECORD "changes.json"
#define CSUMS  "tx-checksum-ip-generic rx-checksum tx-checksum-sctp" /* by bit */
#define N_NICS 2u

static const struct network_namespace here = {7, 70}, elsewhere = {8, 80};

/* Two VXLAN devices with everything on, and an empty record. */
struct fixture {
	struct folder folder;
	struct fake_device devices[N_NICS];
	struct ethtool_nl *handle;
	struct nic nics[N_NICS];
	struct nic *all[N_NICS];
	struct changes changes;
	struct reconciler reconciler;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	folder_make(&fixture->folder);
	fixture->handle = sample_open(fixture->devices, N_NICS);
	for (unsigned int i = 0; i < N_NICS; i++) {
		const char *name = i ? "flannel.2" : "flannel.1";

		fixture->devices[i] = sample_device(fixture->handle, 3 + i);
		fixture->nics[i].link = sample_link(3 + i, name, "vxlan", ANSWER_YES);
		fixture->nics[i].features = fixture->devices[i].features;
		fixture->all[i] = &fixture->nics[i];
	}
	fixture->reconciler = (struct reconciler){
		.handle = fixture->handle,
		.directory_fd = fixture->folder.fd,
		.network_namespace = here,
		.changes = &fixture->changes,
	};
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	changes_clear(&fixture->changes);
	ethtool_nl_close(fixture->handle);
	folder_remove(&fixture->folder);
	free(fixture);
	return 0;
}

static void plan(struct fixture *fixture, size_t i, const char *turn_off, const char *give_back)
{
	fixture->nics[i].todo.turn_off = sample_mask(fixture->handle, turn_off);
	fixture->nics[i].todo.give_back = sample_mask(fixture->handle, give_back);
}

static struct reconcile_outcome run(struct fixture *fixture)
{
	return reconcile(&fixture->reconciler, fixture->all, N_NICS);
}

static void assert_outcome(struct reconcile_outcome outcome, size_t n_asked, size_t n_changed,
			   size_t n_forbidden)
{
	assert_int_equal(outcome.n_asked, n_asked);
	assert_int_equal(outcome.n_changed, n_changed);
	assert_int_equal(outcome.n_forbidden, n_forbidden);
	assert_int_equal(outcome.record_error, 0);
	assert_int_equal(outcome.set_error, 0);
	assert_int_equal(outcome.late_error, 0);
}

/* What the file says that was turned off on a NIC; "" when it does not name it. */
static void assert_on_disk(const struct fixture *fixture, size_t i, const char *features)
{
	_cleanup_(changes_clear) struct changes changes = {0};
	const struct changed_nic *record;

	assert_int_equal(changes_file_load(fixture->folder.fd, fixture->handle, &changes), 0);
	changes_meet(&changes, fixture->reconciler.network_namespace, &fixture->nics[i].link, 1);
	record = changes_find(&changes, fixture->nics[i].link.ifindex);
	assert_features(fixture->handle, record ? record->features : (struct feature_mask){0},
			features);
}

/* Turns `features` off on a NIC, in an earlier run. */
static void turn_off_before(struct fixture *fixture, size_t i, const char *features)
{
	plan(fixture, i, features, "");
	assert_outcome(run(fixture), 1, 1, 0);
	plan(fixture, i, "", "");
	fixture->devices[i].n_sets = 0;
}

static void test_nothing_to_do(void **state)
{
	struct fixture *fixture = *state;

	assert_outcome(run(fixture), 0, 0, 0);
	assert_int_equal(fixture->devices[0].n_sets + fixture->devices[1].n_sets, 0);
	assert_int_equal(folder_count(&fixture->folder), 0);
}

static void test_turn_off(void **state)
{
	struct fixture *fixture = *state;
	const struct nic *nic = &fixture->nics[1];

	plan(fixture, 1, CSUMS, "");
	assert_outcome(run(fixture), 1, 1, 0);
	assert_int_equal(fixture->devices[0].n_sets, 0);
	assert_int_equal(fixture->devices[1].n_sets, 1);
	assert_features(fixture->handle, fixture->devices[1].features.wanted,
			"tx-scatter-gather tx-tcp-segmentation tx-tcp6-segmentation rx-gro");
	/* what the kernel answered is in the NIC: TSO fell with it */
	assert_features(fixture->handle, nic->features.active, "tx-scatter-gather rx-gro");
	assert_features(fixture->handle, nic->recorded, CSUMS);
	assert_features(fixture->handle, nic->refused, "");
	assert_on_disk(fixture, 0, "");
	assert_on_disk(fixture, 1, CSUMS);
	assert_int_not_equal(strlen(fixture->changes.last_change), 0);
}

/* What was not wanted before is not ours to turn on later, though it was on. */
static void test_only_the_wanted_is_recorded(void **state)
{
	struct fixture *fixture = *state;
	struct feature_mask sctp = sample_mask(fixture->handle, "tx-checksum-sctp");

	fixture->nics[0].features.wanted =
		feature_mask_without(fixture->nics[0].features.wanted, sctp);
	fixture->devices[0].features = fixture->nics[0].features;
	plan(fixture, 0, CSUMS, "");
	assert_outcome(run(fixture), 1, 1, 0);
	assert_on_disk(fixture, 0, "tx-checksum-ip-generic rx-checksum");
	assert_features(fixture->handle,
			feature_mask_and(fixture->devices[0].features.active, sctp), "");
}

/* The set itself looks at the file: it must already say what is about to be turned off. */
struct watching_backend {
	struct backend base;
	const struct fixture *fixture;
	size_t n_sets;
	int set_error; /* of the whole set */
	bool spoil_disk; /* nothing can be written after the set */
};

/* As if the disk were full from there on. */
static void limit_files(rlim_t size)
{
	const struct rlimit limit = {size, RLIM_INFINITY};

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static int watching_read(struct backend *backend, struct ethtool_nl_link *nics, size_t n_nics)
{
	(void)backend;
	(void)nics;
	(void)n_nics;
	return -EIO;
}

static int watching_set(struct backend *backend, struct ethtool_nl_change *const changes[],
			size_t n_changes)
{
	struct watching_backend *watching = (struct watching_backend *)backend;

	watching->n_sets++;
	for (size_t i = 0; i < n_changes; i++) {
		struct featureset after = changes[i]->before;
		struct feature_mask off =
			feature_mask_without(changes[i]->mask, changes[i]->values);
		struct feature_mask on = feature_mask_and(changes[i]->mask, changes[i]->values);

		if (!feature_mask_is_empty(&off))
			assert_on_disk(watching->fixture, changes[i]->ifindex - 3, CSUMS);
		after.wanted = feature_mask_or(feature_mask_without(after.wanted, off), on);
		after.active = feature_mask_or(feature_mask_without(after.active, off), on);
		change_settle(changes[i], &after);
	}
	if (watching->spoil_disk)
		limit_files(0);
	return watching->set_error;
}

static void watching_close(struct backend *backend)
{
	(void)backend;
}

/* The names are those of the fixture's handle. */
static void watch(struct fixture *fixture, struct watching_backend *watching)
{
	static const struct backend_ops ops = {ETHTOOL_NL_NETLINK, watching_read, watching_set,
					       watching_close};
	struct stringset *names = calloc(1, sizeof(*names));

	assert_non_null(names);
	for (unsigned int bit = 0; bit < outcome_feature_count(fixture->handle); bit++) {
		const char *name = ethtool_nl_feature_name(fixture->handle, bit);

		assert_int_equal(stringset_add(names, bit, name ? name : ""), 0);
	}
	watching->base.ops = &ops;
	watching->fixture = fixture;
	assert_int_equal(ethtool_nl_new(&watching->base, names, &fixture->reconciler.handle), 0);
	free(names);
}

static void test_record_comes_first(void **state)
{
	struct fixture *fixture = *state;
	struct watching_backend watching = {.n_sets = 0};

	watch(fixture, &watching);
	plan(fixture, 0, CSUMS, "");
	plan(fixture, 1, CSUMS, "");
	assert_outcome(run(fixture), 2, 2, 0);
	assert_int_equal(watching.n_sets, 1);
	/* and once more: what is appended to a record that is there */
	plan(fixture, 0, "", CSUMS);
	plan(fixture, 1, "", CSUMS);
	assert_outcome(run(fixture), 2, 2, 0);
	plan(fixture, 0, CSUMS, "");
	plan(fixture, 1, "", "");
	assert_outcome(run(fixture), 1, 1, 0);
	plan(fixture, 0, "", "");
	plan(fixture, 1, CSUMS, "");
	assert_outcome(run(fixture), 1, 1, 0);
	assert_int_equal(watching.n_sets, 4);
	ethtool_nl_close(fixture->reconciler.handle);
}

/* Nobody knows what was changed: the record must go on saying that it may have been. */
static void test_set_fails_as_a_whole(void **state)
{
	struct fixture *fixture = *state;
	struct watching_backend watching = {.set_error = -ENOBUFS};
	struct reconcile_outcome outcome;

	watch(fixture, &watching);
	plan(fixture, 0, CSUMS, "");
	outcome = run(fixture);
	assert_int_equal(outcome.set_error, -ENOBUFS);
	assert_int_equal(outcome.n_changed, 0);
	assert_on_disk(fixture, 0, CSUMS);
	ethtool_nl_close(fixture->reconciler.handle);
}

/* The record cannot be brought up to date after giving back: it holds too much, and that is said.
 */
static void test_late_error(void **state)
{
	struct fixture *fixture = *state;
	struct watching_backend watching = {.spoil_disk = true};
	struct reconcile_outcome outcome;

	assert_ptr_not_equal(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
	turn_off_before(fixture, 0, CSUMS);
	watch(fixture, &watching);
	plan(fixture, 0, "", CSUMS);
	outcome = run(fixture);
	limit_files(RLIM_INFINITY);
	assert_int_equal(outcome.late_error, -EFBIG);
	assert_int_equal(outcome.n_changed, 1);
	assert_features(fixture->handle, fixture->nics[0].recorded, "");
	assert_on_disk(fixture, 0, CSUMS);

	/* The next time, though nothing else is to be done. */
	plan(fixture, 0, "", "");
	outcome = run(fixture);
	assert_int_equal(outcome.late_error, 0);
	assert_on_disk(fixture, 0, "");
	ethtool_nl_close(fixture->reconciler.handle);
}

/* The record cannot be written: nothing is set. */
static void test_record_unwritable(void **state)
{
	struct fixture *fixture = *state;
	struct reconcile_outcome outcome;

	plan(fixture, 0, CSUMS, "");
	fixture->reconciler.directory_fd = -1;
	outcome = run(fixture);
	assert_int_equal(outcome.record_error, -EBADF);
	assert_int_equal(outcome.n_changed, 0);
	assert_int_equal(mkdirat(fixture->folder.fd, RECORD, 0755), 0);
	fixture->reconciler.directory_fd = fixture->folder.fd;
	outcome = run(fixture);
	assert_int_equal(outcome.record_error, -EISDIR);
	assert_int_equal(fixture->devices[0].n_sets, 0);
	assert_memory_equal(&fixture->nics[0].features, &fixture->devices[0].features,
			    sizeof(struct featureset));
	assert_int_equal(unlinkat(fixture->folder.fd, RECORD, AT_REMOVEDIR), 0);
}

static void test_give_back(void **state)
{
	struct fixture *fixture = *state;

	turn_off_before(fixture, 0, CSUMS);
	turn_off_before(fixture, 1, "rx");
	plan(fixture, 0, "", CSUMS);
	assert_outcome(run(fixture), 1, 1, 0);
	assert_int_equal(fixture->devices[1].n_sets, 0);
	assert_features(fixture->handle, fixture->devices[0].features.active,
			"tx-scatter-gather tx-checksum-ip-generic tx-tcp-segmentation "
			"tx-tcp6-segmentation rx-checksum rx-gro tx-checksum-sctp");
	assert_features(fixture->handle, fixture->nics[0].recorded, "");
	assert_on_disk(fixture, 0, "");
	assert_on_disk(fixture, 1, "rx-checksum");
}

/* Nothing is set for what is on again already; the record lets go of it, and keeps the rest. */
static void test_is_back(void **state)
{
	struct fixture *fixture = *state;

	turn_off_before(fixture, 0, CSUMS);
	turn_off_before(fixture, 1, "rx");
	fixture->nics[0].todo.is_back = sample_mask(fixture->handle, "rx tx-checksum-sctp");
	fixture->nics[1].todo.is_back = sample_mask(fixture->handle, "rx");
	assert_outcome(run(fixture), 0, 0, 0);
	assert_int_equal(fixture->devices[0].n_sets + fixture->devices[1].n_sets, 0);
	assert_features(fixture->handle, fixture->nics[0].recorded, "tx-checksum-ip-generic");
	assert_features(fixture->handle, fixture->nics[1].recorded, "");
	assert_on_disk(fixture, 0, "tx-checksum-ip-generic");
	assert_on_disk(fixture, 1, "");
}

/* What the file could not be told stays to be told. */
static void test_is_back_unwritable(void **state)
{
	struct fixture *fixture = *state;
	struct reconcile_outcome outcome;

	turn_off_before(fixture, 0, CSUMS);
	fixture->nics[0].todo.is_back = sample_mask(fixture->handle, "rx");
	fixture->reconciler.directory_fd = -1;
	outcome = run(fixture);
	assert_int_equal(outcome.late_error, -EBADF);
	assert_on_disk(fixture, 0, CSUMS);
	fixture->reconciler.directory_fd = fixture->folder.fd;
	assert_outcome(run(fixture), 0, 0, 0);
	assert_on_disk(fixture, 0, "tx-checksum-ip-generic tx-checksum-sctp");
}

/* One request to a NIC turns one feature off and another on. */
static void test_both_at_once(void **state)
{
	struct fixture *fixture = *state;

	turn_off_before(fixture, 0, "rx");
	plan(fixture, 0, "tx-checksum-sctp", "rx");
	assert_outcome(run(fixture), 1, 1, 0);
	assert_int_equal(fixture->devices[0].n_sets, 1);
	assert_features(fixture->handle, fixture->devices[0].last_request,
			"rx-checksum tx-checksum-sctp");
	assert_on_disk(fixture, 0, "tx-checksum-sctp");
	assert_features(fixture->handle, fixture->nics[0].recorded, "tx-checksum-sctp");
}

/* Refused as a whole: what was to be turned off is not ours; what was turned off earlier still is.
 */
static void test_forbidden(void **state)
{
	struct fixture *fixture = *state;
	const struct nic *nic = &fixture->nics[0];

	turn_off_before(fixture, 0, "rx");
	fixture->devices[0].set_error = -EPERM;
	fixture->devices[0].set_message = "not for you";
	plan(fixture, 0, "tx-checksum-ip-generic tx-checksum-sctp", "");
	assert_outcome(run(fixture), 1, 0, 1);
	assert_features(fixture->handle, nic->refused, "tx-checksum-ip-generic tx-checksum-sctp");
	assert_string_equal(nic->message, "not for you");
	assert_int_equal(nic->error, 0);
	assert_features(fixture->handle, nic->recorded, "rx-checksum");
	assert_on_disk(fixture, 0, "rx-checksum");
	/* giving back is refused, too: then it is still to be given back */
	fixture->devices[0].set_message = NULL;
	plan(fixture, 0, "", "rx");
	assert_outcome(run(fixture), 1, 0, 1);
	assert_on_disk(fixture, 0, "rx-checksum");
	/* a kernel without words: what it was that it missed */
	assert_string_equal(nic->message, "needs CAP_NET_ADMIN");
}

static void look_again(struct fixture *fixture, size_t i)
{
	fixture->nics[i].features = fixture->devices[i].features;
	fixture->nics[i].error = 0;
}

/* Done, and nobody can look: what is recorded stays so, whichever way it was. */
static void test_in_doubt(void **state)
{
	struct fixture *fixture = *state;
	const struct nic *nic = &fixture->nics[0];

	fixture->devices[0].lost_error = -ENOMEM;
	plan(fixture, 0, "rx", "");
	assert_outcome(run(fixture), 1, 1, 0);
	assert_int_equal(nic->error, -ENOMEM);
	assert_features(fixture->handle, nic->refused, "");
	assert_on_disk(fixture, 0, "rx-checksum");
	look_again(fixture, 0);
	fixture->devices[0].lost_error = -EPERM;
	plan(fixture, 0, "", "rx");
	assert_outcome(run(fixture), 1, 1, 0);
	assert_on_disk(fixture, 0, "rx-checksum");
	look_again(fixture, 0);
	fixture->devices[0].lost_error = -ENODEV;
	plan(fixture, 0, "rx", "");
	assert_outcome(run(fixture), 1, 0, 0);
	assert_int_equal(nic->error, -ENODEV);
	assert_features(fixture->handle, nic->recorded, "");
}

/* A NIC that is detached (asleep, being reset) says that it is not there, and keeps what is on
 * record. */
static void test_detached(void **state)
{
	struct fixture *fixture = *state;

	turn_off_before(fixture, 0, "rx");
	fixture->devices[0].set_error = -ENODEV;
	plan(fixture, 0, "tx-checksum-sctp", "");
	assert_outcome(run(fixture), 1, 0, 0);
	assert_on_disk(fixture, 0, "rx-checksum");
	fixture->devices[0].set_error = 0;
	plan(fixture, 0, "", "rx");
	look_again(fixture, 0);
	assert_outcome(run(fixture), 1, 1, 0);
	assert_on_disk(fixture, 0, "");
}

/* One NIC refuses, the other one takes it. */
static void test_partly_refused(void **state)
{
	struct fixture *fixture = *state;

	fixture->devices[0].set_error = -EOPNOTSUPP;
	plan(fixture, 0, CSUMS, "");
	plan(fixture, 1, CSUMS, "");
	assert_outcome(run(fixture), 2, 1, 0);
	assert_features(fixture->handle, fixture->nics[0].refused, CSUMS);
	assert_string_equal(fixture->nics[0].message, strerror(EOPNOTSUPP));
	assert_features(fixture->handle, fixture->nics[1].refused, "");
	assert_on_disk(fixture, 0, "");
	assert_on_disk(fixture, 1, CSUMS);
	/* the refusal is forgotten when it works at last */
	fixture->devices[0].set_error = 0;
	plan(fixture, 1, "", "");
	assert_outcome(run(fixture), 1, 1, 0);
	assert_features(fixture->handle, fixture->nics[0].refused, "");
}

/* The kernel takes the wish and does not fulfil it: the wish was changed, so it is recorded. */
static void test_taken_and_not_done(void **state)
{
	struct fixture *fixture = *state;

	fixture->devices[0].stubborn = sample_mask(fixture->handle, "tx-checksum-sctp");
	plan(fixture, 0, CSUMS, "");
	assert_outcome(run(fixture), 1, 1, 0);
	assert_features(fixture->handle, fixture->nics[0].refused, "tx-checksum-sctp");
	assert_string_equal(nic_outcome(&fixture->nics[0], 70), "refused");
	assert_on_disk(fixture, 0, CSUMS);
}

/* The NIC vanished since it was read: an answer, not an error; the other one is served. */
static void test_gone(void **state)
{
	struct fixture *fixture = *state;

	fixture->devices[0].ifindex = 0;
	plan(fixture, 0, CSUMS, "");
	plan(fixture, 1, "rx", "");
	assert_outcome(run(fixture), 2, 1, 0);
	assert_int_equal(fixture->nics[0].error, -ENODEV);
	assert_string_equal(nic_outcome(&fixture->nics[0], 3), "gone");
	assert_null(changes_find(&fixture->changes, 3));
	assert_on_disk(fixture, 1, "rx-checksum");
}

/* Nothing is to be set on a renamed NIC, but its record gets the new name; when it cannot, that is
 * no failure to set, and comes later. */
static void test_renamed(void **state)
{
	struct fixture *fixture = *state;
	struct nic *nic = &fixture->nics[0];
	struct reconcile_outcome outcome;

	turn_off_before(fixture, 0, CSUMS);
	strcpy(nic->link.name, "flannel.9");
	changes_rename(changes_find(&fixture->changes, 3), &nic->link);
	fixture->reconciler.directory_fd = -1;
	outcome = run(fixture);
	assert_int_equal(outcome.late_error, -EBADF);
	assert_int_equal(outcome.record_error, 0);
	fixture->reconciler.directory_fd = fixture->folder.fd;
	assert_outcome(run(fixture), 0, 0, 0);
	assert_int_equal(fixture->devices[0].n_sets, 0);
	strcpy(nic->link.mac, "02:00:00:00:00:99");
	assert_on_disk(fixture, 0, CSUMS);
}

/* Another network namespace's record of the same ifindex is not touched. */
static void test_two_namespaces(void **state)
{
	struct fixture *fixture = *state;

	turn_off_before(fixture, 0, CSUMS);
	changes_leave_all(&fixture->changes);
	fixture->reconciler.network_namespace = elsewhere;
	fixture->devices[0] = sample_device(fixture->handle, 3);
	fixture->nics[0].features = fixture->devices[0].features;
	plan(fixture, 0, "rx", "");
	assert_outcome(run(fixture), 1, 1, 0);
	plan(fixture, 0, "", "rx");
	assert_outcome(run(fixture), 1, 1, 0);
	fixture->reconciler.network_namespace = here;
	assert_on_disk(fixture, 0, CSUMS);
}

#define reconcile_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		reconcile_test(test_nothing_to_do),
		reconcile_test(test_turn_off),
		reconcile_test(test_only_the_wanted_is_recorded),
		reconcile_test(test_record_comes_first),
		reconcile_test(test_set_fails_as_a_whole),
		reconcile_test(test_late_error),
		reconcile_test(test_record_unwritable),
		reconcile_test(test_give_back),
		reconcile_test(test_is_back),
		reconcile_test(test_is_back_unwritable),
		reconcile_test(test_both_at_once),
		reconcile_test(test_forbidden),
		reconcile_test(test_in_doubt),
		reconcile_test(test_detached),
		reconcile_test(test_partly_refused),
		reconcile_test(test_taken_and_not_done),
		reconcile_test(test_gone),
		reconcile_test(test_renamed),
		reconcile_test(test_two_namespaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
