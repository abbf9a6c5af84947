/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/reconcile/reconcile.h"

#include "agent/reconcile/nic.h"
#include "agent/record/changes_file.h"
#include "cleanup.h"
#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * What must be recorded is what was wanted: that is what restoring gives back. A feature that is
 * on without being wanted was never anybody's wish. What is to be given back must find room in the
 * record for it, or the record would claim it for ever.
 */
static int record_before(const struct reconciler *reconciler, struct nic *const nics[],
			 size_t n_nics)
{
	_cleanup_free_ struct changed_nic *entries = calloc(n_nics + 1, sizeof(*entries));
	struct changes *changes = reconciler->changes;
	bool gives_back = false;
	size_t n_entries = 0;
	int result;

	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < n_nics; i++) {
		const struct changed_nic *known = changes_find(changes, nics[i]->link.ifindex);
		struct feature_mask features =
			feature_mask_and(nics[i]->todo.turn_off, nics[i]->features.wanted);

		gives_back |= !feature_mask_is_empty(&nics[i]->todo.give_back);
		if (known)
			features = feature_mask_without(features, known->features);
		if (!feature_mask_is_empty(&features))
			entries[n_entries++] = changes_entry(changes, reconciler->network_namespace,
							     &nics[i]->link, features);
	}
	result = changes_file_append(reconciler->directory_fd, reconciler->handle, changes, entries,
				     n_entries);
	if (result == 0 && gives_back)
		result = changes_file_reserve(reconciler->directory_fd, changes);
	return result;
}

/*
 * What is on again without the agent, be it that another program turned it on, or that the agent
 * was killed before it turned it off: once it is off again, that was another program's wish.
 */
static void forget_what_is_back(const struct reconciler *reconciler, struct nic *const nics[],
				size_t n_nics)
{
	for (size_t i = 0; i < n_nics; i++) {
		struct changed_nic *record =
			changes_find(reconciler->changes, nics[i]->link.ifindex);

		if (!record)
			continue;
		changes_take_back(record, nics[i]->todo.is_back);
		nics[i]->recorded = record->features;
	}
}

static void make_change(const struct nic *nic, struct ethtool_nl_change *change)
{
	change->ifindex = nic->link.ifindex;
	memcpy(change->name, nic->link.name, sizeof(change->name));
	change->mask = feature_mask_or(nic->todo.turn_off, nic->todo.give_back);
	change->values = nic->todo.give_back;
	change->before = nic->features;
}

/*
 * The features of the record that are wanted again, by whatever program, are given back. Of a
 * change that was refused as a whole, what was to be turned off is as it was. A change in doubt
 * leaves the record as it is.
 */
static void record_after(const struct reconciler *reconciler, struct nic *nic,
			 const struct ethtool_nl_change *change)
{
	struct changed_nic *record = changes_find(reconciler->changes, nic->link.ifindex);

	if (!record || change->in_doubt)
		return;
	if (change->error == 0) {
		changes_take_back(record, change->after.wanted);
		utc_time_now(record->changed);
	} else
		changes_take_back(record, feature_mask_and(change->mask, change->before.wanted));
	nic->recorded = record->features;
}

/* Why it was refused: in the kernel's own words, where it has any. */
static void take_message(struct nic *nic, const struct ethtool_nl_change *change)
{
	const char *message = change->message;

	if (!message[0] && change->error == -EPERM)
		message = "needs CAP_NET_ADMIN";
	else if (!message[0] && change->error < 0)
		message = strerror(-change->error);
	snprintf(nic->message, sizeof(nic->message), "%s", message);
}

static void take_outcome(struct nic *nic, const struct ethtool_nl_change *change)
{
	nic->refused = (struct feature_mask){0};
	nic->message[0] = '\0';
	if (change->in_doubt) {
		nic->error = change->error;
		nic->features = (struct featureset){0};
		return;
	}
	for (unsigned int bit = feature_mask_next(&change->mask, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(&change->mask, bit + 1)) {
		if (ethtool_nl_is_refused(change, bit))
			feature_mask_add(&nic->refused, bit);
	}
	take_message(nic, change);
	if (change->error == 0)
		nic->features = change->after;
	else if (change->error == -ENODEV)
		nic->error = -ENODEV;
}

/* Sets, and takes the answers over into the NICs and the record in memory. */
static void set_changes(const struct reconciler *reconciler, struct nic *const nics[],
			struct ethtool_nl_change *changes, struct reconcile_outcome *outcome)
{
	outcome->set_error = ethtool_nl_set(reconciler->handle, changes, outcome->n_asked);
	if (outcome->set_error < 0)
		return;
	for (size_t i = 0; i < outcome->n_asked; i++) {
		take_outcome(nics[i], &changes[i]);
		record_after(reconciler, nics[i], &changes[i]);
		outcome->n_forbidden += changes[i].error == -EPERM && !changes[i].in_doubt;
		outcome->n_changed += changes[i].error == 0 || changes[i].in_doubt;
	}
}

struct reconcile_outcome reconcile(const struct reconciler *reconciler, struct nic *const nics[],
				   size_t n_nics)
{
	_cleanup_free_ struct ethtool_nl_change *changes = calloc(n_nics + 1, sizeof(*changes));
	_cleanup_free_ struct nic **asked = calloc(n_nics + 1, sizeof(struct nic *));
	struct reconcile_outcome outcome = {0};
	int result;

	if (!changes || !asked) {
		outcome.record_error = -ENOMEM;
		return outcome;
	}
	forget_what_is_back(reconciler, nics, n_nics);
	for (size_t i = 0; i < n_nics; i++) {
		if (!nic_has_todo(nics[i]))
			continue;
		make_change(nics[i], &changes[outcome.n_asked]);
		asked[outcome.n_asked++] = nics[i];
	}
	result = record_before(reconciler, nics, n_nics);
	if (result < 0 && outcome.n_asked)
		outcome.record_error = result;
	else if (result < 0)
		outcome.late_error = result;
	if (result < 0)
		return outcome;
	if (outcome.n_asked)
		set_changes(reconciler, asked, changes, &outcome);
	if (outcome.set_error < 0)
		return outcome;
	if (outcome.n_changed)
		changes_touch(reconciler->changes);
	/* The record must not claim what was given back: another program may turn it off tomorrow,
	 * and it would not be ours to restore. */
	outcome.late_error = changes_file_append(reconciler->directory_fd, reconciler->handle,
						 reconciler->changes, NULL, 0);
	if (outcome.late_error == 0)
		changes_file_shorten(reconciler->directory_fd, reconciler->handle,
				     reconciler->changes);
	return outcome;
}
