/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the service remembers of each NIC from one look at it to the next: a table of its own beside
 * that of the NICs, by ifindex.
 */

#include "agent/devices/tx_look.h"
#include "agent/service/drift_guard.h"
#include "ethtool_nl/ethtool_nl.h"

#include <stdbool.h>
#include <stddef.h>

struct nic_state {
	unsigned int ifindex;
	bool dirty; /* to be looked at in the next pass */
	struct feature_mask in_sync; /* targets that were off when last looked at: what of them is
					on now was turned on */
	struct featureset reported; /* features when last looked at: the report has them */
	struct feature_mask logged; /* refusals that stand in the log already */
	struct drift_guard guard;
	struct tx_look look; /* the last one at what it sends, where a rule asks */
};

struct nic_states {
	struct nic_state *states; /* ascending by ifindex */
	size_t n_states, allocated, spared; /* as of array_grow_spared() */
};

/* The state of the NIC of that ifindex, or NULL. Pointers hold until one is added or removed. */
struct nic_state *nic_states_find(const struct nic_states *states, unsigned int ifindex);

/* The same, but a new NIC gets an empty one. Returns NULL when memory is short. */
struct nic_state *nic_states_get(struct nic_states *states, unsigned int ifindex);

/* The NIC is gone: the next one of its number is another. */
void nic_states_remove(struct nic_states *states, unsigned int ifindex);

/*
 * All NICs were read anew, and have these numbers, ascending: those that are not among them are
 * forgotten; of the others it is known what was in sync, and how often they were corrected. Returns
 * 0 or -ENOMEM; then all is as before.
 */
int nic_states_renew(struct nic_states *states, const unsigned int ifindexes[], size_t n_ifindexes);

/* The policy is a new one: nothing is in sync with it yet, and no correction was one of its. */
void nic_states_forget_drift(struct nic_states *states);

/* A zeroed table is empty, and can be cleared. */
void nic_states_clear(struct nic_states *states);
