/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What was seen of each peer: connection attempts, and how many of them with which checksums; and
 * what wrong ones look like. Pure.
 */

#include "agent/wire/wire_packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * Peers beyond these are counted together: who forges sources must not fill this node's memory.
 * Kubernetes' largest clusters have 5,000 nodes.
 */
#define WIRE_PEERS_MAX 8192

/* So many different source ports must agree before a change of ports counts as the cause: chance
 * alone fits two of five. */
#define WIRE_MARK_PORTS 5

/* What the wrong ones of a peer look like. The first two are names of probes in rules. */
enum wire_mark {
	WIRE_MARK_NONE, /* there are no wrong ones */
	WIRE_MARK_ZERO_CHECKSUM, /* an outer checksum of zero that was "updated" */
	WIRE_MARK_UDP_CHECKSUM, /* a complete one that lacks the change of the source port */
	WIRE_MARK_INNER_CHECKSUM, /* the inner TCP's is wrong, and an outer one is at most for that
				   */
	WIRE_MARK_SOMETHING_ELSE, /* a NIC, a cable, another offload */
};

/* "zero-checksum", "udp-checksum", "inner-checksum", "something-else"; NULL for NONE. */
const char *wire_mark_name(enum wire_mark mark);

struct wire_counts {
	uint64_t attempts, answers; /* SYNs, and those that answer one; the sum of the next five */
	uint64_t right, zero, unfinished, wrong, vouched_wrong; /* by the outer UDP checksum */
	uint64_t inner_wrong;
	uint64_t dropped; /* by the receiver: the outer or the inner one is wrong */
	uint64_t zero_ipv6; /* of `zero`: without a checksum over IPv6, which devices may refuse */
};

struct wire_peer {
	bool ipv6;
	uint8_t address[WIRE_ADDRESS_SIZE];
	struct wire_counts counts;
	time_t first, last;
	/* Of the wrong ones: */
	uint64_t n_all_ones; /* with a checksum of 0xffff */
	uint64_t n_by_inner; /* for no other reason than the inner one, which nobody finished */
	uint64_t n_port_changes; /* right with another source port, that VXLAN could have had */
	uint16_t ports[WIRE_MARK_PORTS]; /* their source ports, each once */
	unsigned int n_ports;
};

/* The local ports that senders choose theirs from. */
struct wire_port_range {
	uint16_t low, high;
};

struct wire_peers {
	struct wire_peer *peers; /* ascending by family and address */
	size_t n_peers, allocated;
	struct wire_counts others; /* of peers that are not listed */
	struct wire_port_range ports;
};

/* {.ports = ...} is an empty table. */
void wire_peers_clear(struct wire_peers *peers);

/* Counts a packet. Where memory is short its peer is not listed. */
void wire_peers_add(struct wire_peers *peers, const struct wire_packet *packet, time_t now);

enum wire_mark wire_peer_mark(const struct wire_peer *peer);

/* All together. */
struct wire_counts wire_peers_sum(const struct wire_peers *peers);

/* How many were judged: those whose checksum the kernel looked at, or had not to look at. */
uint64_t wire_counts_judged(const struct wire_counts *counts);

/* How many peers sent wrong ones, of those that are listed. */
size_t wire_peers_count_wrong(const struct wire_peers *peers);
