/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/reconcile/nic.h"

#include "cleanup.h"
#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <string.h>

/* `ret_readings` are the caller's, in the order of the NICs. */
static int read_features(struct ethtool_nl *handle, struct nic *const nics[], size_t n_nics,
			 struct ethtool_nl_link **ret_readings)
{
	_cleanup_free_ struct ethtool_nl_link *readings = calloc(n_nics + 1, sizeof(*readings));
	int result;

	if (!readings)
		return -ENOMEM;
	for (size_t i = 0; i < n_nics; i++) {
		readings[i].ifindex = nics[i]->link.ifindex;
		memcpy(readings[i].name, nics[i]->link.name, sizeof(readings[i].name));
	}
	result = ethtool_nl_read(handle, readings, n_nics);
	if (result == 0)
		*ret_readings = TAKE_PTR(readings);
	return result;
}

int nics_read(struct ethtool_nl *handle, struct nic *const nics[], size_t n_nics)
{
	_cleanup_free_ struct ethtool_nl_link *readings = NULL;
	int result = read_features(handle, nics, n_nics, &readings);

	for (size_t i = 0; i < n_nics && result == 0; i++) {
		nics[i]->error = readings[i].error;
		nics[i]->features = readings[i].features;
	}
	return result;
}

ssize_t nics_keep_changed(struct ethtool_nl *handle, struct nic *nics[], size_t n_nics)
{
	_cleanup_free_ struct ethtool_nl_link *readings = NULL;
	int result = read_features(handle, nics, n_nics, &readings);
	ssize_t n_changed = 0;

	for (size_t i = 0; i < n_nics && result == 0; i++) {
		struct nic *nic = nics[i];

		if (nic->error != readings[i].error ||
		    !featureset_equal(&nic->features, &readings[i].features))
			nics[n_changed++] = nic;
	}
	return result < 0 ? result : n_changed;
}

struct todo nic_todo_restore(const struct nic *nic)
{
	struct todo todo = {0};

	if (nic->error != 0)
		return todo;
	todo.give_back = feature_mask_without(nic->recorded, nic->features.wanted);
	todo.is_back = feature_mask_and(nic->recorded, nic->features.wanted);
	nic_keep_off(nic, &todo);
	return todo;
}

void nic_keep_off(const struct nic *nic, struct todo *todo)
{
	todo->stays_off = feature_mask_and(todo->give_back, nic->kept_off);
	todo->give_back = feature_mask_without(todo->give_back, todo->stays_off);
	if (!nic->kept_off_in_doubt)
		todo->is_back = feature_mask_or(todo->is_back, todo->stays_off);
}

bool nic_is_shown(const struct nic *nic)
{
	return nic->plan.selected || nic->plan.all.exposed ||
	       !feature_mask_is_empty(&nic->recorded);
}

bool nic_is_of_concern(const struct nic *nic)
{
	return nic->plan.watched || nic_is_shown(nic);
}

const struct featureset *nic_features(const struct nic *nic)
{
	return nic->error == 0 ? &nic->features : NULL;
}

bool nic_has_todo(const struct nic *nic)
{
	return !feature_mask_is_empty(&nic->todo.turn_off) ||
	       !feature_mask_is_empty(&nic->todo.give_back);
}

bool nic_has_outcome(const struct nic *nic)
{
	return nic_has_todo(nic) ||
	       (!feature_mask_is_empty(&nic->todo.stays_off) && !nic->kept_off_in_doubt);
}

bool nic_concerns_record(const struct nic *nic)
{
	return nic_has_todo(nic) || !feature_mask_is_empty(&nic->todo.is_back);
}

const char *nic_outcome(const struct nic *nic, unsigned int bit)
{
	bool on = feature_mask_has(&nic->features.active, bit);
	bool wanted = feature_mask_has(&nic->features.wanted, bit);
	bool recorded = feature_mask_has(&nic->recorded, bit);
	bool target = feature_mask_has(&nic->plan.target, bit);

	if (nic->error == -ENODEV)
		return "gone";
	if (nic->error < 0 || (!target && !recorded))
		return NULL;
	if (!on && !wanted)
		return recorded ? "off" : "already-off";
	if (!feature_mask_has(&nic->features.changeable, bit))
		return on ? "fixed-on" : "already-off";
	if (feature_mask_has(&nic->refused, bit))
		return "refused";
	return recorded ? "drifted" : NULL;
}

bool nic_is_vulnerable(const struct nic *nic)
{
	struct feature_mask on = feature_mask_and(nic->features.active, nic->plan.all.required);

	return nic->plan.all.exposed && nic->error == 0 && !feature_mask_is_empty(&on);
}

struct feature_mask nic_shown_features(const struct nic *nic)
{
	struct feature_mask possible =
		feature_mask_or(nic->features.changeable, nic->features.active);

	return feature_mask_and(feature_mask_or(nic->plan.shown, nic->recorded),
				feature_mask_or(possible, nic->features.wanted));
}

struct feature_mask nic_side_effects(const struct nic *nic)
{
	struct feature_mask targets = feature_mask_or(nic->plan.target, nic->recorded);
	struct feature_mask off = feature_mask_without(
		feature_mask_and(targets, nic->features.changeable), nic->features.active);

	if (feature_mask_is_empty(&off))
		return off;
	return feature_mask_without(
		feature_mask_without(nic->features.wanted, nic->features.active), targets);
}
