/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a node says of itself: a document of `facts`, `status --json` or `wire --json`, read member
 * by member. What it is shows in what is in it.
 */

#include "agent/assess/assess_policy.h"
#include "agent/assess/assessed_nodes.h"
#include "agent/assess/json_reader.h"
#include "agent/base/json.h"

struct node_document {
	const struct assess_policy *policy;
	struct assessed_nodes
		*nodes; /* where sightings go: of a receiver that will be its next node */
	bool has_state, has_peers, dry_run;
	json_t *facts; /* those of a `facts` document; NULL: it has none */
	struct assessed_node node;
	/* The first fault, "" = none, and what it is about; "" = nothing. */
	char fault[96], detail[64];
	int error; /* 0 or -ENOMEM */
};

void node_document_clear(struct node_document *document);

/*
 * Reads the value of a member. Returns false for a key that no such document has: then the value is
 * still to come. Faults are in the reader or in the document.
 */
bool node_document_read(struct node_document *document, struct json_reader *reader,
			const char *key);

/* Is it one? Asked when all its members are read. */
bool node_document_is_any(const struct node_document *document);

/*
 * Ends it: the node, with its sources, is complete. Returns 0; -EBADMSG with a fault in the
 * document; -ENOMEM; -ECANCELED when it could not be judged, and why has been said.
 */
int node_document_finish(struct node_document *document);
