/* SPDX-License-Identifier: Apache-2.0 */
#include "ethtool_nl/monitor.h"

#include "cleanup.h"
#include "ethtool_nl/ethtool_family.h"
#include "ethtool_nl/ethtool_msg.h"
#include "ethtool_nl/genl_sock.h"

#include <netlink/msg.h>

#include <errno.h>
#include <stdlib.h>

/* So many datagrams are taken in one call. */
#define READ_MAX 256

struct ethtool_monitor {
	struct genl_sock *sock;
	uint16_t family;
	bool lost; /* notifications were lost, and not all of the others are read yet */
};

static void cleanup_monitor(struct ethtool_monitor **monitor)
{
	ethtool_monitor_close(*monitor);
}

int ethtool_monitor_open(struct ethtool_monitor **ret_monitor)
{
	_cleanup_(cleanup_monitor) struct ethtool_monitor *monitor = calloc(1, sizeof(*monitor));
	struct ethtool_family family;
	int result;

	if (!monitor)
		return -ENOMEM;
	result = genl_sock_open(&monitor->sock);
	if (result == 0)
		result = ethtool_family_resolve(monitor->sock, &family);
	if (result < 0)
		return result;
	/* Linux 5.6 has the group, but nothing about features yet. */
	if (!family.features_get || family.monitor_group == 0)
		return -EOPNOTSUPP;
	result = genl_sock_join(monitor->sock, family.monitor_group);
	if (result < 0)
		return result;
	monitor->family = family.id;
	*ret_monitor = TAKE_PTR(monitor);
	return 0;
}

struct ethtool_monitor *ethtool_monitor_close(struct ethtool_monitor *monitor)
{
	if (monitor)
		genl_sock_close(monitor->sock);
	free(monitor);
	return NULL;
}

int ethtool_monitor_fd(const struct ethtool_monitor *monitor)
{
	return genl_sock_fd(monitor->sock);
}

int ethtool_monitor_set_buffer(struct ethtool_monitor *monitor, int size)
{
	return genl_sock_set_receive_buffer(monitor->sock, size);
}

static void take_datagram(const struct ethtool_monitor *monitor, struct nlmsghdr *message, int size,
			  ethtool_monitor_callback *on_change, void *context)
{
	for (; nlmsg_ok(message, size); message = nlmsg_next(message, &size)) {
		struct featureset features;
		unsigned int ifindex;

		if (message->nlmsg_type == monitor->family &&
		    ethtool_msg_parse_notification(message, &ifindex, &features) == 0)
			on_change(ifindex, &features, context);
	}
}

/*
 * The kernel reports a loss once, and while messages are queued it drops further ones in silence
 * (net/netlink/af_netlink.c, NETLINK_S_CONGESTED). So a loss is passed on when all is read: what is
 * dropped after that is reported again.
 */
int ethtool_monitor_read(struct ethtool_monitor *monitor, ethtool_monitor_callback *on_change,
			 void *context)
{
	for (int i = 0; i < READ_MAX; i++) {
		struct nlmsghdr *message;
		bool lost = monitor->lost;
		int size;
		int result = genl_sock_receive(monitor->sock, &message, &size);

		if (result == -EAGAIN) {
			monitor->lost = false;
			return lost ? -ENOBUFS : 0;
		}
		if (result == -ENOBUFS)
			monitor->lost = true;
		else if (result < 0)
			return result;
		else
			take_datagram(monitor, message, size, on_change, context);
	}
	return 0;
}
