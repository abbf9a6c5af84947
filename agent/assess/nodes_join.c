/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/assess/nodes_join.h"

#include "array.h"
#include "cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct named {
	const char *name;
	size_t place;
};

struct addressed {
	struct in6_addr address;
	size_t place;
};

struct join {
	struct assessed_nodes *nodes;
	size_t *joined; /* by place: the place of the node that it was joined to, or its own */
	struct addressed *index; /* of all addresses, ascending, then by place */
	size_t n_index;
};

static void join_clear(struct join *join)
{
	free(join->joined);
	free(join->index);
}

static bool share_address(const struct assessed_node *one, const struct assessed_node *other)
{
	for (size_t i = 0; i < one->n_addresses; i++) {
		for (size_t j = 0; j < other->n_addresses; j++) {
			if (memcmp(&one->addresses[i], &other->addresses[j],
				   sizeof(one->addresses[i])) == 0)
				return true;
		}
	}
	return false;
}

static bool may_be_same(const struct assessed_node *one, const struct assessed_node *other)
{
	if (one->sources & other->sources)
		return false;
	return !one->n_addresses || !other->n_addresses || share_address(one, other);
}

/* What is not said in the one is taken from the other. */
static void fill_texts(struct assessed_node *node, const struct assessed_node *other)
{
	static const struct {
		size_t offset, size;
	} texts[] = {
		{offsetof(struct assessed_node, kernel_version), sizeof(node->kernel_version)},
		{offsetof(struct assessed_node, os_image), sizeof(node->os_image)},
		{offsetof(struct assessed_node, kubelet_version), sizeof(node->kubelet_version)},
		{offsetof(struct assessed_node, proxy_version), sizeof(node->proxy_version)},
		{offsetof(struct assessed_node, operating_system), sizeof(node->operating_system)},
	};

	for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
		char *text = (char *)node + texts[i].offset;

		if (!*text)
			memcpy(text, (const char *)other + texts[i].offset, texts[i].size);
	}
}

static int add_addresses(struct assessed_node *node, const struct assessed_node *other)
{
	size_t n_addresses = node->n_addresses + other->n_addresses;
	struct in6_addr *grown;

	if (other->n_addresses == 0)
		return 0;
	grown = reallocarray(node->addresses, n_addresses, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	memcpy(grown + node->n_addresses, other->addresses, other->n_addresses * sizeof(*grown));
	node->addresses = grown;
	node->n_addresses = node->allocated_addresses = n_addresses;
	return 0;
}

/* The name stays; of what both say that of the better source counts. The other is empty then. */
static int merge(struct join *join, size_t place, size_t other_place)
{
	struct assessed_node *node = &join->nodes->nodes[place];
	struct assessed_node *other = &join->nodes->nodes[other_place];
	int result;

	if (other->sources > node->sources) {
		struct assessed_node kept = *node;

		*node = *other;
		*other = kept;
		memcpy(node->name, kept.name, sizeof(node->name));
	}
	result = add_addresses(node, other);
	if (result < 0)
		return result;
	fill_texts(node, other);
	node->sources |= other->sources;
	assessed_node_clear(other);
	join->joined[other_place] = place;
	return 0;
}

static size_t find_joined(const struct join *join, size_t place)
{
	while (join->joined[place] != place)
		place = join->joined[place];
	return place;
}

static int compare_names(const void *a, const void *b)
{
	const struct named *one = a, *other = b;
	int order = strcmp(one->name, other->name);

	return order ? order : compare_numbers(one->place, other->place);
}

/* Joins one to the first of those of the same name before it that can be the same. */
static int join_named(struct join *join, const struct named *first, const struct named *named)
{
	const struct assessed_node *nodes = join->nodes->nodes;

	for (; first < named; first++) {
		if (join->joined[first->place] == first->place &&
		    may_be_same(&nodes[first->place], &nodes[named->place]))
			return merge(join, first->place, named->place);
	}
	return 0;
}

/* The first of a name is joined to none: its name stands. */
static int join_names(struct join *join)
{
	const size_t n_nodes = join->nodes->n_nodes;
	_cleanup_free_ struct named *order = calloc(n_nodes + 1, sizeof(*order));
	size_t first = 0;
	int result = 0;

	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < n_nodes; i++)
		order[i] = (struct named){join->nodes->nodes[i].name, i};
	qsort(order, n_nodes, sizeof(*order), compare_names);
	for (size_t i = 1; i < n_nodes && result == 0; i++) {
		if (strcmp(order[i].name, order[first].name) != 0)
			first = i;
		else
			result = join_named(join, &order[first], &order[i]);
	}
	return result;
}

static int compare_addresses(const void *a, const void *b)
{
	const struct addressed *one = a, *other = b;
	int order = memcmp(&one->address, &other->address, sizeof(one->address));

	return order ? order : compare_numbers(one->place, other->place);
}

static int make_index(struct join *join)
{
	const struct assessed_nodes *nodes = join->nodes;
	size_t n_addresses = 0;

	for (size_t i = 0; i < nodes->n_nodes; i++)
		n_addresses += nodes->nodes[i].n_addresses;
	join->index = calloc(n_addresses + 1, sizeof(*join->index));
	if (!join->index)
		return -ENOMEM;
	for (size_t i = 0; i < nodes->n_nodes; i++) {
		for (size_t j = 0; j < nodes->nodes[i].n_addresses; j++)
			join->index[join->n_index++] =
				(struct addressed){nodes->nodes[i].addresses[j], i};
	}
	qsort(join->index, join->n_index, sizeof(*join->index), compare_addresses);
	return 0;
}

/* The first with that address; the others follow. */
static size_t find_address(const struct join *join, const struct in6_addr *address)
{
	const struct addressed key = {*address, 0};

	return array_lower_bound(&key, join->index, join->n_index, sizeof(key), compare_addresses);
}

static bool has_address(const struct join *join, size_t at, const struct in6_addr *address)
{
	return at < join->n_index &&
	       memcmp(&join->index[at].address, address, sizeof(*address)) == 0;
}

/* The one node that spoke itself and has an address of that one; its own place when none has. */
static size_t find_same(const struct join *join, size_t place)
{
	const struct assessed_node *node = &join->nodes->nodes[place];
	size_t found = place;

	for (size_t i = 0; i < node->n_addresses; i++) {
		const struct in6_addr *address = &node->addresses[i];

		for (size_t at = find_address(join, address); has_address(join, at, address);
		     at++) {
			size_t other = find_joined(join, join->index[at].place);

			if (other == place || other == found)
				continue;
			if (found != place)
				return place;
			found = other;
		}
	}
	return found;
}

/* The API server's name is the one that people know. */
static int join_addresses(struct join *join)
{
	struct assessed_node *nodes = join->nodes->nodes;
	int result = 0;

	for (size_t i = 0; i < join->nodes->n_nodes && result == 0; i++) {
		size_t same;

		if (nodes[i].sources != ASSESSED_API)
			continue;
		same = find_same(join, i);
		if (same == i || nodes[same].sources & ASSESSED_API)
			continue;
		memcpy(nodes[same].name, nodes[i].name, sizeof(nodes[i].name));
		result = merge(join, same, i);
	}
	return result;
}

/* Of documents of the same node the last one counts. */
static void find_sender(const struct join *join, struct sighting *sighting)
{
	const struct assessed_node *nodes = join->nodes->nodes;
	const struct in6_addr *address = &sighting->address;

	sighting->sighted = SIGHTED_STRANGER;
	for (size_t at = find_address(join, address); has_address(join, at, address); at++) {
		size_t sender = find_joined(join, join->index[at].place);

		if (sighting->sighted == SIGHTED_NODE &&
		    strcmp(nodes[sighting->sender].name, nodes[sender].name) != 0)
			sighting->sighted = SIGHTED_SEVERAL;
		if (sighting->sighted == SIGHTED_SEVERAL)
			return;
		sighting->sighted = SIGHTED_NODE;
		if (sender > sighting->sender)
			sighting->sender = sender;
	}
}

/* Only nodes that were joined to none stay; `joined` becomes the place where each is then. */
static void close_ranks(struct join *join)
{
	struct assessed_nodes *nodes = join->nodes;
	size_t n_kept = 0;

	for (size_t i = 0; i < nodes->n_nodes; i++) {
		if (join->joined[i] != i)
			continue;
		nodes->nodes[n_kept] = nodes->nodes[i];
		join->joined[i] = n_kept++;
	}
	nodes->n_nodes = n_kept;
	for (size_t i = 0; i < nodes->n_sightings; i++) {
		struct sighting *sighting = &nodes->sightings[i];

		sighting->receiver = join->joined[sighting->receiver];
		if (sighting->sighted == SIGHTED_NODE)
			sighting->sender = join->joined[sighting->sender];
	}
}

int nodes_join(struct assessed_nodes *nodes)
{
	_cleanup_(join_clear) struct join join = {.nodes = nodes};
	int result;

	join.joined = calloc(nodes->n_nodes + 1, sizeof(*join.joined));
	if (!join.joined)
		return -ENOMEM;
	for (size_t i = 0; i < nodes->n_nodes; i++)
		join.joined[i] = i;
	result = join_names(&join);
	if (result == 0)
		result = make_index(&join);
	if (result == 0)
		result = join_addresses(&join);
	if (result < 0)
		return result;
	for (size_t i = 0; i < nodes->n_sightings; i++) {
		struct sighting *sighting = &nodes->sightings[i];

		sighting->receiver = find_joined(&join, sighting->receiver);
		find_sender(&join, sighting);
	}
	close_ranks(&join);
	return 0;
}
