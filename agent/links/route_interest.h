/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which routes and addresses decide by which links some remote nodes are reached: those of pods,
 * which come and go with them, do not. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link_address;

#define ROUTE_INTEREST_LINKS  64
#define ROUTE_INTEREST_RANGES 16

/* Addresses of IPv4 as numbers, both included. */
struct address_range {
	uint32_t first, last;
};

/* A zeroed one: nothing is known, and everything matters. */
struct route_interest {
	bool known;
	const char *const
		*dead_ends; /* kinds of links that lead nowhere; ends with NULL; borrowed */
	unsigned int links[ROUTE_INTEREST_LINKS]; /* whose addresses matter */
	size_t n_links;
	bool any_link; /* those of all links do: they are too many to be listed */
	struct address_range ranges[ROUTE_INTEREST_RANGES]; /* the routes to them matter */
	size_t n_ranges;
	bool ipv6; /* and those of IPv6 */
};

/* Adds a link whose addresses matter. */
void route_interest_add_link(struct route_interest *interest, unsigned int ifindex);

/*
 * Takes all the addresses to which routes matter, in any order; an empty one is none. Where there
 * are more than ranges, those that are near each other share one. Returns 0 or -ENOMEM.
 */
int route_interest_take_addresses(struct route_interest *interest,
				  const struct link_address *addresses, size_t n_addresses);
