/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One NIC that the agent is concerned with: selected, exposed, or touched earlier. The meeting
 * point of inventory, policy, kernel and record.
 */

#include "agent/reconcile/forwarding.h"
#include "agent/reconcile/link_plan.h"
#include "ethtool_nl/ethtool_nl.h"
#include "policy/facts.h"

#include <stddef.h>
#include <sys/types.h>

struct nic {
	struct link_facts link;
	struct link_plan plan;

	int error; /* of reading the features: 0, -ENODEV (gone), another -errno */
	struct featureset features; /* valid when error is 0 */

	struct feature_mask recorded; /* turned off by the agent, and not given back */
	struct feature_mask kept_off; /* of that, what must stay off: nics_look_forwarding() */
	bool kept_off_in_doubt; /* whether it must is not known */
	char kept_off_why[FORWARDING_WHY_SIZE]; /* valid unless kept_off is empty */

	struct todo todo; /* what is to be done, or, for a dry run, would be */

	/* What came of the last set: */
	struct feature_mask refused;
	char message[ETHTOOL_NL_MESSAGE_SIZE]; /* why `refused`; "" = taken, but not done */
};

/*
 * Reads the features of `nics` from the kernel; `error` and `features` are set. Returns 0 or a
 * negative errno.
 */
int nics_read(struct ethtool_nl *handle, struct nic *const nics[], size_t n_nics);

/*
 * Reads the features of `nics` from the kernel, and keeps those in the list that are not as they
 * were known to be; the NICs themselves stay as they are. Returns how many, or a negative errno.
 */
ssize_t nics_keep_changed(struct ethtool_nl *handle, struct nic *nics[], size_t n_nics);

/*
 * Everything that the agent turned off on it is given back, less what another program turned on
 * meanwhile, and what must stay off.
 */
struct todo nic_todo_restore(const struct nic *nic);

/*
 * Takes out of the todo what must stay off. The record does not claim it any more: had the agent
 * never been here, the kernel would have turned it off when forwarding began. What must perhaps
 * stay off stays on record.
 */
void nic_keep_off(const struct nic *nic, struct todo *todo);

/* Is it selected or exposed, or is it on record? */
bool nic_is_shown(const struct nic *nic);

/* Is it shown, or could it be, once its features are others? One that was renamed is not any more.
 */
bool nic_is_of_concern(const struct nic *nic);

/* Its features, or NULL where they were not read, or could not be. */
const struct featureset *nic_features(const struct nic *nic);

/* Is there anything to be set? */
bool nic_has_todo(const struct nic *nic);

/* Is there anything to be set, or given up: what was on record, and stays off? */
bool nic_has_outcome(const struct nic *nic);

/* Is there anything to be set, or to be put right in the record? */
bool nic_concerns_record(const struct nic *nic);

/* What a feature of a NIC is called in the output ("outcome"); NULL: nothing has been done. */
const char *nic_outcome(const struct nic *nic, unsigned int bit);

/* Is it exposed, with a feature on that an affected rule requires to be off? */
bool nic_is_vulnerable(const struct nic *nic);

/*
 * The features of a NIC that are worth showing: those that the policy is about, less those that
 * are off for ever.
 */
struct feature_mask nic_shown_features(const struct nic *nic);

/*
 * What fell with the features that are off: wanted by the user, not active, and no target. Empty
 * while no target is off.
 */
struct feature_mask nic_side_effects(const struct nic *nic);
