/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A simulated node: devices that come, go, are renamed and changed by their users, the
 * notifications that the kernel would send of that, and the memory of what the agent did to each
 * device. Everything is in one piece of memory, so that it outlives a process that is killed.
 */

#include "policy/facts.h"
#include "tests/fake/fake_backend.h"

#include <stdbool.h>
#include <stdint.h>

#define NODE_SLOTS  6
#define NODE_EVENTS 256

/*
 * How many turnings-off are remembered, one more than are permitted in a minute: the first one,
 * five corrections, one after the pause of 10 seconds, and one after that of 20.
 */
#define NODE_MINUTE (1 + 5 + 2 + 1)

/* What is known of the device in a slot beside its features. */
struct node_device {
	struct link_facts link;
	/* Turned off by the agent, and not turned on again: must be on record. */
	struct feature_mask agent_off;
	/* Turned off by the agent since all was at rest, or on record then or when it died: may be
	 * given back. */
	struct feature_mask ever_off;
	uint64_t corrected[NODE_MINUTE]; /* when the agent turned something off, the oldest first */
};

enum node_event_kind {
	NODE_LINK,
	NODE_LINK_GONE,
	NODE_FEATURES,
};

struct node_event {
	enum node_event_kind kind;
	struct link_facts link;
	struct featureset features;
};

struct node {
	struct fake_device devices[NODE_SLOTS]; /* ifindex 0: the slot is empty */
	struct node_device slots[NODE_SLOTS];
	struct feature_mask offered; /* what a new device can do */
	struct feature_mask checksums; /* what the agent is about */
	struct feature_mask tx, tso;
	struct node_event events[NODE_EVENTS]; /* sent, not yet read */
	unsigned int n_events;
	bool overrun; /* events did not fit: the next reading says so, once */
	unsigned int last_ifindex;
	unsigned int time_to_live; /* of the agent's process; see fake_backend.h */
	uint64_t now_ms;
	uint64_t random;
};

/* A number from 0 to n - 1. */
unsigned int node_random(struct node *node, unsigned int n);

/* What happens on a node, in a slot of its choice. */
void node_create(struct node *node);
void node_delete(struct node *node);
void node_rename(struct node *node);
void node_user_sets(struct node *node);
void node_turn_refusing(struct node *node); /* the driver begins, or ends, to refuse */

/* Is the device there, and one that the configuration of the model selects and the rules expose? */
bool node_is_target(const struct node *node, size_t slot);

/* Forgets how often it was corrected: something happened that is no drift. */
void node_forget_corrections(struct node *node);

/* All links, for the agent's reading; returns how many. */
size_t node_links(const struct node *node, struct link_facts links[NODE_SLOTS]);
