/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which notifications of routes, addresses, links and forwarding databases are worth waking up for.
 * Pure: it makes the program, and attaches nothing.
 */

struct netlink_filter;
struct route_interest;

/*
 * Makes the program that drops:
 * - of links, those of kinds that lead nowhere;
 * - addresses of other links than those that matter;
 * - neighbours, and entries of forwarding databases that send to no other node;
 * - routes to other addresses than those that matter. Of IPv6, link-local ones come and go with
 *   their link, whose own notification is enough.
 * All else passes. Where memory runs out, it is incomplete. The caller ends with
 * netlink_filter_clear().
 */
void route_filter_make(const struct route_interest *interest, struct netlink_filter *ret_filter);
