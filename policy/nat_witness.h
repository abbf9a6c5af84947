/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Does this node masquerade a packet twice? The answer of its own nat rules, and of the flows that
 * connection tracking shows; the rules decide where they were understood, a flow that was rewritten
 * where they were not. Pure.
 */

#include "policy/answer.h"
#include "policy/facts.h"

#include <stdbool.h>

struct nat_witness {
	enum answer outcome; /* yes = twice */
	bool looked; /* false: neither rules nor a rewritten flow are known */
	char *reason; /* one line for people, never NULL */
	bool flows_object; /* the rules say no, and yet flows were rewritten */
	bool absent; /* "no", for there are no such rules: no objection to what a version says */
};

/* Returns 0 or -ENOMEM. The caller clears the result with nat_witness_clear(). */
int nat_witness_judge(const struct facts *facts, struct nat_witness *ret_witness);
void nat_witness_clear(struct nat_witness *witness);

/*
 * "20 of 60 VXLAN flows of the last 30 s were source-NATed"; with nothing rewritten, "". `text`
 * holds NAT_FLOWS_SIZE bytes.
 */
#define NAT_FLOWS_SIZE 96
const char *nat_flows_describe(const struct nat_seen_facts *nat_seen, char *text);
