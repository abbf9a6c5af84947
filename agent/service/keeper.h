/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Keeps the NICs as the policy asks while the node changes: takes in what the kernel says of links
 * and features, marks NICs as dirty, and reconciles these in one place. It knows no event loop;
 * time is a parameter, in milliseconds of a clock that never goes back.
 */

#include "agent/reconcile/inspection.h"
#include "agent/service/nic_states.h"
#include "policy/facts.h"

struct keeper {
	struct inspection inspection; /* policy, NICs, record */
	struct nic_states states; /* what is remembered of each NIC */
	int directory_fd; /* of the state folder, or -1; owned */
	int lock_file; /* of the record, or -1; owned */
	int driver_fd; /* of links_driver_socket(), or -1; owned */
	bool resync; /* read everything again */
	bool lost; /* because notifications were lost */
	bool concerns_anew; /* other kinds of links may be of concern now; cleared by who asks */
	unsigned int *dirty; /* ifindexes of the NICs to be looked at in the next pass */
	size_t n_dirty, allocated_dirty;
	uint64_t retry_at; /* after a failure, no pass before; 0 = none failed */
	int last_error; /* of that failure; logged once */
	uint64_t corrections; /* drifts corrected since the start */
	bool symptoms_unwritten; /* what was seen on NICs; see symptom_watch.h */
	int symptoms_error; /* of writing it; logged once */
	bool changed; /* the report is not what it was; cleared when it is published */
};

#define KEEPER_NONE                                                                                \
	{                                                                                          \
		.directory_fd = -1, .lock_file = -1, .driver_fd = -1                               \
	}

/* What a link notification meant. */
enum keeper_event {
	KEEPER_FOREIGN, /* none of ours */
	KEEPER_KNOWN, /* one of ours, or not any more */
	KEEPER_NEW_NIC, /* one that is of our concern has appeared: perhaps a CNI at work */
};

/* Takes in one notification of rtnetlink, or of the features' group. Marks; changes nothing. */
enum keeper_event keeper_take_link(struct keeper *keeper, const struct link_facts *link, bool gone);
void keeper_take_features(struct keeper *keeper, unsigned int ifindex,
			  const struct featureset *features);

/* Notifications were lost: the next pass reads everything again. */
void keeper_take_loss(struct keeper *keeper);

/*
 * Something changed that no notification names: links that are of concern only now were not heard,
 * or tunnels may leave by other NICs. The next pass reads everything again, too.
 */
void keeper_take_change(struct keeper *keeper);

/* The policy is a new one: the next pass reads everything again, and calls nothing a drift. */
void keeper_take_policy(struct keeper *keeper);

/*
 * The sweep: looks for what no notification told, and marks it. Of which tunnels a NIC carries not
 * all changes are notified.
 */
void keeper_sweep(struct keeper *keeper);

/* Marks every NIC. */
void keeper_mark_all(struct keeper *keeper);

/*
 * Looks at the dirty NICs and brings them to the wanted state. What went wrong is logged, and
 * what can be tried again is tried again in a later pass.
 */
void keeper_pass(struct keeper *keeper, uint64_t now_ms);

/*
 * Makes ready what every change needs, so that the first one waits for nothing else. What fails
 * here fails again, and is said, when it is needed.
 */
void keeper_prepare(struct keeper *keeper);

/*
 * How many NICs back off, since another program keeps turning features on; `ret_first` gets the
 * name of the first of them.
 */
size_t keeper_paused(const struct keeper *keeper, uint64_t now_ms,
		     char ret_first[static LINK_NAME_SIZE]);

/*
 * Asks for the drivers of NICs that appeared since the last time: only the report shows them, so
 * that no NIC waits for it.
 */
void keeper_read_drivers(struct keeper *keeper);

/* When the next pass is due, in milliseconds from now: 0 = now, UINT64_MAX = after an event. */
uint64_t keeper_wait(const struct keeper *keeper, uint64_t now_ms);

/*
 * Opens the folder of the record, and makes it, where it is missing: at the start, or because it
 * was removed. Returns 0 or a negative errno.
 */
int keeper_open_folder(struct keeper *keeper);

/*
 * Turns on again all that the agent turned off (on_stop = "restore"); waits for others who change
 * NICs meanwhile. Returns 0 or a negative errno; `ret_n_left` is how many NICs did not take it.
 */
int keeper_restore(struct keeper *keeper, size_t *ret_n_left);

/* Frees all; KEEPER_NONE can be cleared. */
void keeper_clear(struct keeper *keeper);
