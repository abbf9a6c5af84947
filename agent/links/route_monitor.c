/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/route_monitor.h"

#include "agent/links/fdb.h"
#include "agent/links/mnl_socket.h"
#include "agent/links/netlink_filter.h"
#include "agent/links/route_filter.h"
#include "array.h"
#include "cleanup.h"

#include <errno.h>
#include <sys/socket.h>

#include <linux/rtnetlink.h>

/* What does not fit is lost, which counts as a change. */
#define MESSAGE_BUFFER_SIZE 32768

/* A flood must not keep the caller from its other work. */
#define READS_AT_ONCE 256

#define GROUP_NEXTHOP 32 /* RTNLGRP_NEXTHOP, of 5.3 */

/* Any change of these counts, but for RTNLGRP_NEIGH's, most of which are of neighbours. */
static const int groups[] = {
	RTNLGRP_LINK,	     RTNLGRP_NEIGH,	 RTNLGRP_IPV4_IFADDR,
	RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,
	RTNLGRP_IPV4_RULE,   RTNLGRP_IPV6_RULE,	 GROUP_NEXTHOP,
};

struct route_monitor {
	struct mnl_socket *socket;
	bool listens;
	struct netlink_filter filter; /* attached */
	_Alignas(8) char buffer[MESSAGE_BUFFER_SIZE]; /* netlink messages begin aligned */
};

void route_monitor_close(struct route_monitor *monitor)
{
	if (!monitor)
		return;
	cleanup_mnl_socket(&monitor->socket);
	netlink_filter_clear(&monitor->filter);
	free(monitor);
}

static void cleanup_monitor(struct route_monitor **monitor)
{
	route_monitor_close(*monitor);
}

int route_monitor_open(struct route_monitor **ret_monitor)
{
	_cleanup_(cleanup_monitor) struct route_monitor *monitor = calloc(1, sizeof(*monitor));

	if (!monitor)
		return -ENOMEM;
	monitor->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!monitor->socket || mnl_socket_bind(monitor->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	*ret_monitor = TAKE_PTR(monitor);
	return 0;
}

int route_monitor_fd(const struct route_monitor *monitor)
{
	return mnl_socket_get_fd(monitor->socket);
}

/* A group that the kernel does not have says nothing. */
static int join(struct route_monitor *monitor, bool listen)
{
	const int option = listen ? NETLINK_ADD_MEMBERSHIP : NETLINK_DROP_MEMBERSHIP;

	if (monitor->listens == listen)
		return 0;
	for (size_t i = 0; i < N_ELEMENTS(groups); i++) {
		int group = groups[i];

		if (mnl_socket_setsockopt(monitor->socket, option, &group, sizeof(group)) < 0 &&
		    errno != EINVAL)
			return -errno;
	}
	monitor->listens = listen;
	return listen;
}

int route_monitor_listen(struct route_monitor *monitor, const struct route_interest *interest)
{
	struct netlink_filter filter;
	bool missed = false;
	int result;

	if (interest) {
		route_filter_make(interest, &filter);
		missed =
			netlink_filter_attach(route_monitor_fd(monitor), &monitor->filter, &filter);
	}
	result = join(monitor, interest);
	return result == 0 ? missed : result;
}

static int take(const struct nlmsghdr *message, void *data)
{
	bool *changed = data;

	if (message->nlmsg_type == RTM_NEWNEIGH || message->nlmsg_type == RTM_DELNEIGH)
		*changed |= fdb_message_sends(message);
	else
		*changed = true;
	return MNL_CB_OK;
}

int route_monitor_read(struct route_monitor *monitor)
{
	bool changed = false;

	for (int i = 0; i < READS_AT_ONCE; i++) {
		ssize_t length = mnl_socket_recvfrom(monitor->socket, monitor->buffer,
						     sizeof(monitor->buffer));

		if (length < 0 && errno == EAGAIN)
			break;
		if (length < 0 && (errno == ENOBUFS || errno == ENOSPC))
			changed = true;
		else if ((length < 0 && errno != EINTR) ||
			 (length > 0 &&
			  mnl_cb_run(monitor->buffer, length, 0, 0, take, &changed) < 0))
			return -errno;
	}
	return changed;
}
