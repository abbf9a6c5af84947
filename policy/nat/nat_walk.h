/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One packet's walk through the chains of one table, as the kernel would do it: where it ends, and
 * what becomes of its mark. Pure.
 */

#include "policy/nat/nat_reason.h"
#include "policy/nat/nat_rule.h"
#include "policy/nat/nat_text.h"

/* Where kube-proxy and kubelet act on their mark. */
#define NAT_CHAIN_USES_MARK "KUBE-POSTROUTING"

/* How many values a mark may take on a walk. */
#define NAT_WALK_VALUES_MAX 8

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
	const struct nat_line *line; /* NULL = it did not, with this mark */
	bool rewritten, full_random;
};

/*
 * A packet has one of `values` as its mark; sets of them are bits. Where a rule fits only some
 * packets the inner one goes both ways, since one that is hit is enough; the outer one passes such
 * a rule by, since it is about other packets than the nodes' own, unless it is an exemption.
 */
struct nat_walk {
	const struct nat_text *split; /* borrowed, as all pointers here */
	unsigned int table; /* an index of split->tables */
	struct nat_packet packet;
	const struct nat_mark *mark; /* the one of interest */
	size_t *bytes_left; /* how many bytes of rules may still be read, in all walks */
	uint32_t values[NAT_WALK_VALUES_MAX]; /* the first one is what it begins with */
	size_t n_values;
	/* Out: */
	struct nat_ending endings[NAT_WALK_VALUES_MAX];
	const struct nat_line *clearing; /* the last rule that cleared the mark of interest */
	const struct nat_line *not_tracked; /* the rule that exempts the packet from nat */
	char doubt[NAT_REASON_SIZE]; /* why the walk cannot be trusted; "" = it can */
};

/*
 * Walks, with one value. Returns which of the values (bits) come out at the end of `chain`; a chain
 * that is not there is passed.
 */
unsigned int nat_walk_run(struct nat_walk *walk, const char *chain);
