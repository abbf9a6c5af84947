/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/probe/probe_nodes.h"

#include "agent/links/mnl_socket.h"
#include "agent/links/packet_socket.h"
#include "agent/probe/probe_masquerade.h"
#include "agent/probe/probe_netlink.h"
#include "cleanup.h"
#include "ethtool_nl/feature_mask.h"
#include "policy/facts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_ether.h>
#include <linux/netlink.h>

#define WIRE_NAME "wire0"

/* Some kernels put devices of their own into every new namespace; they count from 1. */
#define WIRE_IFINDEX	     100
#define FIRST_TUNNEL_IFINDEX 101

#define FIRST_VNI  1
#define FIRST_PORT 21000

/* What a kernel may lack, in words. */
struct requirement {
	const char *name;
	const char *modules;
};

static const struct requirement namespaces = {"network namespaces", NULL};
static const struct requirement namespace_files = {"/proc/self/ns (is /proc mounted?)", NULL};
static const struct requirement packet_sockets = {"packet sockets", "af_packet"};
static const struct requirement veth_devices = {"veth devices", "veth"};
static const struct requirement vxlan_devices = {"VXLAN devices", "vxlan"};
static const struct requirement chosen_checksums = {
	"VXLAN devices whose outer UDP checksum can be chosen (Linux 3.16)", NULL};
static const struct requirement masquerade = {"nf_tables masquerade",
					      "nf_tables, nft_chain_nat, nft_masq"};
static const struct requirement features = {"features of network devices", NULL};
static const struct requirement ipv4 = {"IPv4 addresses", NULL};
static const struct requirement ipv6 = {"IPv6 addresses", "ipv6"};

static bool is_lacking(int error)
{
	return error == -EOPNOTSUPP || error == -EPROTONOSUPPORT || error == -EAFNOSUPPORT ||
	       error == -ENOENT || error == -EINVAL || error == -ENOSYS;
}

static int explain(char reason[static PROBE_REASON_SIZE], int error,
		   const struct requirement *requirement)
{
	if (error == -EPERM)
		snprintf(reason, PROBE_REASON_SIZE,
			 "no privilege for %s; run it as root, or with CAP_SYS_ADMIN, "
			 "CAP_NET_ADMIN and CAP_NET_RAW",
			 requirement->name);
	else if (is_lacking(error))
		snprintf(reason, PROBE_REASON_SIZE, "this kernel has no %s%s%s%s: %s",
			 requirement->name, requirement->modules ? " (" : "",
			 requirement->modules ? requirement->modules : "",
			 requirement->modules ? ")" : "", strerror(-error));
	else
		snprintf(reason, PROBE_REASON_SIZE, "%s: %s", requirement->name, strerror(-error));
	return error;
}

/* `node` is 1 for the sender, 2 for the receiver; locally administered. */
static void make_mac(uint8_t mac[static PROBE_MAC_SIZE], unsigned int ifindex, uint8_t node)
{
	const uint8_t made[PROBE_MAC_SIZE] = {0x02, 0, 0, 0, (uint8_t)ifindex, node};

	memcpy(mac, made, sizeof(made));
}

/* The address of a node on the wire: for documentation only (RFC 5737, RFC 3849). */
static void make_wire_address(struct in6_addr *address, int family, uint8_t node)
{
	const uint8_t four[] = {192, 0, 2, node};
	const uint8_t six[] = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, node};

	if (family == AF_INET6)
		memcpy(address, six, sizeof(six));
	else
		memcpy(address, four, sizeof(four));
}

/* The address of a node in a tunnel: for benchmarks of networks only (RFC 2544). */
static uint32_t tunnel_address(unsigned int tunnel, unsigned int node)
{
	return htonl(198u << 24 | 18u << 16 | (tunnel & 0xff) << 8 | node);
}

/* A namespace of its own, and in it the rtnetlink socket. */
static int enter_new_namespace(struct mnl_socket **ret_socket,
			       char reason[static PROBE_REASON_SIZE])
{
	int result = 0;

	if (unshare(CLONE_NEWNET) < 0)
		result = -errno;
	if (result == 0)
		result = probe_netlink_open(NETLINK_ROUTE, ret_socket);
	return result < 0 ? explain(reason, result, &namespaces) : 0;
}

/* Before Linux 4.20 it hears what is sent, too; there is no other way. */
static int open_packet_socket(struct probe_nodes *nodes, char reason[static PROBE_REASON_SIZE])
{
	int result;

	nodes->packet_fd =
		socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL));
	if (nodes->packet_fd < 0)
		return explain(reason, -errno, &packet_sockets);
	result = packet_socket_ignore_outgoing(nodes->packet_fd);
	return result < 0 && result != -ENOPROTOOPT ? explain(reason, result, &packet_sockets) : 0;
}

/* Turns all of TX checksum offload on or off, and makes sure that it is. */
static int set_tx(struct probe_nodes *nodes, const char *name, unsigned int ifindex, bool on,
		  char reason[static PROBE_REASON_SIZE])
{
	struct ethtool_nl_link link = {.ifindex = ifindex};
	struct ethtool_nl_change change = {.ifindex = ifindex};
	struct feature_mask active;
	int result;

	snprintf(link.name, sizeof(link.name), "%s", name);
	snprintf(change.name, sizeof(change.name), "%s", name);
	result = ethtool_nl_read(nodes->handle, &link, 1);
	if (result == 0)
		result = link.error;
	change.before = link.features;
	change.mask = feature_mask_and(nodes->tx, link.features.changeable);
	if (on)
		change.values = change.mask;
	if (result == 0)
		result = ethtool_nl_set(nodes->handle, &change, 1);
	if (result == 0)
		result = change.error;
	if (result < 0)
		return explain(reason, result, &features);
	active = feature_mask_and(change.after.active, nodes->tx);
	if (feature_mask_is_empty(&active) == on) {
		snprintf(reason, PROBE_REASON_SIZE, "TX checksum offload of %s cannot be turned %s",
			 name, on ? "on" : "off");
		return -EOPNOTSUPP;
	}
	return 0;
}

static int open_features(struct probe_nodes *nodes, enum ethtool_nl_backend backend,
			 char reason[static PROBE_REASON_SIZE])
{
	int result = ethtool_nl_open(backend, &nodes->handle);

	if (result == 0)
		result = ethtool_nl_mask(nodes->handle, "tx", &nodes->tx);
	return result < 0 ? explain(reason, result, &features) : 0;
}

static int add_wire(struct probe_nodes *nodes, int receiver_namespace_fd,
		    char reason[static PROBE_REASON_SIZE])
{
	struct probe_veth veth = {
		.name = WIRE_NAME,
		.ifindex = WIRE_IFINDEX,
		.peer_namespace_fd = receiver_namespace_fd,
	};
	int result;

	make_mac(veth.mac, WIRE_IFINDEX, 1);
	make_mac(veth.peer_mac, WIRE_IFINDEX, 2);
	result = probe_netlink_add_veth(nodes->sender, &veth);
	/*
	 * The sender's end last: it has its carrier at once, and sends. What is turned on before
	 * its peer gets it in the background, and drops what is sent until then.
	 */
	if (result == 0)
		result = probe_netlink_set_up(nodes->receiver, WIRE_IFINDEX);
	if (result == 0)
		result = probe_netlink_set_up(nodes->sender, WIRE_IFINDEX);
	return result < 0 ? explain(reason, result, &veth_devices) : 0;
}

int probe_nodes_open(struct probe_nodes *nodes, enum ethtool_nl_backend backend,
		     char reason[static PROBE_REASON_SIZE])
{
	_cleanup_close_ int receiver_fd = -1;
	int result;

	result = enter_new_namespace(&nodes->receiver, reason);
	if (result == 0)
		result = open_packet_socket(nodes, reason);
	if (result < 0)
		return result;
	receiver_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (receiver_fd < 0)
		return explain(reason, -errno, &namespace_files);

	result = enter_new_namespace(&nodes->sender, reason);
	if (result == 0)
		result = open_features(nodes, backend, reason);
	if (result == 0)
		result = add_wire(nodes, receiver_fd, reason);
	if (result == 0)
		result = set_tx(nodes, WIRE_NAME, WIRE_IFINDEX, false, reason);
	return result;
}

void probe_nodes_close(struct probe_nodes *nodes)
{
	cleanup_mnl_socket(&nodes->sender);
	cleanup_mnl_socket(&nodes->receiver);
	ethtool_nl_close(nodes->handle);
	cleanup_close(&nodes->packet_fd);
	*nodes = (struct probe_nodes)PROBE_NODES_NONE;
}

static int add_masquerade(int family)
{
	_cleanup_(cleanup_mnl_socket) struct mnl_socket *socket = NULL;
	int result = probe_netlink_open(NETLINK_NETFILTER, &socket);

	return result < 0 ? result : probe_masquerade_add(socket, family);
}

/* One node's own address on a link, and the other node as its neighbour. */
static int add_addresses(struct mnl_socket *socket, struct probe_address own,
			 const void *other_address, const uint8_t other_mac[static PROBE_MAC_SIZE])
{
	struct probe_address other = own;
	int result = probe_netlink_add_address(socket, &own);

	other.address = other_address;
	return result < 0 ? result : probe_netlink_add_neighbour(socket, &other, other_mac);
}

/* Both nodes' on one link. */
static int add_both_addresses(struct probe_nodes *nodes, const struct probe_address *sender,
			      const void *receiver_address)
{
	struct probe_address receiver = *sender;
	uint8_t mac[PROBE_MAC_SIZE];
	int result;

	receiver.address = receiver_address;
	make_mac(mac, sender->ifindex, 2);
	result = add_addresses(nodes->sender, *sender, receiver.address, mac);
	make_mac(mac, sender->ifindex, 1);
	if (result == 0)
		result = add_addresses(nodes->receiver, receiver, sender->address, mac);
	return result;
}

int probe_nodes_add_underlay(struct probe_nodes *nodes, int family,
			     char reason[static PROBE_REASON_SIZE])
{
	struct in6_addr sender, receiver;
	struct probe_address address = {
		.ifindex = WIRE_IFINDEX,
		.family = family,
		.address = &sender,
		.prefix = family == AF_INET6 ? 64 : 24,
	};
	int result;

	make_wire_address(&sender, family, 1);
	make_wire_address(&receiver, family, 2);
	result = add_both_addresses(nodes, &address, &receiver);
	if (result == -EACCES) {
		snprintf(reason, PROBE_REASON_SIZE, "IPv6 is switched off on this node");
		return -EAFNOSUPPORT;
	}
	if (result < 0)
		return explain(reason, result, family == AF_INET6 ? &ipv6 : &ipv4);
	result = add_masquerade(family);
	return result < 0 ? explain(reason, result, &masquerade) : 0;
}

static int add_devices(struct probe_nodes *nodes, const struct probe_tunnel *tunnel,
		       const char *name, unsigned int ifindex)
{
	struct in6_addr sender, receiver;
	struct probe_vxlan vxlan = {
		.name = name,
		.ifindex = ifindex,
		.underlay = WIRE_IFINDEX,
		.family = tunnel->family,
		.local = &sender,
		.remote = &receiver,
		.vni = tunnel->vni,
		.port = (uint16_t)(FIRST_PORT + nodes->n_tunnels),
		.source_port = PROBE_SOURCE_PORT,
		.udp_csum = tunnel->udp_csum,
	};
	int result;

	make_wire_address(&sender, tunnel->family, 1);
	make_wire_address(&receiver, tunnel->family, 2);
	make_mac(vxlan.mac, ifindex, 1);
	result = probe_netlink_add_vxlan(nodes->sender, &vxlan);
	if (result < 0)
		return result;
	vxlan.local = &receiver;
	vxlan.remote = &sender;
	make_mac(vxlan.mac, ifindex, 2);
	return probe_netlink_add_vxlan(nodes->receiver, &vxlan);
}

/*
 * Old kernels ignore attributes that they do not know: what is measured then would be put down to
 * another kind of device.
 */
static int check_checksum(struct probe_nodes *nodes, const struct probe_tunnel *tunnel,
			  unsigned int ifindex)
{
	struct link_facts link;
	int result = probe_netlink_read_link(nodes->sender, ifindex, &link);

	if (result < 0)
		return result;
	return link.udp_csum == (tunnel->udp_csum ? ANSWER_YES : ANSWER_NO) ? 0 : -EOPNOTSUPP;
}

int probe_nodes_add_tunnel(struct probe_nodes *nodes, struct probe_tunnel *tunnel,
			   char reason[static PROBE_REASON_SIZE])
{
	const unsigned int index = nodes->n_tunnels;
	const uint32_t local = tunnel_address(index, 1);
	const struct probe_address address = {
		.ifindex = FIRST_TUNNEL_IFINDEX + index,
		.family = AF_INET,
		.address = &local,
		.prefix = 24,
	};
	char name[16];
	int result;

	snprintf(name, sizeof(name), "tunnel%u", index);
	tunnel->vni = FIRST_VNI + index;
	tunnel->remote = tunnel_address(index, 2);
	result = add_devices(nodes, tunnel, name, address.ifindex);
	nodes->n_tunnels++;
	if (result < 0)
		return explain(reason, result, &vxlan_devices);
	result = check_checksum(nodes, tunnel, address.ifindex);
	if (result < 0)
		return explain(reason, result, &chosen_checksums);
	result = add_both_addresses(nodes, &address, &tunnel->remote);
	if (result < 0)
		return explain(reason, result, &ipv4);
	return set_tx(nodes, name, address.ifindex, tunnel->tx, reason);
}
