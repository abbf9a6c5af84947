/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What iptables' extensions are called, and what they mean for a walk. */

#include "policy/nat/nat_rule.h"

#include <stdbool.h>

/*
 * What a target does, as the one step that it is. NAT_TARGET_NOTHING: the walk goes on, and no mark
 * is another (LOG and its like); NAT_TARGET_OTHER: it is no target that is known.
 */
enum nat_target {
	NAT_TARGET_OTHER,
	NAT_TARGET_NOTHING,
	NAT_TARGET_RETURN,
	NAT_TARGET_ACCEPT,
	NAT_TARGET_DROP,
	NAT_TARGET_REWRITE,
	NAT_TARGET_MARK,
	NAT_TARGET_NOTRACK,
	NAT_TARGET_CT,
	NAT_TARGET_CONNMARK,
};

enum nat_target nat_target_find(const char *name);

/* Is a match of this name known, so that it is known, too, what it is not about? */
bool nat_match_is_known(const char *name);

/* The states that iptables and conntrack name; 0 when there is no such. */
unsigned int nat_state_find(const char *name);

/*
 * An ipset cannot be looked into: what its name, and the question whether the packet's source or
 * its destination alone is in it, say of the match.
 */
enum nat_step_kind nat_set_kind(const char *name, bool source, bool destination);
