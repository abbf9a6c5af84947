/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/wire/wire_links.h"

#include "agent/base/text.h"
#include "agent/links/links.h"
#include "agent/links/node_addresses.h"
#include "agent/links/node_facts.h"
#include "agent/links/route.h"
#include "agent/links/rtnetlink.h"
#include "array.h"
#include "cleanup.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/if_arp.h>
#include <linux/if_ether.h>

/* Linux's own default for VXLAN, and IANA's; Geneve's 6081 is another format. */
static const uint16_t usual_ports[] = {8472, 4789};

/* In every namespace (include/net/net_namespace.h). */
#define LOOPBACK_IFINDEX 1

/* What this node is like, as long as links are chosen. */
struct node {
	struct link_facts *links;
	size_t n_links;
	struct node_address *addresses;
	size_t n_addresses;
	struct rtnetlink *rtnetlink;
	int fd; /* for questions about single links */
};

static void node_clear(const struct node *node)
{
	free(node->links);
	free(node->addresses);
	rtnetlink_close(node->rtnetlink);
	if (node->fd >= 0)
		close(node->fd);
}

static int node_read(struct node *node)
{
	int result = links_read(NULL, &node->links, &node->n_links);

	if (result == 0)
		result = node_addresses_read(&node->addresses, &node->n_addresses);
	if (result == 0)
		result = rtnetlink_open(&node->rtnetlink);
	if (result < 0)
		return result;
	node->fd = links_driver_socket();
	return node->fd < 0 ? node->fd : 0;
}

static const struct link_facts *find_link(const struct node *node, unsigned int ifindex)
{
	return links_find(node->links, node->n_links, ifindex);
}

static const struct link_facts *find_name(const struct node *node, const char *name)
{
	for (size_t i = 0; i < node->n_links; i++) {
		if (strcmp(node->links[i].name, name) == 0)
			return &node->links[i];
	}
	return NULL;
}

/*
 * What stands before a packet's IP header on a packet socket. -EOPNOTSUPP: that is not known of
 * this type of link (InfiniBand's, for one).
 */
static int read_header_size(int fd, const struct link_facts *link, unsigned int *ret_size)
{
	struct ifreq request = {0};

	memcpy(request.ifr_name, link->name, sizeof(request.ifr_name));
	if (ioctl(fd, SIOCGIFHWADDR, &request) < 0)
		return -errno;
	switch (request.ifr_hwaddr.sa_family) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
		*ret_size = ETH_HLEN;
		return 0;
	case ARPHRD_NONE:
	case ARPHRD_PPP:
	case ARPHRD_RAWIP:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
		*ret_size = 0;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/* Adds a link, once. Returns 0, or why it cannot be. */
static int add_link(const struct node *node, const struct link_facts *link,
		    struct wire_links *chosen)
{
	struct wire_link added = {.ifindex = link->ifindex};
	int result;

	for (size_t i = 0; i < chosen->n_links; i++) {
		if (chosen->links[i].ifindex == link->ifindex)
			return 0;
	}
	result = read_header_size(node->fd, link, &added.header_size);
	if (result < 0)
		return result;
	if (chosen->n_links == WIRE_LINKS_MAX) {
		chosen->more_links = true;
		return 0;
	}
	memcpy(added.name, link->name, sizeof(added.name));
	chosen->links[chosen->n_links++] = added;
	return 0;
}

static void add_port(struct wire_links *chosen, unsigned int port)
{
	for (size_t i = 0; i < chosen->n_ports; i++) {
		if (chosen->ports[i] == port)
			return;
	}
	if (chosen->n_ports == WIRE_FILTER_PORTS_MAX)
		chosen->more_ports = true;
	else
		chosen->ports[chosen->n_ports++] = (uint16_t)port;
}

static bool is_vxlan(const struct link_facts *link)
{
	return strcmp(link->kind, "vxlan") == 0;
}

/* Names and ports of the VXLAN devices. */
static int take_devices(const struct node *node, struct wire_links *chosen)
{
	chosen->devices = calloc(node->n_links ? node->n_links : 1, sizeof(*chosen->devices));
	if (!chosen->devices)
		return -ENOMEM;
	for (size_t i = 0; i < node->n_links; i++) {
		const struct link_facts *link = &node->links[i];

		chosen->geneve |= strcmp(link->kind, "geneve") == 0;
		if (!is_vxlan(link))
			continue;
		memcpy(chosen->devices[chosen->n_devices++], link->name, LINK_NAME_SIZE);
		if (link->port)
			add_port(chosen, link->port);
	}
	if (chosen->n_ports > 0)
		return 0;
	for (size_t i = 0; i < N_ELEMENTS(usual_ports); i++)
		add_port(chosen, usual_ports[i]);
	return 0;
}

static bool same_address(const struct link_address *one, const struct link_address *other)
{
	return one->size == other->size && memcmp(one->bytes, other->bytes, one->size) == 0;
}

/* A node whose address is announced by routing has it on one of these, and packets come by others.
 */
static bool receives_nothing(const struct link_facts *link)
{
	return link->ifindex == LOOPBACK_IFINDEX || strcmp(link->kind, "dummy") == 0;
}

/* Adds the link that has the address. Is there one by which packets come? */
static bool add_by_address(const struct node *node, const struct link_address *address,
			   struct wire_links *chosen)
{
	bool found = false;

	for (size_t i = 0; address->size && i < node->n_addresses; i++) {
		const struct node_address *own = &node->addresses[i];
		const struct link_facts *link = find_link(node, own->ifindex);

		if (link && same_address(&own->address, address) &&
		    add_link(node, link, chosen) == 0)
			found |= !receives_nothing(link);
	}
	return found;
}

/* Adds the links by which the kernel would send to there. */
static void add_by_route(const struct node *node, const struct link_address *destination,
			 struct wire_links *chosen)
{
	const struct route_question question = {.destination = *destination};
	struct route_answer answer = {.n_links = 0};

	if (route_ask(node->rtnetlink, &question, &answer) < 0)
		return;
	for (size_t i = 0; i < answer.n_links; i++) {
		const struct link_facts *link = find_link(node, answer.links[i]);

		if (link && !is_vxlan(link))
			add_link(node, link, chosen);
	}
}

/* Addresses that nobody has: what is sent there takes the default route (RFC 5737, RFC 3849). */
static void add_default_routes(const struct node *node, struct wire_links *chosen)
{
	static const struct link_address nobody[] = {
		{4, {192, 0, 2, 1}},
		{16, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
	};

	for (size_t i = 0; i < N_ELEMENTS(nobody); i++)
		add_by_route(node, &nobody[i], chosen);
	chosen->by_routes = true;
}

/* A device's underlay: the link that it names, the one with its own address, or as routed. */
static void add_underlay(const struct node *node, const struct link_facts *device,
			 struct wire_links *chosen)
{
	const struct link_facts *link = find_link(node, device->sends_by);

	if (device->elsewhere)
		return;
	if (link && add_link(node, link, chosen) == 0)
		return;
	if (!add_by_address(node, &device->local, chosen))
		add_default_routes(node, chosen);
}

static int choose_by_devices(const struct node *node, struct wire_links *chosen,
			     char complaint[static WIRE_COMPLAINT_SIZE])
{
	for (size_t i = 0; i < node->n_links; i++) {
		if (is_vxlan(&node->links[i]))
			add_underlay(node, &node->links[i], chosen);
	}
	if (chosen->n_links)
		return 0;
	if (chosen->n_devices)
		snprintf(complaint, WIRE_COMPLAINT_SIZE,
			 "the VXLAN devices here do not tell which NIC they use: name it with "
			 "--interface");
	else
		snprintf(complaint, WIRE_COMPLAINT_SIZE,
			 "there is no VXLAN device here%s: name the NIC that VXLAN packets come by "
			 "with --interface",
			 chosen->geneve ? " (Geneve is not looked at)" : "");
	return -EINVAL;
}

static int choose_by_name(const struct node *node, const char *name, struct wire_links *chosen,
			  char complaint[static WIRE_COMPLAINT_SIZE])
{
	const struct link_facts *link = find_name(node, name);
	char clean[64];
	int result;

	text_clean(name, clean, sizeof(clean));
	if (!link) {
		snprintf(complaint, WIRE_COMPLAINT_SIZE,
			 "--interface: %s: there is no such interface here; see 'ip link'", clean);
		return -EINVAL;
	}
	if (is_vxlan(link)) {
		snprintf(
			complaint, WIRE_COMPLAINT_SIZE,
			"--interface: %s: is a VXLAN device: name the NIC that its packets come by",
			clean);
		return -EINVAL;
	}
	result = add_link(node, link, chosen);
	if (result == -EOPNOTSUPP) {
		snprintf(complaint, WIRE_COMPLAINT_SIZE,
			 "--interface: %s: its packets cannot be read: its type of link is not "
			 "known here",
			 clean);
		return -EINVAL;
	}
	return result;
}

int wire_links_choose(const char *const names[], struct wire_links *ret_links,
		      char ret_complaint[static WIRE_COMPLAINT_SIZE])
{
	_cleanup_(node_clear) struct node node = {.fd = -1};
	_cleanup_(wire_links_clear) struct wire_links chosen = {.n_links = 0};
	int result = node_read(&node);

	if (result == 0)
		result = node_facts_read(node.links, node.n_links, &chosen.node);
	if (result == 0)
		result = take_devices(&node, &chosen);
	if (result == 0 && !names[0])
		result = choose_by_devices(&node, &chosen, ret_complaint);
	for (size_t i = 0; result == 0 && names[i]; i++)
		result = choose_by_name(&node, names[i], &chosen, ret_complaint);
	if (result < 0)
		return result;
	*ret_links = chosen;
	chosen = (struct wire_links){.n_links = 0};
	return 0;
}

bool wire_links_all_gone(const struct wire_links *links)
{
	for (size_t i = 0; i < links->n_links; i++) {
		if (!links->links[i].gone)
			return false;
	}
	return links->n_links > 0;
}

void wire_links_clear(struct wire_links *links)
{
	free(links->devices);
	node_facts_clear(&links->node);
	*links = (struct wire_links){.n_links = 0};
}
