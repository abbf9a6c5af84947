/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Lays beside each other what several documents say: makes one node of all that is said of it, and
 * finds out whose the packets are that others received. Pure.
 */

#include "agent/assess/assessed_nodes.h"

/*
 * Two are the same node when they have the same name and, where both say addresses, one in common:
 * clusters have the same names. The API server may have another name for it, which is then the one:
 * it is joined by an address that no other node has. Documents of the same kind stay two nodes, so
 * that none hides another.
 * Returns 0 or -ENOMEM.
 */
int nodes_join(struct assessed_nodes *nodes);
