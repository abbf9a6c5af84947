/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From a link down to the NICs by which its packets leave: VLANs stand on links, bonds and bridges
 * have ports. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

struct device_facts;
struct link_facts;

/* What is walked over; borrowed, but for what is noted while walking. */
struct descent {
	const struct link_facts *links; /* all of the namespace, ascending by ifindex */
	size_t n_links;
	const struct device_facts *devices; /* NICs are the links that have one */
	size_t n_devices;
	bool *seen; /* of each link */
	size_t *waiting; /* places of links that are still to be looked at */
	size_t n_waiting;
};

/*
 * Returns 0 or -ENOMEM. The caller ends with descent_clear(), also after a failure.
 */
int descent_init(struct descent *descent, const struct link_facts *links, size_t n_links,
		 const struct device_facts *devices, size_t n_devices);
void descent_clear(struct descent *descent);

/*
 * Sets those of `reached`, which has a place for each device, that are below the link. Returns
 * whether there is any: a way that ends elsewhere (at a veth, in another tunnel, in another
 * namespace) tells nothing, unless a NIC is reached beside it, as the uplink of a bridge of pods
 * is.
 */
bool descent_from(struct descent *descent, unsigned int ifindex, bool reached[]);
