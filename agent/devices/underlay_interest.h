/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Of what happens to links, addresses and routes, that which can change what underlay_find() finds.
 * Pure.
 */

struct route_interest;
struct underlay_node;

/*
 * Fills it from what is known of the node. Where memory runs out, everything matters.
 */
void underlay_interest(const struct underlay_node *node, struct route_interest *ret_interest);
