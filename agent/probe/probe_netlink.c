/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/probe/probe_netlink.h"

#include "agent/links/link_message.h"
#include "agent/links/mnl_socket.h"
#include "cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#define REQUEST_SIZE 512
#define ANSWER_SIZE  8192

/* The kernel answers at once; longer than this is a fault of the measurement, not of the node. */
#define ANSWER_LIMIT_SECONDS 1

/* One message under construction; the union aligns it. */
union request {
	struct nlmsghdr message;
	/* cppcheck-suppress unusedStructMember ; its size is what counts */
	char bytes[REQUEST_SIZE];
};

int probe_netlink_open(int bus, struct mnl_socket **ret_socket)
{
	const struct timeval limit = {.tv_sec = ANSWER_LIMIT_SECONDS};
	_cleanup_(cleanup_mnl_socket) struct mnl_socket *socket = NULL;

	socket = mnl_socket_open2(bus, SOCK_CLOEXEC);
	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	if (setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) <
	    0)
		return -errno;
	*ret_socket = TAKE_PTR(socket);
	return 0;
}

/* Counts the answers of one datagram; returns a negative errno for the first refusal. */
static int count_acks(const void *buffer, int size, unsigned int *count)
{
	for (const struct nlmsghdr *message = buffer; mnl_nlmsg_ok(message, size);
	     message = mnl_nlmsg_next(message, &size)) {
		const struct nlmsgerr *answer = mnl_nlmsg_get_payload(message);

		if (message->nlmsg_type != NLMSG_ERROR)
			continue;
		if (mnl_nlmsg_get_payload_len(message) < sizeof(*answer))
			return -EBADMSG;
		if (answer->error)
			return answer->error;
		++*count;
	}
	return 0;
}

int probe_netlink_talk(struct mnl_socket *socket, const void *buffer, size_t size,
		       unsigned int n_acks)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_SIZE];
	unsigned int count = 0;
	int result = 0;

	if (mnl_socket_sendto(socket, buffer, size) < 0)
		return -errno;
	while (result == 0 && count < n_acks) {
		ssize_t length = mnl_socket_recvfrom(socket, answer, sizeof(answer));

		if (length < 0 && errno == EAGAIN)
			return -ETIME;
		if (length < 0 && errno != EINTR)
			return -errno;
		if (length > 0)
			result = count_acks(answer, (int)length, &count);
	}
	return result;
}

static struct nlmsghdr *begin(union request *request, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(request);

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	return message;
}

static int talk(struct mnl_socket *socket, const struct nlmsghdr *message)
{
	return probe_netlink_talk(socket, message, message->nlmsg_len, 1);
}

static void put_link_header(struct nlmsghdr *message, unsigned int ifindex, bool up)
{
	struct ifinfomsg *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));

	header->ifi_family = AF_UNSPEC;
	header->ifi_index = (int)ifindex;
	header->ifi_flags = up ? IFF_UP : 0;
	header->ifi_change = header->ifi_flags;
}

static void put_link(struct nlmsghdr *message, const char *name, unsigned int ifindex,
		     const uint8_t mac[static PROBE_MAC_SIZE], bool up)
{
	put_link_header(message, ifindex, up);
	mnl_attr_put_strz(message, IFLA_IFNAME, name);
	mnl_attr_put(message, IFLA_ADDRESS, PROBE_MAC_SIZE, mac);
}

int probe_netlink_add_veth(struct mnl_socket *socket, const struct probe_veth *veth)
{
	union request request;
	struct nlmsghdr *message = begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info, *data, *peer;

	put_link(message, veth->name, veth->ifindex, veth->mac, false);
	info = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put_strz(message, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(message, VETH_INFO_PEER);
	put_link(message, veth->name, veth->ifindex, veth->peer_mac, false);
	mnl_attr_put_u32(message, IFLA_NET_NS_FD, (uint32_t)veth->peer_namespace_fd);
	mnl_attr_nest_end(message, peer);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, info);
	return talk(socket, message);
}

static size_t address_size(int family)
{
	return family == AF_INET6 ? 16 : 4;
}

static void put_vxlan_data(struct nlmsghdr *message, const struct probe_vxlan *vxlan)
{
	/* The kernel takes the whole local range when the two are equal. */
	const struct ifla_vxlan_port_range ports = {
		.low = htons(vxlan->source_port),
		.high = htons((uint16_t)(vxlan->source_port + 1)),
	};
	const bool ipv6 = vxlan->family == AF_INET6;
	const size_t size = address_size(vxlan->family);

	mnl_attr_put_u32(message, IFLA_VXLAN_ID, vxlan->vni);
	mnl_attr_put_u32(message, IFLA_VXLAN_LINK, vxlan->underlay);
	mnl_attr_put(message, ipv6 ? IFLA_VXLAN_LOCAL6 : IFLA_VXLAN_LOCAL, size, vxlan->local);
	mnl_attr_put(message, ipv6 ? IFLA_VXLAN_GROUP6 : IFLA_VXLAN_GROUP, size, vxlan->remote);
	mnl_attr_put_u16(message, IFLA_VXLAN_PORT, htons(vxlan->port));
	mnl_attr_put(message, IFLA_VXLAN_PORT_RANGE, sizeof(ports), &ports);
	mnl_attr_put_u8(message, IFLA_VXLAN_LEARNING, 0);
	if (ipv6) {
		mnl_attr_put_u8(message, IFLA_VXLAN_UDP_ZERO_CSUM6_TX, !vxlan->udp_csum);
		mnl_attr_put_u8(message, IFLA_VXLAN_UDP_ZERO_CSUM6_RX, !vxlan->udp_csum);
	} else {
		mnl_attr_put_u8(message, IFLA_VXLAN_UDP_CSUM, vxlan->udp_csum);
	}
}

int probe_netlink_add_vxlan(struct mnl_socket *socket, const struct probe_vxlan *vxlan)
{
	union request request;
	struct nlmsghdr *message = begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info, *data;

	put_link(message, vxlan->name, vxlan->ifindex, vxlan->mac, true);
	info = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put_strz(message, IFLA_INFO_KIND, "vxlan");
	data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
	put_vxlan_data(message, vxlan);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, info);
	return talk(socket, message);
}

int probe_netlink_set_up(struct mnl_socket *socket, unsigned int ifindex)
{
	union request request;
	struct nlmsghdr *message = begin(&request, RTM_NEWLINK, 0);

	put_link_header(message, ifindex, true);
	return talk(socket, message);
}

static int take_link(const struct nlmsghdr *message, void *data)
{
	errno = -link_message_parse(message, data);
	return errno ? MNL_CB_ERROR : MNL_CB_STOP;
}

int probe_netlink_read_link(struct mnl_socket *socket, unsigned int ifindex,
			    struct link_facts *ret_link)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_SIZE];
	union request request;
	struct nlmsghdr *message = mnl_nlmsg_put_header(&request);
	ssize_t length;

	message->nlmsg_type = RTM_GETLINK;
	message->nlmsg_flags = NLM_F_REQUEST;
	put_link_header(message, ifindex, false);
	mnl_attr_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return -errno;
	length = mnl_socket_recvfrom(socket, answer, sizeof(answer));
	if (length < 0)
		return errno == EAGAIN ? -ETIME : -errno;
	return mnl_cb_run(answer, (size_t)length, 0, 0, take_link, ret_link) < 0 ? -errno : 0;
}

int probe_netlink_add_address(struct mnl_socket *socket, const struct probe_address *address)
{
	union request request;
	struct nlmsghdr *message = begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	struct ifaddrmsg *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));

	header->ifa_family = (uint8_t)address->family;
	header->ifa_prefixlen = address->prefix;
	header->ifa_index = address->ifindex;
	/* An IPv6 address is of no use until its uniqueness has been looked into, for a second. */
	if (address->family == AF_INET6)
		header->ifa_flags = IFA_F_NODAD;
	mnl_attr_put(message, IFA_LOCAL, address_size(address->family), address->address);
	mnl_attr_put(message, IFA_ADDRESS, address_size(address->family), address->address);
	return talk(socket, message);
}

int probe_netlink_add_neighbour(struct mnl_socket *socket, const struct probe_address *neighbour,
				const uint8_t mac[static PROBE_MAC_SIZE])
{
	union request request;
	struct nlmsghdr *message = begin(&request, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
	struct ndmsg *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));

	header->ndm_family = (uint8_t)neighbour->family;
	header->ndm_ifindex = (int)neighbour->ifindex;
	header->ndm_state = NUD_PERMANENT;
	mnl_attr_put(message, NDA_DST, address_size(neighbour->family), neighbour->address);
	mnl_attr_put(message, NDA_LLADDR, PROBE_MAC_SIZE, mac);
	return talk(socket, message);
}
