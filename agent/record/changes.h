/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The record of what the agent turned off and what has stayed off since, as it is in memory;
 * changes_file.h reads and writes it.
 *
 * Here, a device is followed by its ifindex from the moment that it was met, whatever is renamed.
 * Before, a record of another process or another life is all that is known of it.
 */

#include "agent/base/utc_time.h"
#include "agent/links/network_namespace.h"
#include "ethtool_nl/ethtool_nl.h"
#include "policy/facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* One NIC. */
struct changed_nic {
	uint64_t id; /* in the file, where the last line of an id counts */
	struct network_namespace network_namespace;
	uint64_t pid_namespace; /* of the process that recorded it, by its inode; 0 = not known */
	unsigned int ifindex;
	char name[LINK_NAME_SIZE];
	char kind[LINK_KIND_SIZE];
	char mac[LINK_MAC_SIZE];
	struct feature_mask features; /* turned off by the agent; all were wanted before */
	char changed[UTC_TIME_SIZE]; /* when */
	size_t line; /* of the file: the greater, the younger */
	bool here; /* met: it is the device that has this ifindex here and now */
	bool unwritten; /* the file has it otherwise */
};

struct changes {
	struct changed_nic *nics; /* ascending by ifindex, then by id */
	size_t n_nics, allocated;
	uint64_t last_id;
	char last_change[UTC_TIME_SIZE]; /* of anything, giving back too; "" = never */
	/* The file that was read or written last: */
	bool has_file;
	struct stat file; /* valid when there was one */
	bool is_open; /* to be appended to: */
	int fd; /* of the file; owned */
	off_t room; /* is taken up to there; 0 = not known */
	bool can_append; /* it is a log of this boot, and whole */
	uint64_t log; /* its number, which stays when it is written anew */
	off_t end; /* of its last whole line */
	size_t n_lines; /* of them, and how many it had when it was written as a whole: */
	size_t n_lines_new;
	size_t n_damaged; /* lines that could not be read */
};

/* Frees all; a zeroed one is an empty record, and can be cleared. */
void changes_clear(struct changes *changes);

/* The order of the records: by ifindex, then by id. For qsort(3) and array_lower_bound(). */
int changes_compare_place(const void *one, const void *other);

/* Notes the present time as that of the last change. */
void changes_touch(struct changes *changes);

/* The record of the device that has this ifindex here, once it was met; or NULL. */
struct changed_nic *changes_find(const struct changes *changes, unsigned int ifindex);

/*
 * Meets devices that are here, in this network namespace: finds the record of each among those that
 * no device has met yet. Two of number, name and address must agree, and the kind; of a device that
 * has no address, number and kind. The rest the record takes over, to be written.
 */
void changes_meet(struct changes *changes, struct network_namespace here,
		  const struct link_facts *links, size_t n_links);

/* The device of that ifindex is gone: deleted, or moved to where it may come back from. */
void changes_leave(struct changes *changes, unsigned int ifindex);

/* It is not known any more which device is which. */
void changes_leave_all(struct changes *changes);

/* The device has another name or address now; its record takes them over, to be written. */
void changes_rename(struct changed_nic *nic, const struct link_facts *link);

/*
 * Makes the entry that the record will be when `features` (there may be none) are turned off on the
 * device: a copy of what there is, or a new one. The record itself is left alone.
 */
struct changed_nic changes_entry(struct changes *changes, struct network_namespace here,
				 const struct link_facts *link, struct feature_mask features);

/* Allocates for so many more records. Returns 0 or -ENOMEM. */
int changes_make_room(struct changes *changes, size_t n_more);

/* Puts an entry in place of the record with its id, or adds it. Returns 0 or -ENOMEM. */
int changes_put(struct changes *changes, const struct changed_nic *entry);

/* Takes features, which are on again, or were never turned off, out of the record; to be written.
 */
void changes_take_back(struct changed_nic *nic, struct feature_mask features);

/* Is anything in memory that the file has otherwise, or not at all? */
bool changes_are_unwritten(const struct changes *changes);

/* Drops the records that were written without features. */
void changes_prune(struct changes *changes);

/*
 * Takes over what the record that was in memory knows and the file that was read after it does not
 * have: which devices were met; and, where it is not the same file any more (it was removed, or
 * damaged), all of it. Returns 0 or -ENOMEM.
 */
int changes_take_over(struct changes *changes, const struct changes *before);
