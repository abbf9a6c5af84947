/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One packet's walk through chains, as the kernel would do it: where it ends, and what becomes of
 * its mark. Pure, but for chains that are loaded on the way.
 */

#include "policy/nat/nat_reason.h"
#include "policy/nat/nat_rule.h"
#include "policy/nat/nat_ruleset.h"

/* Where kube-proxy and kubelet act on their mark. */
#define NAT_CHAIN_USES_MARK "KUBE-POSTROUTING"

/* How many values a mark may take on a walk. */
#define NAT_WALK_VALUES_MAX 16

/* A mark that is set: (packet's mark & mask) == value. */
struct nat_mark {
	uint32_t value, mask;
};

static inline bool nat_mark_is_set(const struct nat_mark *mark, uint32_t value)
{
	return (value & mark->mask) == mark->value;
}

/* Where a packet's walk ended. */
struct nat_ending {
	struct nat_place place; /* none: it did not, with this mark */
	bool rewritten, full_random;
};

/*
 * A packet has one of `values` as its mark; sets of them are bits. Where a rule fits only some
 * packets the inner one goes both ways, since one that is hit is enough; the outer one passes such
 * a rule by, since it is about other packets than the nodes' own, unless it is an exemption.
 */
struct nat_walk {
	struct nat_ruleset *ruleset; /* borrowed, as all pointers here */
	struct nat_packet packet;
	const struct nat_mark *mark; /* the one of interest */
	size_t *visits_left; /* how many rules may still be visited, in all walks */
	uint32_t values[NAT_WALK_VALUES_MAX]; /* the first one is what it begins with */
	size_t n_values;
	/* Out: */
	struct nat_ending endings[NAT_WALK_VALUES_MAX];
	struct nat_place clearing; /* the last rule that cleared the mark of interest */
	struct nat_place not_tracked; /* the rule that exempts the packet from nat */
	char doubt[NAT_REASON_SIZE]; /* why the walk cannot be trusted; "" = it can */
	int error; /* -ENOMEM, or 0 */
};

/*
 * Walks a base chain with the values of `set`. Returns those with which packets go on to the next
 * base chain: they came to its end, or were accepted. What was rewritten is in `endings`.
 */
unsigned int nat_walk_base(struct nat_walk *walk, struct nat_chain *base, unsigned int set);
