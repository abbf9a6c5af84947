/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What connection tracking shows of this node's VXLAN packets: a flow whose original source is not
 * the destination of what is answered was rewritten on its way out. Needs CAP_NET_ADMIN; where
 * connections are not tracked nothing is asked, so that nothing is loaded.
 */

#include "policy/facts.h"

/*
 * Counts the flows of this node's own addresses to a VXLAN port: the usual ones, and those of its
 * VXLAN devices (a gateway's connections are others'). With `root` (NULL = none) nothing is read,
 * since flows are no files. Why connections were not looked at is a fact.
 * Returns 0 or -ENOMEM. The caller ends with nat_seen_facts_clear().
 */
int detect_conntrack(const char *root, struct nat_seen_facts *ret_nat_seen);
