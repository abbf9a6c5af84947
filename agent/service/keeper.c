/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/service/keeper.h"

#include "agent/links/links.h"
#include "agent/reconcile/nic.h"
#include "agent/reconcile/policy_in_force.h"
#include "agent/reconcile/reconcile.h"
#include "agent/reconcile/trusted_record.h"
#include "agent/record/changes_file.h"
#include "agent/record/state_dir.h"
#include "agent/service/journal.h"
#include "array.h"
#include "cleanup.h"
#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <string.h>

/* How long after a failure to record, or to set, it is tried again. */
#define RETRY_MS 5000

void keeper_clear(struct keeper *keeper)
{
	inspection_clear(&keeper->inspection);
	nic_states_clear(&keeper->states);
	free(keeper->dirty);
	if (keeper->directory_fd >= 0)
		close(keeper->directory_fd);
	if (keeper->lock_file >= 0)
		close(keeper->lock_file);
	if (keeper->driver_fd >= 0)
		close(keeper->driver_fd);
	*keeper = (struct keeper)KEEPER_NONE;
}

static void mark_dirty(struct keeper *keeper, const struct nic *nic)
{
	struct nic_state *state = nic_states_get(&keeper->states, nic->link.ifindex);
	unsigned int *dirty = NULL;

	if (state && state->dirty)
		return;
	if (state)
		dirty = array_grow(keeper->dirty, keeper->n_dirty, &keeper->allocated_dirty,
				   sizeof(*dirty));
	if (!dirty) {
		keeper_take_loss(keeper);
		return;
	}
	keeper->dirty = dirty;
	keeper->dirty[keeper->n_dirty++] = nic->link.ifindex;
	state->dirty = true;
}

static void remove_nic(struct keeper *keeper, struct nic *nic)
{
	nic_states_remove(&keeper->states, nic->link.ifindex);
	nics_remove(&keeper->inspection.nics, nic);
	keeper->changed = true;
}

static void mark(struct keeper *keeper, struct nic *const nics[], size_t n_nics)
{
	for (size_t i = 0; i < n_nics; i++)
		mark_dirty(keeper, nics[i]);
}

void keeper_mark_all(struct keeper *keeper)
{
	const struct nics *nics = &keeper->inspection.nics;

	for (size_t i = 0; i < nics->n_nics; i++)
		mark_dirty(keeper, &nics->nics[i]);
}

/* One that was renamed is not any more. */
static void remove_foreign(struct keeper *keeper)
{
	const struct nics *nics = &keeper->inspection.nics;

	for (size_t i = nics->n_nics; i-- > 0;) {
		if (!nic_is_of_concern(&nics->nics[i]))
			remove_nic(keeper, &nics->nics[i]);
	}
}

/* Whatever the last pass left to be done, or had just done, is looked at again. */
static bool is_unfinished(const struct nic *nic)
{
	return nic->error != 0 || nic_concerns_record(nic) || nic_has_outcome(nic) ||
	       nic->kept_off_in_doubt;
}

/* Is what the record says written, and does it stand where it belongs? Nothing tells of a mount. */
static bool record_stands(const struct keeper *keeper)
{
	const struct trusted_record *record = keeper->inspection.record;

	return keeper->directory_fd >= 0 && state_dir_is_current(keeper->directory_fd) &&
	       trusted_record_is_current(record, keeper->directory_fd) &&
	       !changes_are_unwritten(&record->changes);
}

void keeper_sweep(struct keeper *keeper)
{
	const struct inspection *inspection = &keeper->inspection;
	_cleanup_free_ struct nic **nics = NULL;
	ssize_t n_changed = -ENOMEM;

	keeper->resync |= inspection->asks_carried;
	if (keeper->resync)
		return; /* all is read again, then */
	remove_foreign(keeper);
	nics = nics_all(&inspection->nics);
	if (nics && record_stands(keeper))
		n_changed = nics_keep_changed(inspection->handle, nics, inspection->nics.n_nics);
	if (n_changed < 0) {
		keeper_mark_all(keeper);
		return;
	}
	mark(keeper, nics, n_changed);
	for (size_t i = 0; i < inspection->nics.n_nics; i++) {
		if (is_unfinished(&inspection->nics.nics[i]))
			mark_dirty(keeper, &inspection->nics.nics[i]);
	}
}

void keeper_take_loss(struct keeper *keeper)
{
	keeper->resync = keeper->lost = true;
}

void keeper_take_change(struct keeper *keeper)
{
	keeper->resync = true;
}

void keeper_take_policy(struct keeper *keeper)
{
	/* What is to be given back now need not wait for a backoff that is about the opposite. */
	nic_states_forget_drift(&keeper->states);
	keeper->resync = true;
}

/* Most are the echo of a change of one's own, and nothing new. */
void keeper_take_features(struct keeper *keeper, unsigned int ifindex,
			  const struct featureset *features)
{
	struct nic *nic = nics_find(&keeper->inspection.nics, ifindex);

	if (nic && (nic->error != 0 || !featureset_equal(&nic->features, features)))
		mark_dirty(keeper, nic);
}

/* Where only the ioctl is, a change of features has no notification but the link's. */
static bool notification_may_be_of_features(const struct keeper *keeper)
{
	return ethtool_nl_backend(keeper->inspection.handle) == ETHTOOL_NL_IOCTL;
}

/* A NIC keeps its driver: it is asked for once, when it is needed. */
static void learn_driver(const struct keeper *keeper, struct link_facts *link)
{
	if (!link->driver[0])
		links_read_driver(keeper->driver_fd, link);
}

/* Is there anything new in what the notification says of a NIC? It does not know the driver. */
static bool link_is_same(const struct link_facts *known, const struct link_facts *link)
{
	return strcmp(known->name, link->name) == 0 && strcmp(known->kind, link->kind) == 0 &&
	       strcmp(known->mac, link->mac) == 0 && known->udp_csum == link->udp_csum &&
	       known->external == link->external;
}

/* Another name can mean another wish. */
static void replan(struct keeper *keeper, struct nic *nic, const struct link_facts *link)
{
	const struct inspection *inspection = &keeper->inspection;
	struct nic_state *state = nic_states_find(&keeper->states, link->ifindex);
	struct link_facts renewed = *link;

	memcpy(renewed.driver, nic->link.driver, sizeof(renewed.driver));
	nics_plan_one(nic, &inspection->policy->plan, inspection->record, &renewed);
	if (state)
		state->in_sync = (struct feature_mask){0};
	keeper->changed = true;
}

static enum keeper_event take_known(struct keeper *keeper, struct nic *nic,
				    const struct link_facts *link)
{
	struct changed_nic *record =
		changes_find(&keeper->inspection.record->changes, link->ifindex);
	bool same = link_is_same(&nic->link, link);

	if (same && !notification_may_be_of_features(keeper))
		return KEEPER_KNOWN;
	if (record)
		changes_rename(record, link);
	if (!same)
		replan(keeper, nic, link);
	mark_dirty(keeper, nic);
	return KEEPER_KNOWN;
}

/* May a rule show through it that asks about its device, of which a notification tells nothing? */
static bool needs_device(const struct plan *plan, const struct link_facts *link)
{
	const struct rule_needs needs = plan_needs_of_links(plan, link, 1);

	return rule_needs_devices(&needs);
}

static enum keeper_event take_new(struct keeper *keeper, const struct link_facts *link)
{
	struct inspection *inspection = &keeper->inspection;
	const struct policy_in_force *policy = inspection->policy;
	struct trusted_record *record = inspection->record;
	struct link_facts complete = *link;
	struct nic *nic;

	/* Asking takes the kernel's lock of all links: not now, unless someone may want it. */
	if (policy->plan.needs.drivers ||
	    (policy->plan.needs.nic_drivers && link_may_be_hardware(link)))
		learn_driver(keeper, &complete);
	keeper->resync |= needs_device(&policy->plan, &complete);
	changes_meet(&record->changes, inspection->network_namespace, link, 1);
	if (nics_add(&inspection->nics, &policy->plan, record, &complete, &nic) < 0) {
		keeper_take_loss(keeper); /* out of memory now; perhaps not in the next pass */
		return KEEPER_KNOWN;
	}
	if (!nic)
		return KEEPER_FOREIGN;
	mark_dirty(keeper, nic);
	keeper->changed = true;
	return KEEPER_NEW_NIC;
}

/*
 * Does the link change what rules ask about the devices of NICs: one that is a port of another link
 * now, or a link that came to stand on one, or went?
 */
static bool changes_devices(const struct keeper *keeper, const struct nic *nic,
			    const struct link_facts *link)
{
	const struct inspection *inspection = &keeper->inspection;

	if (!rule_needs_devices(&inspection->policy->plan.needs))
		return false;
	if (nic)
		return nic->link.master != link->master;
	return link->lower && nics_find(&inspection->nics, link->lower);
}

enum keeper_event keeper_take_link(struct keeper *keeper, const struct link_facts *link, bool gone)
{
	struct nic *nic = nics_find(&keeper->inspection.nics, link->ifindex);

	keeper->resync |= changes_devices(keeper, nic, link);
	if (gone && nic) {
		changes_leave(&keeper->inspection.record->changes, link->ifindex);
		remove_nic(keeper, nic);
	}
	if (gone)
		return nic ? KEEPER_KNOWN : KEEPER_FOREIGN;
	return nic ? take_known(keeper, nic, link) : take_new(keeper, link);
}

static int renew_states(struct keeper *keeper)
{
	const struct nics *nics = &keeper->inspection.nics;
	_cleanup_free_ unsigned int *ifindexes = calloc(nics->n_nics + 1, sizeof(*ifindexes));

	if (!ifindexes)
		return -ENOMEM;
	for (size_t i = 0; i < nics->n_nics; i++)
		ifindexes[i] = nics->nics[i].link.ifindex;
	return nic_states_renew(&keeper->states, ifindexes, nics->n_nics);
}

/*
 * Reads everything again: what is lost of notifications cannot be asked for. What is known of the
 * past of a NIC is carried over.
 */
static int read_again(struct keeper *keeper)
{
	struct inspection *inspection = &keeper->inspection;
	int result;

	/* Which device has which number was to be followed, and could not. */
	if (keeper->lost)
		changes_leave_all(&inspection->record->changes);
	result = inspection_read(keeper->directory_fd, inspection);
	if (result == 0) {
		inspection_drop_pods(inspection);
		result = renew_states(keeper);
	}
	if (result != 0)
		return result;
	keeper->concerns_anew = true;
	keeper->n_dirty = 0;
	keeper_mark_all(keeper);
	keeper->lost = false;
	keeper->changed = true;
	return 0;
}

/*
 * Takes the dirty NICs that may be looked at now; those that back off stay dirty.
 * Returns how many.
 */
static size_t take_dirty(struct keeper *keeper, uint64_t now_ms, struct nic **nics)
{
	size_t n_nics = 0, n_left = 0;

	for (size_t i = 0; i < keeper->n_dirty; i++) {
		const unsigned int ifindex = keeper->dirty[i];
		struct nic *nic = nics_find(&keeper->inspection.nics, ifindex);
		struct nic_state *state = nic_states_find(&keeper->states, ifindex);

		if (!nic || !state || !state->dirty)
			continue; /* gone meanwhile, or another one with its ifindex */
		if (drift_guard_wait(&state->guard, now_ms)) {
			keeper->dirty[n_left++] = ifindex;
			continue;
		}
		keeper->changed |= state->guard.one_more; /* it backs off no more */
		state->dirty = false;
		nics[n_nics++] = nic;
	}
	keeper->n_dirty = n_left;
	return n_nics;
}

/* Decides for one NIC, which was dirty, and whose features were just read. */
static void decide(struct keeper *keeper, struct nic *nic, uint64_t now_ms)
{
	const struct inspection *inspection = &keeper->inspection;
	struct nic_state *state = nic_states_find(&keeper->states, nic->link.ifindex);
	struct feature_mask drifted;

	nic_plan_again(nic, &inspection->policy->plan);
	nic_plan_todo(nic, &inspection->policy->plan);
	/* What the driver never lets go of drifts no more than it is off. The correction after a
	 * backoff is one of a drift, too, though it is not new. */
	drifted = feature_mask_without(nic->todo.turn_off, nic->refused);
	if (!state->guard.one_more)
		drifted = feature_mask_and(nic->todo.turn_off, state->in_sync);
	if (feature_mask_is_empty(&drifted))
		return;
	keeper->changed = true;
	if (drift_guard_allow(&state->guard, now_ms)) {
		keeper->corrections++;
		journal_drift(inspection->handle, nic, drifted);
		return;
	}
	nic->todo = (struct todo){0};
	mark_dirty(keeper, nic);
	journal_backoff(inspection->handle, nic, drifted, drift_guard_wait(&state->guard, now_ms));
}

static struct feature_mask in_sync_features(const struct nic *nic)
{
	struct feature_mask on = feature_mask_or(nic->features.active, nic->features.wanted);

	if (nic->error != 0)
		return (struct feature_mask){0};
	return feature_mask_without(nic->plan.target, on);
}

/* A refusal is logged once, not with every sweep. */
static void log_outcome(const struct ethtool_nl *handle, const struct nic *nic,
			struct nic_state *state)
{
	struct feature_mask news = feature_mask_without(nic->refused, state->logged);
	bool only_old_refusals =
		feature_mask_is_empty(&news) && !feature_mask_is_empty(&nic->refused);

	state->logged = nic->refused;
	if (!only_old_refusals)
		journal_outcome(handle, nic);
}

/* What became of the NICs that were looked at. */
static void settle(struct keeper *keeper, struct nic *const nics[], size_t n_nics)
{
	for (size_t i = 0; i < n_nics; i++) {
		const struct nic *nic = nics[i];
		struct nic_state *state = nic_states_find(&keeper->states, nic->link.ifindex);

		if (state->dirty)
			continue; /* it backs off: what is on remains a drift */
		/* One that is gone waits for its notification, which removes it. */
		if (nic_has_outcome(nic) && nic->error != -ENODEV) {
			log_outcome(keeper->inspection.handle, nic, state);
			keeper->changed = true;
		}
		/* What is no target is reported, too: it can expose the node. */
		if (!featureset_equal(&nic->features, &state->reported)) {
			state->reported = nic->features;
			keeper->changed = true;
		}
		state->in_sync = in_sync_features(nic);
	}
}

/* What was not done must not be reported as done. */
static void forget_todos(struct nic *const nics[], size_t n_nics)
{
	for (size_t i = 0; i < n_nics; i++)
		nics[i]->todo = (struct todo){0};
}

static int reconcile_nics(struct keeper *keeper, struct nic *const nics[], size_t n_nics)
{
	struct inspection *inspection = &keeper->inspection;
	const struct reconciler reconciler = {
		.handle = inspection->handle,
		.directory_fd = keeper->directory_fd,
		.network_namespace = inspection->network_namespace,
		.changes = &inspection->record->changes,
	};
	struct reconcile_outcome outcome = reconcile(&reconciler, nics, n_nics);

	if (outcome.record_error == 0 && outcome.set_error == 0)
		return outcome.late_error;
	forget_todos(nics, n_nics);
	return outcome.record_error < 0 ? outcome.record_error : outcome.set_error;
}

int keeper_open_folder(struct keeper *keeper)
{
	if (keeper->directory_fd >= 0 && state_dir_is_current(keeper->directory_fd))
		return 0;
	if (keeper->directory_fd >= 0)
		close(keeper->directory_fd);
	keeper->directory_fd = state_dir_create();
	keeper->changed = true; /* the report is to be in it, too */
	return keeper->directory_fd < 0 ? keeper->directory_fd : 0;
}

static void cleanup_lock(const int *locked)
{
	if (*locked >= 0)
		state_dir_unlock(*locked);
}

/* The folder may be missing or unwritable for a while: then nothing can be recorded, or changed. */
static int open_lock_file(struct keeper *keeper)
{
	int result;

	if (keeper->lock_file >= 0 && keeper->directory_fd >= 0 &&
	    state_dir_has_lock_file(keeper->lock_file))
		return 0;
	if (keeper->lock_file >= 0)
		close(keeper->lock_file);
	keeper->lock_file = -1;
	result = keeper_open_folder(keeper);
	if (result == 0)
		result = keeper->lock_file =
			state_dir_open_lock(keeper->directory_fd, STATE_DIR_LOCK_FILE);
	return result < 0 ? result : 0;
}

/* `ret_locked` is for _cleanup_(cleanup_lock). */
static int lock_record(struct keeper *keeper, unsigned int wait_ms, int *ret_locked)
{
	const struct trusted_record *record = keeper->inspection.record;
	int result = open_lock_file(keeper);

	if (result == 0)
		result = state_dir_lock_file(keeper->lock_file, wait_ms);
	if (result < 0)
		return result;
	*ret_locked = keeper->lock_file;
	if (trusted_record_is_current(record, keeper->directory_fd))
		return 0;
	keeper->concerns_anew = true;
	return inspection_read_record(keeper->directory_fd, &keeper->inspection);
}

/*
 * All are read with one dump. Of some each is asked for: while the kernel is busy making links, a
 * dump would wait for its lock at every link that there is.
 */
static int read_dirty(const struct keeper *keeper, struct nic *const nics[], size_t n_nics)
{
	const bool all = n_nics == keeper->inspection.nics.n_nics;
	int result = 0;

	for (size_t done = 0, n; done < n_nics && result == 0; done += n) {
		n = n_nics - done;
		if (!all && n > ETHTOOL_NL_SINGLE_READS)
			n = ETHTOOL_NL_SINGLE_READS;
		result = nics_read(keeper->inspection.handle, nics + done, n);
	}
	return result;
}

/*
 * Locks before it reads: the record must be the present one when it is decided what to give back,
 * and while the kernel still makes a new device the time for it is free.
 */
static int pass_over(struct keeper *keeper, struct nic *const nics[], size_t n_nics,
		     uint64_t now_ms)
{
	_cleanup_(cleanup_lock) int locked = -1;
	int record_error = lock_record(keeper, STATE_DIR_LOCK_SERVICE_WAIT_MS, &locked);
	bool writes;
	int result;

	result = read_dirty(keeper, nics, n_nics);
	if (result < 0)
		return result;
	forget_todos(nics, n_nics);
	nics_look_forwarding(keeper->inspection.handle, nics, n_nics);
	writes = changes_are_unwritten(&keeper->inspection.record->changes);
	for (size_t i = 0; i < n_nics; i++) {
		if (nics[i]->error == 0)
			decide(keeper, nics[i], now_ms);
		writes |= nic_concerns_record(nics[i]);
	}
	if (writes && record_error == 0) {
		result = reconcile_nics(keeper, nics, n_nics);
	} else if (writes) {
		forget_todos(nics, n_nics);
		result = record_error;
	}
	settle(keeper, nics, n_nics);
	return result;
}

void keeper_prepare(struct keeper *keeper)
{
	const struct inspection *inspection = &keeper->inspection;
	_cleanup_(cleanup_lock) int locked = -1;

	if (lock_record(keeper, STATE_DIR_LOCK_SERVICE_WAIT_MS, &locked) == 0)
		changes_file_begin(keeper->directory_fd, inspection->handle,
				   &inspection->record->changes);
}

static void note_failure(struct keeper *keeper, int error, uint64_t now_ms)
{
	if (error != keeper->last_error)
		journal_failure(error);
	keeper->last_error = error;
	keeper->retry_at = now_ms + RETRY_MS;
	keeper->changed = true;
}

void keeper_pass(struct keeper *keeper, uint64_t now_ms)
{
	_cleanup_free_ struct nic **nics = NULL;
	size_t n_nics;
	int result = 0;

	keeper->retry_at = 0;
	keeper->resync = keeper->resync && read_again(keeper) != 0;
	if (keeper->resync) {
		keeper->retry_at = now_ms + RETRY_MS;
		return;
	}
	nics = calloc(keeper->n_dirty + 1, sizeof(struct nic *));
	if (!nics) {
		note_failure(keeper, -ENOMEM, now_ms);
		return;
	}
	n_nics = take_dirty(keeper, now_ms, nics);
	if (n_nics)
		result = pass_over(keeper, nics, n_nics, now_ms);
	if (result == 0) {
		keeper->last_error = 0;
		return;
	}
	mark(keeper, nics, n_nics);
	note_failure(keeper, result, now_ms);
}

/* What is left of that NIC's backoff. */
static uint64_t correction_wait(const struct keeper *keeper, unsigned int ifindex, uint64_t now_ms)
{
	const struct nic_state *state = nic_states_find(&keeper->states, ifindex);

	return state ? drift_guard_wait(&state->guard, now_ms) : 0;
}

size_t keeper_paused(const struct keeper *keeper, uint64_t now_ms,
		     char ret_first[static LINK_NAME_SIZE])
{
	size_t n_paused = 0;

	for (size_t i = 0; i < keeper->n_dirty; i++) {
		const struct nic *nic = nics_find(&keeper->inspection.nics, keeper->dirty[i]);

		if (!nic || !correction_wait(keeper, nic->link.ifindex, now_ms))
			continue;
		if (n_paused++ == 0)
			memcpy(ret_first, nic->link.name, LINK_NAME_SIZE);
	}
	return n_paused;
}

void keeper_read_drivers(struct keeper *keeper)
{
	const struct nics *nics = &keeper->inspection.nics;

	for (size_t i = 0; i < nics->n_nics; i++)
		learn_driver(keeper, &nics->nics[i].link);
}

uint64_t keeper_wait(const struct keeper *keeper, uint64_t now_ms)
{
	uint64_t shortest = keeper->resync ? 0 : UINT64_MAX;

	for (size_t i = 0; i < keeper->n_dirty; i++) {
		uint64_t wait = correction_wait(keeper, keeper->dirty[i], now_ms);

		if (wait < shortest)
			shortest = wait;
	}
	if (shortest != UINT64_MAX && keeper->retry_at > now_ms + shortest)
		shortest = keeper->retry_at - now_ms;
	return shortest;
}

int keeper_restore(struct keeper *keeper, size_t *ret_n_left)
{
	struct inspection *inspection = &keeper->inspection;
	const size_t n_nics = inspection->nics.n_nics;
	_cleanup_free_ struct nic **nics = nics_all(&inspection->nics);
	_cleanup_(cleanup_lock) int locked = -1;
	int result;

	*ret_n_left = 0;
	if (!nics)
		return -ENOMEM;
	result = lock_record(keeper, STATE_DIR_LOCK_STOP_WAIT_MS, &locked);
	if (result == 0)
		result = nics_read(inspection->handle, nics, n_nics);
	if (result < 0)
		return result;
	nics_look_forwarding(inspection->handle, nics, n_nics);
	for (size_t i = 0; i < n_nics; i++)
		nics[i]->todo = nic_todo_restore(nics[i]);
	result = reconcile_nics(keeper, nics, n_nics);
	for (size_t i = 0; i < n_nics; i++) {
		if (nic_has_outcome(nics[i]))
			journal_outcome(inspection->handle, nics[i]);
		*ret_n_left +=
			nics[i]->error != -ENODEV && !feature_mask_is_empty(&nics[i]->recorded);
	}
	return result;
}
