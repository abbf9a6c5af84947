/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/assess/wire_senders.h"

#include "array.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *wire_finding_name(enum wire_finding finding)
{
	static const char *const names[] = {
		[WIRE_FINDING_CONTRADICTED] = "contradicted",
		[WIRE_FINDING_CONFIRMED] = "confirmed",
		[WIRE_FINDING_DECIDED] = "decided",
		[WIRE_FINDING_STRANGER] = "stranger",
	};

	return names[finding];
}

/* Nodes by their place, then all others by their address. */
static int compare_senders(const struct sighting *one, const struct sighting *other)
{
	bool one_is_node = one->sighted == SIGHTED_NODE;
	bool other_is_node = other->sighted == SIGHTED_NODE;

	if (one_is_node != other_is_node)
		return one_is_node ? -1 : 1;
	if (one_is_node)
		return compare_numbers(one->sender, other->sender);
	return memcmp(&one->address, &other->address, sizeof(one->address));
}

static int compare_sightings(const void *a, const void *b)
{
	const struct sighting *one = a, *other = b;
	int order = compare_senders(one, other);

	if (order == 0)
		order = compare_numbers(one->receiver, other->receiver);
	return order ? order : memcmp(&one->address, &other->address, sizeof(one->address));
}

static enum wire_finding find_out(const struct sighting *sighting, const enum state states[])
{
	if (sighting->sighted != SIGHTED_NODE)
		return WIRE_FINDING_STRANGER;
	switch (states[sighting->sender]) {
	case STATE_NOT_AFFECTED:
	case STATE_NOT_EXPOSED:
	case STATE_MITIGATED:
		return WIRE_FINDING_CONTRADICTED;
	case STATE_VULNERABLE:
		return WIRE_FINDING_CONFIRMED;
	case STATE_UNKNOWN:
	case STATES:
		break;
	}
	return WIRE_FINDING_DECIDED;
}

static void count(struct wire_sender *sender, const struct sighting *sightings, size_t place)
{
	if (sender->n_sightings == 0 || sightings[place].receiver != sightings[place - 1].receiver)
		sender->n_receivers++;
	sender->n_sightings++;
	sender->wrong += sightings[place].wrong;
	sender->inner_wrong += sightings[place].inner_wrong;
}

int wire_senders_find(struct assessed_nodes *nodes, const enum state states[],
		      struct wire_sender **ret_senders, size_t *ret_n_senders)
{
	struct sighting *sightings = nodes->sightings;
	struct wire_sender *senders = calloc(nodes->n_sightings + 1, sizeof(*senders));
	size_t n_senders = 0;

	if (!senders)
		return -ENOMEM;
	if (nodes->n_sightings)
		qsort(sightings, nodes->n_sightings, sizeof(*sightings), compare_sightings);
	for (size_t i = 0; i < nodes->n_sightings; i++) {
		if (i == 0 || compare_senders(&sightings[i - 1], &sightings[i]) != 0)
			senders[n_senders++] = (struct wire_sender){
				.finding = find_out(&sightings[i], states), .first = i};
		count(&senders[n_senders - 1], sightings, i);
	}
	*ret_senders = senders;
	*ret_n_senders = n_senders;
	return 0;
}

/* "12 wrong packets", "1 packet with a wrong inner checksum", or both. */
static void describe_packets(const struct wire_sender *sender, char *text, size_t size)
{
	const char *inner = sender->inner_wrong == 1 ? "packet" : "packets";

	if (sender->wrong && sender->inner_wrong)
		snprintf(text, size,
			 "%" PRIu64 " wrong %s, and %" PRIu64 " with a wrong checksum inside,",
			 sender->wrong, sender->wrong == 1 ? "packet" : "packets",
			 sender->inner_wrong);
	else if (sender->wrong)
		snprintf(text, size, "%" PRIu64 " wrong %s", sender->wrong,
			 sender->wrong == 1 ? "packet" : "packets");
	else
		snprintf(text, size, "%" PRIu64 " %s with a wrong checksum inside",
			 sender->inner_wrong, inner);
}

/* " (udp-checksum)", when all who say what they look like say the same. */
static void describe_look(const struct wire_sender *sender, const struct sighting *sightings,
			  char *text, size_t size)
{
	const char *look = "";

	text[0] = '\0';
	for (size_t i = 0; i < sender->n_sightings; i++) {
		const char *other = sightings[sender->first + i].looks_like;

		if (*look && *other && strcmp(look, other) != 0)
			return;
		if (*other)
			look = other;
	}
	if (*look)
		snprintf(text, size, " (%s)", look);
}

static void describe_stranger(const struct sighting *sighting, char *text, size_t size)
{
	if (IN6_IS_ADDR_UNSPECIFIED(&sighting->address))
		snprintf(text, size, "peers that it did not list");
	else
		snprintf(text, size, "%s, %s,", assess_address_print(&sighting->address).text,
			 sighting->sighted == SIGHTED_SEVERAL ? "which several nodes have"
							      : "which no node here has");
}

/* "node-3", or "node-3 and 2 other nodes" */
static void describe_receivers(const struct wire_sender *sender, const char *name, char *text,
			       size_t size)
{
	size_t n_others = sender->n_receivers - 1;

	if (n_others == 0)
		snprintf(text, size, "%s", name);
	else
		snprintf(text, size, "%s and %zu other %s", name, n_others,
			 n_others == 1 ? "node" : "nodes");
}

void wire_sender_describe(const struct wire_sender *sender, const struct assessed_nodes *nodes,
			  const enum state states[], char text[static WIRE_SENTENCE_SIZE])
{
	const struct sighting *first = &nodes->sightings[sender->first];
	const char *name =
		sender->finding == WIRE_FINDING_STRANGER ? "" : nodes->nodes[first->sender].name;
	char packets[96], look[ASSESS_WORD_SIZE + 4], receivers[ASSESS_NAME_SIZE + 40];
	char stranger[INET6_ADDRSTRLEN + 40];

	describe_packets(sender, packets, sizeof(packets));
	describe_look(sender, nodes->sightings, look, sizeof(look));
	describe_receivers(sender, nodes->nodes[first->receiver].name, receivers,
			   sizeof(receivers));
	switch (sender->finding) {
	case WIRE_FINDING_CONTRADICTED:
		snprintf(text, WIRE_SENTENCE_SIZE, "%s is called %s, but %s received %s from it%s",
			 name, state_name(states[first->sender]), receivers, packets, look);
		break;
	case WIRE_FINDING_CONFIRMED:
		snprintf(text, WIRE_SENTENCE_SIZE,
			 "%s is called vulnerable, and %s received %s from it%s: confirmed", name,
			 receivers, packets, look);
		break;
	case WIRE_FINDING_DECIDED:
		snprintf(text, WIRE_SENTENCE_SIZE,
			 "%s could not be judged, but %s received %s from it%s", name, receivers,
			 packets, look);
		break;
	case WIRE_FINDING_STRANGER:
		describe_stranger(first, stranger, sizeof(stranger));
		snprintf(text, WIRE_SENTENCE_SIZE, "%s sent %s to %s%s", stranger, packets,
			 receivers, look);
		break;
	}
}
