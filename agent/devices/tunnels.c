/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/devices/tunnels.h"

#include "agent/devices/tunnel_ports.h"
#include "agent/devices/underlay.h"
#include "agent/devices/underlay_interest.h"
#include "agent/links/fdb.h"
#include "agent/links/node_addresses.h"
#include "agent/links/route.h"
#include "agent/links/route_interest.h"
#include "agent/links/rtnetlink.h"
#include "cleanup.h"

void tunnels_read(const struct link_facts *links, size_t n_links, struct device_facts *devices,
		  size_t n_devices, struct route_interest *ret_interest)
{
	_cleanup_(cleanup_rtnetlink) struct rtnetlink *rtnetlink = NULL;
	_cleanup_free_ struct node_address *addresses = NULL;
	_cleanup_free_ struct fdb_remote *remotes = NULL;
	struct route_marks marks = {.n_marks = 0};
	unsigned int ports[TUNNEL_PORTS_MAX];
	struct underlay_node node = {
		.links = links,
		.n_links = n_links,
		.marks = &marks,
		.ports = ports,
		.ask = route_ask,
	};

	if (ret_interest)
		*ret_interest = (struct route_interest){.known = false};
	if (n_devices == 0 ||
	    tunnel_ports_read(TUNNEL_PORTS_FOLDER, links, n_links, ports, &node.n_ports) < 0 ||
	    rtnetlink_open(&rtnetlink) < 0 ||
	    node_addresses_read(&addresses, &node.n_addresses) < 0 ||
	    fdb_read(rtnetlink, &remotes, &node.n_remotes) < 0 ||
	    route_read_marks(rtnetlink, &marks) < 0)
		return;
	node.addresses = addresses;
	node.remotes = remotes;
	node.rtnetlink = rtnetlink;
	if (ret_interest)
		underlay_interest(&node, ret_interest);
	underlay_find(&node, devices, n_devices);
}
