/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the measurement needs of rtnetlink: veth pairs, VXLAN devices, addresses and neighbours, in
 * the network namespace in which the socket was opened. Every request waits for its answer, but
 * not for ever.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link_facts;
struct mnl_socket;

#define PROBE_MAC_SIZE 6

/* Opens a netlink socket of the kernel's `bus`. Returns 0 or a negative errno. */
int probe_netlink_open(int bus, struct mnl_socket **ret_socket);

/*
 * Sends what is in `buffer`, which holds `n_acks` messages that ask for an answer.
 * Returns 0, or a negative errno: the kernel's first refusal, or -ETIME when it does not answer.
 */
int probe_netlink_talk(struct mnl_socket *socket, const void *buffer, size_t size,
		       unsigned int n_acks);

/* One end of a veth pair; both get the index `ifindex`, each in its namespace. */
struct probe_veth {
	const char *name;
	unsigned int ifindex;
	uint8_t mac[PROBE_MAC_SIZE];
	uint8_t peer_mac[PROBE_MAC_SIZE];
	int peer_namespace_fd;
};

/* A VXLAN device. Addresses are in network order, 4 or 16 bytes. */
struct probe_vxlan {
	const char *name;
	unsigned int ifindex;
	unsigned int underlay; /* its ifindex */
	uint8_t mac[PROBE_MAC_SIZE];
	int family; /* of the underlay's addresses */
	const void *local;
	const void *remote;
	uint32_t vni;
	uint16_t port;
	uint16_t source_port; /* of every packet that it sends */
	bool udp_csum; /* outer checksums, whatever the family */
};

/* An address with the length of its network's prefix, on the link. */
struct probe_address {
	unsigned int ifindex;
	int family;
	const void *address;
	uint8_t prefix;
};

/* Each returns 0 or a negative errno. A pair is made turned off, a tunnel turned on. */
int probe_netlink_add_veth(struct mnl_socket *socket, const struct probe_veth *veth);
int probe_netlink_add_vxlan(struct mnl_socket *socket, const struct probe_vxlan *vxlan);
int probe_netlink_set_up(struct mnl_socket *socket, unsigned int ifindex);

/* Reads one link, without its driver. Returns 0 or a negative errno. */
int probe_netlink_read_link(struct mnl_socket *socket, unsigned int ifindex,
			    struct link_facts *ret_link);
int probe_netlink_add_address(struct mnl_socket *socket, const struct probe_address *address);

/* A permanent neighbour, so that no ARP is needed. */
int probe_netlink_add_neighbour(struct mnl_socket *socket, const struct probe_address *neighbour,
				const uint8_t mac[static PROBE_MAC_SIZE]);
