/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One rule as iptables-save prints it, read for a given packet: does it fit, and what does it do?
 */

#include "policy/answer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAT_RULE_CHAIN_SIZE 64
/* Cilium asks for six in one rule of CILIUM_OUTPUT. */
#define NAT_RULE_MARKS_MAX 12

/*
 * The packet, as far as it is known. On its way out of a VXLAN device it is the inner one: any
 * protocol, from this node or from outside (what Kubernetes marks does not come from its pods), to
 * a pod on another node. Wrapped, it is the outer one: UDP from this node to another, by whatever
 * device.
 */
struct nat_packet {
	const char *device; /* the VXLAN device; NULL = its name is not known */
	bool outer;
	unsigned int port; /* where the outer one goes */
};

enum nat_target {
	NAT_TARGET_PASS, /* the walk goes on: no target, LOG, ... */
	NAT_TARGET_CHAIN,
	NAT_TARGET_RETURN,
	NAT_TARGET_STOP, /* ACCEPT, DROP, ...: the walk ends, nothing is rewritten */
	NAT_TARGET_REWRITE, /* MASQUERADE, SNAT, ...: the walk ends */
	NAT_TARGET_MARK,
	NAT_TARGET_NOTRACK,
	NAT_TARGET_UNKNOWN, /* may do anything */
};

/* A match on the mark: (mark & mask) == value, or not. */
struct nat_mark_match {
	uint32_t value, mask;
	bool negated;
};

struct nat_rule {
	enum nat_target target;
	char chain[NAT_RULE_CHAIN_SIZE]; /* of NAT_TARGET_CHAIN */
	bool is_goto;
	bool full_random; /* of NAT_TARGET_REWRITE */
	uint32_t set_value, set_mask; /* of NAT_TARGET_MARK: (mark & ~set_mask) ^ set_value */
	/* Does it fit, the mark aside? "Unknown": it fits some such packets. */
	enum answer fits;
	struct nat_mark_match marks[NAT_RULE_MARKS_MAX];
	size_t n_marks;
	bool anything; /* it has no match at all */
};

/* Reads what stands behind "-A CHAIN", `length` bytes. What is not understood is "unknown". */
void nat_rule_read(const char *text, size_t length, const struct nat_packet *packet,
		   struct nat_rule *ret_rule);

/* Does it fit the packet when that has this mark? */
enum answer nat_rule_fits(const struct nat_rule *rule, uint32_t mark);
