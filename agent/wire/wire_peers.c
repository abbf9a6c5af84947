/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/wire/wire_peers.h"

#include "array.h"

#include <string.h>

static const char *const mark_names[] = {
	[WIRE_MARK_NONE] = NULL,
	[WIRE_MARK_ZERO_CHECKSUM] = "zero-checksum",
	[WIRE_MARK_UDP_CHECKSUM] = "udp-checksum",
	[WIRE_MARK_INNER_CHECKSUM] = "inner-checksum",
	[WIRE_MARK_SOMETHING_ELSE] = "something-else",
};

const char *wire_mark_name(enum wire_mark mark)
{
	return mark_names[mark];
}

void wire_peers_clear(struct wire_peers *peers)
{
	free(peers->peers);
	*peers = (struct wire_peers){.ports = peers->ports};
}

static int compare_to_packet(const void *key, const void *element)
{
	const struct wire_packet *packet = key;
	const struct wire_peer *peer = element;

	if (packet->ipv6 != peer->ipv6)
		return packet->ipv6 ? 1 : -1;
	return memcmp(packet->source, peer->address, sizeof(peer->address));
}

/* The packet's peer; NULL when there is no place for another one. */
static struct wire_peer *find_or_add(struct wire_peers *peers, const struct wire_packet *packet)
{
	size_t place = array_lower_bound(packet, peers->peers, peers->n_peers,
					 sizeof(*peers->peers), compare_to_packet);
	struct wire_peer *grown;

	if (place < peers->n_peers && compare_to_packet(packet, &peers->peers[place]) == 0)
		return &peers->peers[place];
	if (peers->n_peers == WIRE_PEERS_MAX)
		return NULL;
	grown = array_grow(peers->peers, peers->n_peers, &peers->allocated, sizeof(*grown));
	if (!grown)
		return NULL;
	peers->peers = grown;
	memmove(grown + place + 1, grown + place, (peers->n_peers - place) * sizeof(*grown));
	peers->n_peers++;
	grown[place] = (struct wire_peer){.ipv6 = packet->ipv6};
	memcpy(grown[place].address, packet->source, sizeof(grown[place].address));
	return &grown[place];
}

static void count(struct wire_counts *counts, const struct wire_packet *packet)
{
	counts->attempts += !packet->answer;
	counts->answers += packet->answer;
	counts->right += packet->verdict == WIRE_RIGHT;
	counts->zero += packet->verdict == WIRE_ZERO;
	counts->zero_ipv6 += packet->verdict == WIRE_ZERO && packet->ipv6;
	counts->unfinished += packet->verdict == WIRE_UNFINISHED;
	counts->wrong += packet->verdict == WIRE_WRONG;
	counts->vouched_wrong += packet->verdict == WIRE_VOUCHED_WRONG;
	counts->inner_wrong += packet->inner_wrong;
	counts->dropped += packet->verdict == WIRE_WRONG || packet->inner_wrong;
}

static void note_port(struct wire_peer *peer, uint16_t port)
{
	for (unsigned int i = 0; i < peer->n_ports; i++) {
		if (peer->ports[i] == port)
			return;
	}
	if (peer->n_ports < WIRE_MARK_PORTS)
		peer->ports[peer->n_ports++] = port;
}

/* A wrong inner checksum is a damage of its own: then no change of ports explains the outer one. */
static void note_wrong(const struct wire_peers *peers, struct wire_peer *peer,
		       const struct wire_packet *packet)
{
	peer->n_by_inner += packet->wrong_by_inner;
	peer->n_all_ones += packet->checksum == 0xffff;
	peer->n_port_changes += !packet->inner_wrong && packet->right_port >= peers->ports.low &&
				packet->right_port <= peers->ports.high;
	note_port(peer, packet->source_port);
}

void wire_peers_add(struct wire_peers *peers, const struct wire_packet *packet, time_t now)
{
	struct wire_peer *peer = find_or_add(peers, packet);

	count(peer ? &peer->counts : &peers->others, packet);
	if (!peer)
		return;
	if (!peer->first)
		peer->first = now;
	peer->last = now;
	if (packet->verdict == WIRE_WRONG)
		note_wrong(peers, peer, packet);
}

enum wire_mark wire_peer_mark(const struct wire_peer *peer)
{
	uint64_t wrong = peer->counts.wrong;

	if (wrong == 0)
		return peer->counts.inner_wrong ? WIRE_MARK_INNER_CHECKSUM : WIRE_MARK_NONE;
	if (peer->n_by_inner == wrong)
		return WIRE_MARK_INNER_CHECKSUM;
	/* By chance, one checksum of 65,535 is all ones. */
	if (peer->n_all_ones == wrong)
		return WIRE_MARK_ZERO_CHECKSUM;
	if (peer->n_port_changes == wrong && peer->n_ports == WIRE_MARK_PORTS)
		return WIRE_MARK_UDP_CHECKSUM;
	return WIRE_MARK_SOMETHING_ELSE;
}

static void add_counts(struct wire_counts *sum, const struct wire_counts *counts)
{
	sum->attempts += counts->attempts;
	sum->answers += counts->answers;
	sum->right += counts->right;
	sum->zero += counts->zero;
	sum->zero_ipv6 += counts->zero_ipv6;
	sum->unfinished += counts->unfinished;
	sum->wrong += counts->wrong;
	sum->vouched_wrong += counts->vouched_wrong;
	sum->inner_wrong += counts->inner_wrong;
	sum->dropped += counts->dropped;
}

struct wire_counts wire_peers_sum(const struct wire_peers *peers)
{
	struct wire_counts sum = peers->others;

	for (size_t i = 0; i < peers->n_peers; i++)
		add_counts(&sum, &peers->peers[i].counts);
	return sum;
}

uint64_t wire_counts_judged(const struct wire_counts *counts)
{
	return counts->right + counts->zero + counts->wrong;
}

size_t wire_peers_count_wrong(const struct wire_peers *peers)
{
	size_t n = 0;

	for (size_t i = 0; i < peers->n_peers; i++)
		n += peers->peers[i].counts.dropped > 0;
	return n;
}
