/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who sent the wrong packets that nodes received, and what that says of what is thought of it.
 * Pure.
 */

#include "agent/assess/assessed_nodes.h"

/* Room for a sentence with the names of two nodes. */
#define WIRE_SENTENCE_SIZE 768

enum wire_finding {
	WIRE_FINDING_CONTRADICTED, /* it is said to send none */
	WIRE_FINDING_CONFIRMED, /* it is called vulnerable */
	WIRE_FINDING_DECIDED, /* nobody could tell */
	WIRE_FINDING_STRANGER, /* no node, or no single one, has that address */
};

/* "contradicted", "confirmed", "decided" or "stranger". */
const char *wire_finding_name(enum wire_finding finding);

struct wire_sender {
	enum wire_finding finding;
	size_t first, n_sightings; /* of it: these places in the sightings */
	size_t n_receivers;
	uint64_t wrong, inner_wrong; /* all together */
};

/*
 * Puts the sightings in order, those of one sender beside each other. `states` are what is thought
 * of the nodes, by place. Returns 0 or -ENOMEM. The caller frees the array.
 */
int wire_senders_find(struct assessed_nodes *nodes, const enum state states[],
		      struct wire_sender **ret_senders, size_t *ret_n_senders);

/* One line: "node-7 is called mitigated, but node-3 received 12 wrong packets from it (...)". */
void wire_sender_describe(const struct wire_sender *sender, const struct assessed_nodes *nodes,
			  const enum state states[], char text[static WIRE_SENTENCE_SIZE]);
