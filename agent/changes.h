/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The record of what the agent turned off, with each feature's earlier state: written before a
 * change is made, so that a crash at any moment loses nothing. One file for all network
 * namespaces that share /run; it ends with the boot.
 *
 * The file is JSON with one NIC a line. New lines are appended in place of its end, so that a
 * thousand recorded NICs do not make the next one slow; a line that a crash cut off was never
 * followed by a change, and is dropped when the file is read.
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
	/* Which file was read or written last; see changes_are_current(). */
	bool has_file;
	struct stat file;
};

/*
 * Reads the record of the folder `directory_fd` (-1: there is none, the record is empty). A
 * record of an earlier boot is empty. Feature names become the features of `handle`.
 * Returns 0; -EBADMSG for a file that is no record of ours (it is not overwritten: see
 * changes_save()); another negative errno. The caller ends with changes_clear().
 */
int changes_load(int directory_fd, const struct ethtool_nl *handle, struct changes *ret_changes);

/* Writes the whole record, atomically. Returns 0 or a negative errno; then the old one stands. */
int changes_save(int directory_fd, const struct ethtool_nl *handle, struct changes *changes);

/*
 * Writes what changes_add() added since the last writing: appends it, or writes the whole record
 * when there is no file yet, or one that claims too much. Returns 0 or a negative errno; then the
 * old record stands.
 */
int changes_append(int directory_fd, const struct ethtool_nl *handle, struct changes *changes);

/* Is the file still the one that was read or written last? If not, somebody else changed it. */
bool changes_are_current(int directory_fd, const struct changes *changes);
void changes_clear(struct changes *changes);

/* Notes the present time as that of the last change. */
void changes_touch(struct changes *changes);

/*
 * The record of this very device in the namespace: the same ifindex and kind, and the same name or
 * hardware address (one may change, both mean another device). NULL when there is none.
 */
struct changed_nic *changes_find(const struct changes *changes, uint64_t network_namespace,
				 const struct link_facts *link);

/*
 * Adds `features` to the record of the device, replacing that of another device that had its
 * ifindex; in memory, until changes_append() or changes_save(). What is recorded already is left
 * alone. Returns 0 or -ENOMEM.
 */
int changes_add(struct changes *changes, uint64_t network_namespace, const struct link_facts *link,
		struct feature_mask features);

/* Drops records of nothing: those without features. */
void changes_prune(struct changes *changes);

/* Takes back what changes_add() added since the last writing: it could not be written. */
void changes_drop_unsaved(struct changes *changes);

/*
 * Drops the records of devices of the namespace that are no more; `links` are all that are there,
 * ascending by ifindex. A device that was made anew came with its offload on: nothing to restore.
 */
void changes_forget_gone(struct changes *changes, uint64_t network_namespace,
			 const struct link_facts *links, size_t n_links);
