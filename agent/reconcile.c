/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/reconcile.h"

#include "agent/changes_file.h"
#include "cleanup.h"
#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* So many records of NICs that are gone may stand in the file beside those that are not. */
#define STALE_RECORDS 64

/*
 * What must be recorded is what was wanted: that is what restoring gives back. A feature that is
 * on without being wanted was never anybody's wish. A device that got another name is known by its
 * address until it gets another one, too: the record must have the newest of both.
 */
static int record_before(const struct reconciler *reconciler, struct nic *const nics[],
			 size_t n_nics)
{
	struct changes *changes = reconciler->changes;
	uint64_t network_namespace = reconciler->network_namespace;
	int result = 0;

	for (size_t i = 0; i < n_nics && result == 0; i++) {
		struct feature_mask features =
			feature_mask_and(nics[i]->todo.turn_off, nics[i]->features.wanted);

		if (!feature_mask_is_empty(&features) ||
		    changes_find(changes, network_namespace, &nics[i]->link))
			result = changes_add(changes, network_namespace, &nics[i]->link, features);
	}
	if (result == 0 && changes->n_unsaved)
		result = changes_file_append(reconciler->directory_fd, reconciler->handle, changes);
	if (result < 0)
		changes_drop_unsaved(changes);
	for (size_t i = 0; i < n_nics && result == 0; i++)
		nics[i]->renamed = false;
	return result;
}

/*
 * What is on again without the agent, be it that somebody turned it on, or that the agent was
 * killed before it turned it off: once it is off again, that was somebody else's wish.
 */
static void forget_what_is_back(const struct reconciler *reconciler, struct nic *const nics[],
				size_t n_nics)
{
	for (size_t i = 0; i < n_nics; i++) {
		struct changed_nic *record = changes_find(
			reconciler->changes, reconciler->network_namespace, &nics[i]->link);

		if (!record || feature_mask_is_empty(&nics[i]->todo.is_back))
			continue;
		record->features = feature_mask_without(record->features, nics[i]->todo.is_back);
		nics[i]->recorded = record->features;
		reconciler->changes->claims_too_much = true;
	}
	changes_prune(reconciler->changes);
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
 * The features of the record that are wanted again, whoever did it, are given back. What the file
 * claims of a NIC that is gone does no harm. A change in doubt leaves the record as it is.
 */
static void record_after(const struct reconciler *reconciler, struct nic *nic,
			 const struct ethtool_nl_change *change)
{
	struct changed_nic *record =
		changes_find(reconciler->changes, reconciler->network_namespace, &nic->link);
	struct feature_mask kept;

	if (!record || change->in_doubt)
		return;
	if (change->error == -ENODEV)
		kept = (struct feature_mask){0};
	else if (change->error == 0)
		kept = feature_mask_without(record->features, change->after.wanted);
	else
		/* Refused as a whole: what was to be turned off is as it was. */
		kept = feature_mask_without(record->features,
					    feature_mask_and(change->mask, change->before.wanted));
	if (change->error != -ENODEV && !feature_mask_equal(&kept, &record->features))
		reconciler->changes->claims_too_much = true;
	record->features = nic->recorded = kept;
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
		if (ethtool_nl_outcome(change, bit) == FEATURE_REFUSED)
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

/*
 * The record must not claim what was given back: somebody else may turn it off tomorrow, and it
 * would not be ours to restore. What is only stale waits until there is much of it.
 */
static int record_afterwards(const struct reconciler *reconciler)
{
	struct changes *changes = reconciler->changes;
	size_t stale_max = reconciler->tidy ? 0 : changes->n_nics + STALE_RECORDS;

	changes_prune(changes);
	if (!changes->claims_too_much && changes->n_stale <= stale_max)
		return 0;
	return changes_file_save(reconciler->directory_fd, reconciler->handle, changes);
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
	outcome.late_error = record_afterwards(reconciler);
	return outcome;
}
