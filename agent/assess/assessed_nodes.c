/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/assess/assessed_nodes.h"

#include "array.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void assessed_node_clear(struct assessed_node *node)
{
	free(node->rules);
	free(node->addresses);
	*node = (struct assessed_node){.sources = 0};
}

void assessed_nodes_clear(struct assessed_nodes *nodes)
{
	for (size_t i = 0; i < nodes->n_nodes; i++)
		assessed_node_clear(&nodes->nodes[i]);
	free(nodes->nodes);
	free(nodes->sightings);
	*nodes = (struct assessed_nodes){.n_nodes = 0};
}

int assessed_nodes_add(struct assessed_nodes *nodes, const struct assessed_node *node)
{
	struct assessed_node *grown =
		array_grow(nodes->nodes, nodes->n_nodes, &nodes->allocated, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	nodes->nodes = grown;
	nodes->nodes[nodes->n_nodes++] = *node;
	return 0;
}

int assessed_nodes_sight(struct assessed_nodes *nodes, const struct sighting *sighting)
{
	struct sighting *grown = array_grow(nodes->sightings, nodes->n_sightings,
					    &nodes->allocated_sightings, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	nodes->sightings = grown;
	nodes->sightings[nodes->n_sightings++] = *sighting;
	return 0;
}

bool assess_address_parse(const char *text, struct in6_addr *ret_address)
{
	struct in6_addr mapped = {.s6_addr = {[10] = 0xff, [11] = 0xff}};

	if (inet_pton(AF_INET, text, &mapped.s6_addr[12]) == 1) {
		*ret_address = mapped;
		return true;
	}
	return inet_pton(AF_INET6, text, ret_address) == 1;
}

struct address_text assess_address_print(const struct in6_addr *address)
{
	struct address_text text = {""};

	if (IN6_IS_ADDR_V4MAPPED(address))
		inet_ntop(AF_INET, &address->s6_addr[12], text.text, sizeof(text.text));
	else
		inet_ntop(AF_INET6, address, text.text, sizeof(text.text));
	return text;
}

int assessed_node_add_address(struct assessed_node *node, const char *text)
{
	struct in6_addr address, *grown;

	if (!assess_address_parse(text, &address))
		return -EINVAL;
	/* Most have a few. */
	grown = array_grow(node->addresses, node->n_addresses, &node->allocated_addresses,
			   sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	node->addresses = grown;
	node->addresses[node->n_addresses++] = address;
	return 0;
}
