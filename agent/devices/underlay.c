/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/devices/underlay.h"

#include "agent/devices/descent.h"
#include "agent/links/fdb.h"
#include "agent/links/links.h"
#include "agent/links/node_addresses.h"
#include "agent/links/route.h"
#include "array.h"
#include "cleanup.h"
#include "policy/facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one device, so many are asked for: Kubernetes knows no larger clusters. */
#define REMOTES_MAX 5000

/* What is found out about the ways of one tunnel; of each device. */
struct search {
	const struct underlay_node *node;
	struct descent descent;
	bool *candidates; /* may send packets of this node's own */
	bool *reached; /* sends the tunnel's packets */
	bool *by_mark; /* sends those with some mark */
	const char *doubt; /* why others may, too; NULL = they do not */
};

static void cleanup_search(struct search *search)
{
	descent_clear(&search->descent);
	free(search->candidates);
	free(search->reached);
	free(search->by_mark);
}

static void note_doubt(struct search *search, const char *why)
{
	if (!search->doubt)
		search->doubt = why;
}

static void leave_by(struct search *search, unsigned int ifindex)
{
	if (!descent_from(&search->descent, ifindex, search->reached))
		note_doubt(search, "a link on the way is no NIC");
}

/* The VRF that the link is, or is in; 0 = none. */
static unsigned int vrf_of(const struct underlay_node *node, unsigned int ifindex)
{
	const struct link_facts *link = links_find(node->links, node->n_links, ifindex);

	if (link && strcmp(link->kind, "vrf") != 0)
		link = links_find(node->links, node->n_links, link->master);
	return link && strcmp(link->kind, "vrf") == 0 ? link->ifindex : 0;
}

static bool is_multicast(const struct link_address *address)
{
	return address->size == 4 ? address->bytes[0] >> 4 == 14 : address->bytes[0] == 0xff;
}

/* Packets take the mark of those that they wrap, for which policy rules may have ways of their own.
 */
static int try_marks(struct search *search, struct route_question question)
{
	const struct underlay_node *node = search->node;

	if (node->marks->partial)
		note_doubt(search, "policy rules ask for more marks than are tried");
	for (size_t i = 0; i < node->marks->n_marks; i++) {
		struct route_answer answer;
		int result;

		question.mark = node->marks->marks[i];
		result = node->ask(node->rtnetlink, &question, &answer);
		if (result < 0)
			return result;
		for (size_t j = 0; j < answer.n_links; j++)
			descent_from(&search->descent, answer.links[j], search->by_mark);
	}
	return 0;
}

static int follow_route(struct search *search, const struct route_question *question)
{
	const struct underlay_node *node = search->node;
	struct route_answer answer;
	int result = node->ask(node->rtnetlink, question, &answer);

	if (result < 0)
		return result;
	for (size_t i = 0; i < answer.n_links; i++)
		leave_by(search, answer.links[i]);
	if (answer.partial)
		note_doubt(search, "a route may have more next hops than the kernel says");
	return try_marks(search, *question);
}

/* A group is joined on one link; others are reached as the tables say, within the VRF, if any. */
static void follow(struct search *search, const struct link_facts *tunnel,
		   const struct link_address *remote, unsigned int via)
{
	unsigned int vrf = vrf_of(search->node, via ? via : tunnel->sends_by);
	const struct route_question question = {
		.destination = *remote,
		.source = tunnel->local,
		.oif = vrf ? vrf : via,
		.port = tunnel->port,
	};

	if (is_multicast(remote) && (via || tunnel->sends_by))
		leave_by(search, via ? via : tunnel->sends_by);
	else if (follow_route(search, &question) < 0)
		note_doubt(search, "the kernel cannot be asked for routes");
}

static int compare_ifindex(const void *key, const void *element)
{
	const struct fdb_remote *remote = element;

	return compare_numbers(*(const unsigned int *)key, remote->ifindex);
}

/* Follows the entries of the tunnel's forwarding database. Returns how many there are. */
static size_t follow_fdb(struct search *search, const struct link_facts *tunnel)
{
	const struct underlay_node *node = search->node;
	const size_t first = array_lower_bound(&tunnel->ifindex, node->remotes, node->n_remotes,
					       sizeof(*node->remotes), compare_ifindex);
	size_t n_entries = 0;

	for (size_t i = first; i < node->n_remotes; i++) {
		const struct fdb_remote *remote = &node->remotes[i];

		if (remote->ifindex != tunnel->ifindex)
			break;
		if (++n_entries > REMOTES_MAX)
			note_doubt(search, "its remotes are too many to ask for");
		else if (remote->address.size == 0)
			note_doubt(search, "its remotes are those of nexthop objects");
		else
			follow(search, tunnel, &remote->address, remote->via);
	}
	return n_entries;
}

/* The link that has the address; 0 = none. */
static unsigned int holder_of(const struct underlay_node *node, const struct link_address *address)
{
	for (size_t i = 0; i < node->n_addresses; i++) {
		if (address->size &&
		    memcmp(&node->addresses[i].address, address, sizeof(*address)) == 0)
			return node->addresses[i].ifindex;
	}
	return 0;
}

/* By which link it will send as soon as it knows where to. */
static void follow_nothing(struct search *search, const struct link_facts *tunnel)
{
	unsigned int ifindex =
		tunnel->sends_by ? tunnel->sends_by : holder_of(search->node, &tunnel->local);

	if (ifindex)
		leave_by(search, ifindex);
	else
		note_doubt(search, "it has neither a remote nor an address of this node");
}

/* What a device says of itself can leave its way open. */
static const char *find_riddle(const struct underlay_node *node, const struct link_facts *tunnel)
{
	const bool is_geneve = strcmp(tunnel->kind, "geneve") == 0;

	if (tunnel->elsewhere)
		return "it sends in another network namespace";
	if (tunnel->external || (is_geneve && tunnel->remote.size == 0))
		return "each packet brings its own destination";
	if (tunnel->sends_by && !links_find(node->links, node->n_links, tunnel->sends_by))
		return "its link is not in this network namespace";
	return NULL;
}

static void search_tunnel(struct search *search, const struct link_facts *tunnel)
{
	const size_t n_devices = search->descent.n_devices;
	size_t n_entries;

	memset(search->reached, 0, n_devices * sizeof(bool));
	memset(search->by_mark, 0, n_devices * sizeof(bool));
	search->doubt = find_riddle(search->node, tunnel);
	if (search->doubt)
		return;
	n_entries = follow_fdb(search, tunnel);
	if (tunnel->remote.size)
		follow(search, tunnel, &tunnel->remote, tunnel->sends_by);
	else if (n_entries == 0)
		follow_nothing(search, tunnel);
}

static int add_carried(struct device_facts *device, const struct carried_facts *carried)
{
	struct carried_facts *grown =
		reallocarray(device->carried, device->n_carried + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	device->carried = grown;
	grown[device->n_carried++] = *carried;
	return 0;
}

static const char *doubt_of(const struct search *search, size_t place)
{
	if (search->by_mark[place])
		return "a policy rule asks for the mark of its packets";
	return search->candidates[place] ? search->doubt : NULL;
}

/* Writes down what was found of one tunnel; `tunnel` has all but the doubt. */
static int note_tunnel(const struct search *search, const struct carried_facts *tunnel,
		       struct device_facts *devices)
{
	const char *name = tunnel->tunnel[0] ? tunnel->tunnel : "a tunnel of another namespace";

	for (size_t i = 0; i < search->descent.n_devices; i++) {
		const char *doubt = search->reached[i] ? NULL : doubt_of(search, i);
		struct carried_facts carried = *tunnel;

		if (!search->reached[i] && !doubt)
			continue;
		if (doubt && asprintf(&carried.doubt, "by which NIC %s sends: %s", name, doubt) < 0)
			return -ENOMEM;
		if (add_carried(&devices[i], &carried) < 0) {
			free(carried.doubt);
			return -ENOMEM;
		}
	}
	return 0;
}

static int note_device(struct search *search, const struct link_facts *link,
		       struct device_facts *devices)
{
	struct carried_facts carried = {.port = link->port, .udp_csum = link->udp_csum};

	if (strcmp(link->kind, "vxlan") != 0 && strcmp(link->kind, "geneve") != 0)
		return 0;
	strcpy(carried.tunnel, link->name);
	strcpy(carried.kind, link->kind);
	search_tunnel(search, link);
	return note_tunnel(search, &carried, devices);
}

/* The kernel has a socket for it, and not more. */
static int note_port(struct search *search, unsigned int port, struct device_facts *devices)
{
	const struct carried_facts carried = {.port = port, .udp_csum = ANSWER_UNKNOWN};
	const size_t n_devices = search->descent.n_devices;

	memset(search->reached, 0, n_devices * sizeof(bool));
	memset(search->by_mark, 0, n_devices * sizeof(bool));
	search->doubt = "its port is open here";
	return note_tunnel(search, &carried, devices);
}

static void find_candidates(struct search *search)
{
	const struct underlay_node *node = search->node;
	const struct link_facts *link;

	for (size_t i = 0; i < node->n_addresses; i++) {
		link = links_find(node->links, node->n_links, node->addresses[i].ifindex);
		if (link && link->up)
			descent_from(&search->descent, link->ifindex, search->candidates);
	}
	for (size_t i = 0; i < search->descent.n_devices; i++) {
		link = links_find(node->links, node->n_links, search->descent.devices[i].ifindex);
		search->candidates[i] &= link && link->up;
	}
}

static int init_search(struct search *search, const struct underlay_node *node,
		       const struct device_facts *devices, size_t n_devices)
{
	*search = (struct search){
		.node = node,
		.candidates = calloc(n_devices + 1, sizeof(bool)),
		.reached = calloc(n_devices + 1, sizeof(bool)),
		.by_mark = calloc(n_devices + 1, sizeof(bool)),
	};
	if (!search->candidates || !search->reached || !search->by_mark)
		return -ENOMEM;
	return descent_init(&search->descent, node->links, node->n_links, devices, n_devices);
}

int underlay_find(const struct underlay_node *node, struct device_facts *devices, size_t n_devices)
{
	_cleanup_(cleanup_search) struct search search;
	int result = init_search(&search, node, devices, n_devices);

	if (result == 0)
		find_candidates(&search);
	for (size_t i = 0; i < node->n_links && result == 0; i++)
		result = note_device(&search, &node->links[i], devices);
	for (size_t i = 0; i < node->n_ports && result == 0; i++)
		result = note_port(&search, node->ports[i], devices);
	for (size_t i = 0; i < n_devices; i++)
		devices[i].carried_known = result == 0;
	return result;
}
