/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which node this is: its name, and the addresses that other nodes can see its packets come from.
 */

#include "policy/facts.h"

#include <stddef.h>

/*
 * Takes the name of uname(2), and the addresses of those of `links` (all of this namespace,
 * ascending by ifindex) that are up: one that is down sends nothing, as kube-proxy's own for IPVS,
 * which has those of every Service. Those that count on one link or this machine alone are left
 * out. Returns 0 or a negative errno. The caller ends with node_facts_clear().
 */
int node_facts_read(const struct link_facts *links, size_t n_links, struct node_facts *ret_node);
