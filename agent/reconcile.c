/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/reconcile.h"

#include "ethtool_nl/feature_mask.h"
#include "policy/cleanup.h"

#include <errno.h>
#include <string.h>

static bool todo_is_empty(const struct todo *todo)
{
	return feature_mask_is_empty(&todo->turn_off) && feature_mask_is_empty(&todo->give_back);
}

/*
 * What must be recorded is what was wanted: that is what restoring gives back. A feature that is
 * on without being wanted was never anybody's wish.
 */
static int record_before(const struct reconciler *reconciler, const struct nic *nics,
			 const struct todo *todos, size_t n_nics)
{
	size_t added = 0;

	for (size_t i = 0; i < n_nics; i++) {
		struct feature_mask features =
			feature_mask_and(todos[i].turn_off, nics[i].features.wanted);

		if (feature_mask_is_empty(&features))
			continue;
		if (changes_add(reconciler->changes, reconciler->network_namespace, &nics[i].link,
				features) < 0)
			return -ENOMEM;
		added++;
	}
	if (added == 0)
		return 0;
	return changes_save(reconciler->directory_fd, reconciler->handle, reconciler->changes);
}

static size_t make_changes(const struct nic *nics, const struct todo *todos, size_t n_nics,
			   struct ethtool_nl_change *changes, size_t *indexes)
{
	size_t n_changes = 0;

	for (size_t i = 0; i < n_nics; i++) {
		struct ethtool_nl_change *change = &changes[n_changes];

		if (todo_is_empty(&todos[i]))
			continue;
		change->ifindex = nics[i].link.ifindex;
		memcpy(change->name, nics[i].link.name, sizeof(change->name));
		change->mask = feature_mask_or(todos[i].turn_off, todos[i].give_back);
		change->values = todos[i].give_back;
		change->before = nics[i].features;
		indexes[n_changes++] = i;
	}
	return n_changes;
}

/* The features of the record that are wanted again, whoever did it, are given back. */
static void record_after(const struct reconciler *reconciler, struct nic *nic,
			 const struct ethtool_nl_change *change)
{
	struct changed_nic *record =
		changes_find(reconciler->changes, reconciler->network_namespace, &nic->link);

	if (!record)
		return;
	if (change->error == -ENODEV)
		record->features = (struct feature_mask){0};
	else if (change->error == 0)
		record->features = feature_mask_without(record->features, change->after.wanted);
	else
		/* Refused as a whole: what was to be turned off is as it was. */
		record->features = feature_mask_without(
			record->features, feature_mask_and(change->mask, change->before.wanted));
	nic->recorded = record->features;
}

static void take_outcome(struct nic *nic, const struct ethtool_nl_change *change)
{
	nic->refused = (struct feature_mask){0};
	for (unsigned int bit = feature_mask_next(&change->mask, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(&change->mask, bit + 1)) {
		if (ethtool_nl_outcome(change, bit) == FEATURE_REFUSED)
			feature_mask_add(&nic->refused, bit);
	}
	memcpy(nic->message, change->message, sizeof(nic->message));
	if (change->error == 0)
		nic->features = change->after;
	else if (change->error == -ENODEV)
		nic->error = -ENODEV;
}

/* Sets, and takes the answers over into the NICs and the record in memory. */
static void set_changes(const struct reconciler *reconciler, struct nic *nics,
			struct ethtool_nl_change *changes, const size_t *indexes,
			struct reconcile_outcome *outcome)
{
	outcome->set_error = ethtool_nl_set(reconciler->handle, changes, outcome->n_asked);
	if (outcome->set_error < 0)
		return;
	for (size_t i = 0; i < outcome->n_asked; i++) {
		struct nic *nic = &nics[indexes[i]];

		take_outcome(nic, &changes[i]);
		record_after(reconciler, nic, &changes[i]);
		outcome->n_forbidden += changes[i].error == -EPERM;
		outcome->n_changed += changes[i].error == 0;
	}
}

struct reconcile_outcome reconcile(const struct reconciler *reconciler, struct nic *nics,
				   const struct todo *todos, size_t n_nics)
{
	_cleanup_free_ struct ethtool_nl_change *changes = calloc(n_nics + 1, sizeof(*changes));
	_cleanup_free_ size_t *indexes = calloc(n_nics + 1, sizeof(*indexes));
	struct reconcile_outcome outcome = {0};

	if (!changes || !indexes) {
		outcome.record_error = -ENOMEM;
		return outcome;
	}
	outcome.n_asked = make_changes(nics, todos, n_nics, changes, indexes);
	if (outcome.n_asked == 0)
		return outcome;
	outcome.record_error = record_before(reconciler, nics, todos, n_nics);
	if (outcome.record_error < 0)
		return outcome;
	set_changes(reconciler, nics, changes, indexes, &outcome);
	if (outcome.set_error < 0)
		return outcome;

	changes_prune(reconciler->changes);
	if (outcome.n_changed)
		outcome.late_error = changes_touch(reconciler->changes);
	if (outcome.late_error == 0)
		outcome.late_error = changes_save(reconciler->directory_fd, reconciler->handle,
						  reconciler->changes);
	return outcome;
}
