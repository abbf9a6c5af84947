/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/devices/underlay_interest.h"

#include "agent/devices/underlay.h"
#include "agent/links/fdb.h"
#include "agent/links/route_interest.h"
#include "cleanup.h"
#include "policy/facts.h"

#include <stdlib.h>
#include <string.h>

/*
 * Links as pods and virtual machines have them, of which there may be thousands: no NIC is below
 * them, neither do they stand on one nor is one a port of theirs (descent.h), so that nothing is
 * learned from them but where a way ends.
 */
static const char *const dead_ends[] = {"veth", "netkit", "dummy", "ifb", "tun", NULL};

static bool is_dead_end(const struct link_facts *link)
{
	for (size_t i = 0; dead_ends[i]; i++) {
		if (strcmp(link->kind, dead_ends[i]) == 0)
			return true;
	}
	return false;
}

/*
 * The addresses that routes are asked for: remote ones, and the source, which must be this node's
 * for there to be a route at all, as its local route says.
 */
static int take_addresses(const struct underlay_node *node, struct route_interest *interest)
{
	_cleanup_free_ struct link_address *addresses =
		calloc(2 * node->n_links + node->n_remotes + 1, sizeof(*addresses));
	size_t n_addresses = 0;

	if (!addresses)
		return -1;
	for (size_t i = 0; i < node->n_links; i++) {
		if (node->links[i].remote.size)
			addresses[n_addresses++] = node->links[i].remote;
		if (node->links[i].local.size)
			addresses[n_addresses++] = node->links[i].local;
	}
	for (size_t i = 0; i < node->n_remotes; i++)
		addresses[n_addresses++] = node->remotes[i].address;
	return route_interest_take_addresses(interest, addresses, n_addresses);
}

void underlay_interest(const struct underlay_node *node, struct route_interest *ret_interest)
{
	struct route_interest interest = {.dead_ends = dead_ends};

	for (size_t i = 0; i < node->n_links; i++) {
		if (!is_dead_end(&node->links[i]))
			route_interest_add_link(&interest, node->links[i].ifindex);
	}
	interest.known = take_addresses(node, &interest) == 0;
	*ret_interest = interest;
}
