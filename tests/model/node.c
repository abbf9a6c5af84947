/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/model/node.h"

#include "ethtool_nl/feature_mask.h"
#include "tests/fake/outcome.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* xorshift64*, so that a seed means the same run everywhere. */
unsigned int node_random(struct node *node, unsigned int n)
{
	node->random ^= node->random >> 12;
	node->random ^= node->random << 25;
	node->random ^= node->random >> 27;
	return (unsigned int)((node->random * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % n;
}

static void send_event(struct node *node, enum node_event_kind kind, size_t slot)
{
	if (node->n_events == NODE_EVENTS) {
		node->overrun = true;
		return;
	}
	node->events[node->n_events++] = (struct node_event){
		.kind = kind,
		.link = node->slots[slot].link,
		.features = node->devices[slot].features,
	};
}

/* A slot that is empty, or not; NODE_SLOTS when there is none. */
static size_t choose_slot(struct node *node, bool empty)
{
	size_t first = node_random(node, NODE_SLOTS);

	for (size_t i = 0; i < NODE_SLOTS; i++) {
		size_t slot = (first + i) % NODE_SLOTS;

		if ((node->devices[slot].ifindex == 0) == empty)
			return slot;
	}
	return NODE_SLOTS;
}

/* Names of slots differ, so that no two devices have the same. */
static void choose_name(struct node *node, size_t slot, char *name)
{
	snprintf(name, LINK_NAME_SIZE, "%s%u", node_random(node, 4) ? "flannel." : "other.",
		 (unsigned int)slot + NODE_SLOTS * node_random(node, 2));
}

void node_create(struct node *node)
{
	size_t slot = choose_slot(node, true);
	struct node_device *fresh;

	if (slot == NODE_SLOTS)
		return;
	fresh = &node->slots[slot];
	*fresh = (struct node_device){0};
	fresh->link.ifindex = ++node->last_ifindex;
	fresh->link.udp_csum = node_random(node, 2) ? ANSWER_YES : ANSWER_NO;
	choose_name(node, slot, fresh->link.name);
	strcpy(fresh->link.kind, node_random(node, 5) ? "vxlan" : "veth");
	snprintf(fresh->link.mac, sizeof(fresh->link.mac), "02:00:00:%02x:%02x:%02x",
		 node->last_ifindex >> 16 & 0xff, node->last_ifindex >> 8 & 0xff,
		 node->last_ifindex & 0xff);
	node->devices[slot] = (struct fake_device){
		.ifindex = fresh->link.ifindex,
		.features = {node->offered, node->offered, node->offered},
		.dependent = node->tso,
		.dependee = node->tx,
		.time_to_live = &node->time_to_live,
	};
	send_event(node, NODE_LINK, slot);
}

void node_delete(struct node *node)
{
	size_t slot = choose_slot(node, false);

	if (slot == NODE_SLOTS)
		return;
	send_event(node, NODE_LINK_GONE, slot);
	node->devices[slot].ifindex = 0;
}

void node_rename(struct node *node)
{
	size_t slot = choose_slot(node, false);

	if (slot == NODE_SLOTS)
		return;
	choose_name(node, slot, node->slots[slot].link.name);
	memset(node->slots[slot].corrected, 0, sizeof(node->slots[slot].corrected));
	send_event(node, NODE_LINK, slot);
}

void node_user_sets(struct node *node)
{
	size_t slot = choose_slot(node, false);
	unsigned int bit, nth = node_random(node, 3);
	struct feature_mask active;
	struct fake_device *device;

	if (slot == NODE_SLOTS)
		return;
	device = &node->devices[slot];
	active = device->features.active;
	bit = feature_mask_next(&node->checksums, 0);
	for (unsigned int i = 0; i < nth; i++) {
		unsigned int next = feature_mask_next(&node->checksums, bit + 1);

		bit = next < FEATURES_MAX ? next : bit;
	}
	if (node_random(node, 3)) {
		feature_mask_add(&device->features.wanted, bit);
		outcome_remove(&node->slots[slot].agent_off, bit);
	} else {
		outcome_remove(&device->features.wanted, bit);
	}
	fake_device_recompute(device);
	/* A change of the wish alone sends no notification. */
	if (!feature_mask_equal(&active, &device->features.active))
		send_event(node, NODE_FEATURES, slot);
}

void node_turn_refusing(struct node *node)
{
	size_t slot = choose_slot(node, false);
	struct fake_device *device = &node->devices[slot];

	if (slot == NODE_SLOTS)
		return;
	device->set_error = device->set_error ? 0 : -EOPNOTSUPP;
	device->set_message = device->set_error ? "not in this mode" : NULL;
	memset(node->slots[slot].corrected, 0, sizeof(node->slots[slot].corrected));
}

bool node_is_target(const struct node *node, size_t slot)
{
	const struct link_facts *link = &node->slots[slot].link;

	return node->devices[slot].ifindex != 0 && strcmp(link->kind, "vxlan") == 0 &&
	       strncmp(link->name, "flannel.", 8) == 0;
}

void node_forget_corrections(struct node *node)
{
	for (size_t i = 0; i < NODE_SLOTS; i++)
		memset(node->slots[i].corrected, 0, sizeof(node->slots[i].corrected));
}

static size_t place_of(const struct link_facts *links, size_t n_links, unsigned int ifindex)
{
	size_t place = n_links;

	while (place > 0 && links[place - 1].ifindex > ifindex)
		place--;
	return place;
}

size_t node_links(const struct node *node, struct link_facts links[NODE_SLOTS])
{
	size_t n_links = 0;

	for (size_t i = 0; i < NODE_SLOTS; i++) {
		const struct link_facts *link = &node->slots[i].link;
		size_t place;

		if (node->devices[i].ifindex == 0)
			continue;
		place = place_of(links, n_links, link->ifindex);
		memmove(&links[place + 1], &links[place], (n_links - place) * sizeof(*links));
		links[place] = *link;
		n_links++;
	}
	return n_links;
}
