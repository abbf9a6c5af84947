/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/devices/descent.h"

#include "agent/links/links.h"
#include "array.h"
#include "policy/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Their packets leave by the link that they stand on. */
static const char *const stacked[] = {
	"vlan", "macvlan", "macvtap", "ipvlan", "ipvtap", "macsec", "dsa", "ipoib",
};

/* Their packets leave by their ports. */
static const char *const masters[] = {"bond", "team", "bridge", "vrf"};

int descent_init(struct descent *descent, const struct link_facts *links, size_t n_links,
		 const struct device_facts *devices, size_t n_devices)
{
	*descent = (struct descent){
		.links = links,
		.n_links = n_links,
		.devices = devices,
		.n_devices = n_devices,
		.seen = calloc(n_links + 1, sizeof(bool)),
		.waiting = calloc(n_links + 1, sizeof(size_t)),
	};
	return descent->seen && descent->waiting ? 0 : -ENOMEM;
}

void descent_clear(struct descent *descent)
{
	free(descent->seen);
	free(descent->waiting);
	*descent = (struct descent){.n_links = 0};
}

static bool is_one_of(const char *kind, const char *const kinds[], size_t n_kinds)
{
	for (size_t i = 0; i < n_kinds; i++) {
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	}
	return false;
}

/* Each link is looked at once, however many ways lead to it, round about included. */
static void wait_for(struct descent *descent, const struct link_facts *link)
{
	size_t place = link - descent->links;

	if (descent->seen[place])
		return;
	descent->seen[place] = true;
	descent->waiting[descent->n_waiting++] = place;
}

static void wait_for_lower(struct descent *descent, unsigned int ifindex)
{
	const struct link_facts *link = links_find(descent->links, descent->n_links, ifindex);

	if (link)
		wait_for(descent, link);
}

static void wait_for_ports(struct descent *descent, const struct link_facts *link)
{
	for (size_t i = 0; i < descent->n_links; i++) {
		if (descent->links[i].master == link->ifindex)
			wait_for(descent, &descent->links[i]);
	}
}

/* The links of a switch of Open vSwitch are no ports of one another, but of its datapath. */
static void wait_for_datapath(struct descent *descent)
{
	for (size_t i = 0; i < descent->n_links; i++) {
		if (strcmp(descent->links[i].kind, "openvswitch") == 0)
			wait_for_ports(descent, &descent->links[i]);
	}
}

static bool reach(const struct descent *descent, const struct link_facts *link, bool reached[])
{
	for (size_t i = 0; i < descent->n_devices; i++) {
		if (descent->devices[i].ifindex == link->ifindex) {
			reached[i] = true;
			return true;
		}
	}
	return false;
}

/* Returns whether it is a NIC. One that has ports (Hyper-V's, failover) hands packets to them, or
 * sends them by itself. Software of which something is asked is reached on the way. */
static bool look_at(struct descent *descent, const struct link_facts *link, bool reached[])
{
	if (is_one_of(link->kind, stacked, N_ELEMENTS(stacked)))
		wait_for_lower(descent, link->lower);
	else if (strcmp(link->kind, "openvswitch") == 0)
		wait_for_datapath(descent);
	else if (!link->kind[0] || is_one_of(link->kind, masters, N_ELEMENTS(masters)))
		wait_for_ports(descent, link);
	return reach(descent, link, reached) && link_may_be_hardware(link);
}

bool descent_from(struct descent *descent, unsigned int ifindex, bool reached[])
{
	bool any = false;

	memset(descent->seen, 0, descent->n_links * sizeof(bool));
	wait_for_lower(descent, ifindex);
	while (descent->n_waiting > 0) {
		const size_t place = descent->waiting[--descent->n_waiting];

		any |= look_at(descent, &descent->links[place], reached);
	}
	return any;
}
