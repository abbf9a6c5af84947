/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which notifications of links are worth waking up for. Pure: it makes the program, and attaches
 * nothing.
 */

#include <stdint.h>

struct link_kinds;
struct netlink_filter;

/*
 * Makes the program that lets notifications of links pass if links of their kind are meant, and
 * drops the others, and those of bridges about their ports (AF_BRIDGE), which link_message.h takes
 * for none. What is no notification of a link passes. Where memory runs out, it is incomplete. The
 * caller ends with netlink_filter_clear().
 */
void link_filter_make(const struct link_kinds *kinds, struct netlink_filter *ret_filter);

/*
 * Adds, for a notification of a link, of which the type is known already: the end of the program
 * with `without` if the link has no kind, with `named` if it has one of these (NULL = none of
 * them), and with `others` if it has another one. What bridges say of their ports is dropped.
 */
void link_filter_put(struct netlink_filter *filter, const char *const names[], uint32_t without,
		     uint32_t named, uint32_t others);
