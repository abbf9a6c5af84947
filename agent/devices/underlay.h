/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The NICs by which the packets of VXLAN and Geneve devices leave. Where a device sends to is asked
 * of the routing tables: the link that a VXLAN device was made on binds its default destination
 * alone, and who has its source address decides nothing. Pure: what is known is handed in, and
 * routes are asked for through a function.
 */

#include <stddef.h>

struct device_facts;
struct fdb_remote;
struct link_facts;
struct node_address;
struct route_answer;
struct route_marks;
struct route_question;
struct rtnetlink;

/* Everything is borrowed. */
struct underlay_node {
	const struct link_facts *links; /* all of the namespace, ascending by ifindex */
	size_t n_links;
	const struct node_address *addresses;
	size_t n_addresses;
	const struct fdb_remote *remotes; /* as of fdb_read() */
	size_t n_remotes;
	const struct route_marks *marks;
	const unsigned int *ports; /* of tunnels whose devices are in another namespace */
	size_t n_ports;
	/* route_ask() and what it asks */
	int (*ask)(struct rtnetlink *rtnetlink, const struct route_question *question,
		   struct route_answer *ret_answer);
	struct rtnetlink *rtnetlink;
};

/*
 * Fills in which tunnels each device carries. What cannot be known is a doubt on each NIC that is
 * up and has an address, or is below a link that has: others send nothing of this node's own.
 * Returns 0 or -ENOMEM; then the devices say of none that it is known.
 */
int underlay_find(const struct underlay_node *node, struct device_facts *devices, size_t n_devices);
