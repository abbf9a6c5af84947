/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The two "nodes" of the measurement: network namespaces without a name, joined by a veth pair
 * whose TX checksum offload is off, so that what is on the wire is finished; tunnels between them;
 * on the sender a masquerade of the outer packets; on the receiver a packet socket. Only this
 * process holds them: whatever ends it, they are gone.
 */

#include "agent/probe/probe_result.h"
#include "ethtool_nl/ethtool_nl.h"

#include <stdbool.h>
#include <stdint.h>

/* The source port that a tunnel's packets have before they are masqueraded. */
#define PROBE_SOURCE_PORT 20000

struct mnl_socket;

struct probe_nodes {
	struct mnl_socket *sender, *receiver; /* their rtnetlink */
	struct ethtool_nl *handle; /* the features of the sender's devices */
	struct feature_mask tx; /* what `ethtool -K tx` means on this kernel */
	int packet_fd; /* hears whatever reaches the receiver; does not block */
	unsigned int n_tunnels;
};

#define PROBE_NODES_NONE                                                                           \
	{                                                                                          \
		.packet_fd = -1                                                                    \
	}

/*
 * All of these return 0, or a negative errno with the reason in words, for people, in `reason`.
 *
 * Makes the nodes. The calling process is in the sender's namespace from then on: there it opens
 * its connections, and there is no way back.
 */
int probe_nodes_open(struct probe_nodes *nodes, enum ethtool_nl_backend backend,
		     char reason[static PROBE_REASON_SIZE]);
void probe_nodes_close(struct probe_nodes *nodes);

/*
 * Gives both ends of the wire addresses of `family`, and the sender the masquerade. -EAFNOSUPPORT
 * when this node has, or wants, no such addresses.
 */
int probe_nodes_add_underlay(struct probe_nodes *nodes, int family,
			     char reason[static PROBE_REASON_SIZE]);

/* A tunnel through the underlay of `family`, with a VXLAN device on either node. */
struct probe_tunnel {
	int family;
	bool udp_csum;
	bool tx; /* the sender's device has its TX checksum offload on */
	/* Out: */
	uint32_t vni;
	uint32_t remote; /* IPv4 address of its far end, in network order */
};

int probe_nodes_add_tunnel(struct probe_nodes *nodes, struct probe_tunnel *tunnel,
			   char reason[static PROBE_REASON_SIZE]);
