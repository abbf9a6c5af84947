/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The record of what the agent turned off, with each feature's earlier state, as it is in memory;
 * changes_file.h reads and writes it.
 */

#include "agent/utc_time.h"
#include "ethtool_nl/ethtool_nl.h"
#include "policy/facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* One NIC, as it was when the agent first touched it. */
struct changed_nic {
	uint64_t network_namespace; /* of network_namespace_read() */
	unsigned int ifindex;
	char name[LINK_NAME_SIZE];
	char kind[LINK_KIND_SIZE];
	char mac[LINK_MAC_SIZE];
	struct feature_mask features; /* turned off by the agent; all were wanted before */
	char changed[UTC_TIME_SIZE]; /* when */
	bool unsaved; /* not yet in the file as it is here */
	struct feature_mask added; /* since it was saved */
};

struct changes {
	struct changed_nic *nics; /* ascending by network_namespace, ifindex */
	size_t n_nics, allocated;
	size_t n_unsaved; /* NICs that are not in the file as they are here */
	bool claims_too_much; /* the file does, of NICs that are there: what was given back since */
	size_t n_stale; /* NICs that are in the file and no more here; harmless, but they pile up */
	char last_change[UTC_TIME_SIZE]; /* of anything, giving back too; "" = never */
	/* Which file was read or written last; see changes_file_is_current(). */
	bool has_file;
	struct stat file;
};

/* Frees all; a zeroed one is an empty record, and can be cleared. */
void changes_clear(struct changes *changes);

/* Notes the present time as that of the last change. */
void changes_touch(struct changes *changes);

/*
 * The record of this very device in the namespace: the same ifindex and kind, and the same name or
 * hardware address (one may change, both mean another device). NULL when there is none.
 */
struct changed_nic *changes_find(const struct changes *changes, uint64_t network_namespace,
				 const struct link_facts *link);

/* Has the device another name or hardware address than its record? */
bool changes_is_renamed(const struct changed_nic *nic, const struct link_facts *link);

/*
 * Adds `features` (there may be none) to the record of the device, with the name and address that
 * it has now, replacing that of another device that had its ifindex. What is recorded already is
 * left alone. Returns 0 or -ENOMEM.
 */
int changes_add(struct changes *changes, uint64_t network_namespace, const struct link_facts *link,
		struct feature_mask features);

/* Drops records of nothing: those without features. */
void changes_prune(struct changes *changes);

/* All that changes_add() added is in the file now. */
void changes_mark_saved(struct changes *changes);

/*
 * Takes back the features that changes_add() added since the last writing: it could not be written.
 * Names and addresses stay, and stay to be written.
 */
void changes_drop_unsaved(struct changes *changes);

/*
 * Drops the records of devices of the namespace that are no more; `links` are all that are there,
 * ascending by ifindex. A device that was made anew came with its offload on: nothing to restore.
 */
void changes_forget_gone(struct changes *changes, uint64_t network_namespace,
			 const struct link_facts *links, size_t n_links);
