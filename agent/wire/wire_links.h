/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where `wire` listens: the links that have the addresses of this node's VXLAN devices, or that
 * were named; and to which UDP ports. A bridge, bond or VLAN is such a link, and the NIC below it
 * is not: there a packet would be seen twice, or not at all.
 */

#include "agent/wire/wire_filter.h"
#include "policy/facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than any node has underlays. */
#define WIRE_LINKS_MAX 32

struct wire_link {
	unsigned int ifindex;
	unsigned int header_size; /* of its frames: 14 for Ethernet, 0 where there is none */
	char name[LINK_NAME_SIZE];
	bool gone; /* since it was listened on */
};

struct wire_links {
	struct wire_link links[WIRE_LINKS_MAX];
	size_t n_links;
	bool more_links; /* there are more than these */
	uint16_t ports[WIRE_FILTER_PORTS_MAX]; /* the usual ones, when no device names any */
	size_t n_ports;
	bool more_ports;
	char (*devices)[LINK_NAME_SIZE]; /* the VXLAN devices */
	size_t n_devices;
	struct node_facts node; /* whose links they are */
	bool by_routes; /* some device names no link: those of the default routes were taken */
	bool geneve; /* there are Geneve devices, which are not looked at */
};

/* Room for a complaint. */
#define WIRE_COMPLAINT_SIZE 256

/*
 * Chooses by `names` (NULL at their end), or, when there are none, by the VXLAN devices.
 * Returns 0; -EINVAL when there is nothing to listen on, with one line in `ret_complaint` that says
 * why and what to do; another negative errno: the kernel could not be asked. The caller ends with
 * wire_links_clear().
 */
int wire_links_choose(const char *const names[], struct wire_links *ret_links,
		      char ret_complaint[static WIRE_COMPLAINT_SIZE]);
void wire_links_clear(struct wire_links *links);

/* There were some, and nothing can come by any of them any more. */
bool wire_links_all_gone(const struct wire_links *links);
