/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/link_monitor.h"

#include "agent/links/link_filter.h"
#include "agent/links/link_message.h"
#include "agent/links/netlink_filter.h"
#include "cleanup.h"

#include <libmnl/libmnl.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <linux/rtnetlink.h>

/* A notification holds one link; with statistics and all it stays far below this. */
#define MESSAGE_BUFFER_SIZE 32768

/* A flood of foreign links must not keep the caller from its other work. */
#define READS_AT_ONCE 256

struct link_monitor {
	struct mnl_socket *socket;
	link_monitor_callback *on_link;
	void *context;
	struct netlink_filter filter; /* attached */
	bool lost; /* notifications were lost, and not all of the others are read yet */
	_Alignas(8) char buffer[MESSAGE_BUFFER_SIZE]; /* netlink messages begin aligned */
};

void link_monitor_close(struct link_monitor *monitor)
{
	if (!monitor)
		return;
	if (monitor->socket)
		mnl_socket_close(monitor->socket);
	netlink_filter_clear(&monitor->filter);
	free(monitor);
}

static void cleanup_monitor(struct link_monitor **monitor)
{
	link_monitor_close(*monitor);
}

int link_monitor_open(struct link_monitor **ret_monitor)
{
	_cleanup_(cleanup_monitor) struct link_monitor *monitor = calloc(1, sizeof(*monitor));

	if (!monitor)
		return -ENOMEM;
	monitor->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!monitor->socket ||
	    mnl_socket_bind(monitor->socket, RTMGRP_LINK, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	*ret_monitor = TAKE_PTR(monitor);
	return 0;
}

int link_monitor_fd(const struct link_monitor *monitor)
{
	return mnl_socket_get_fd(monitor->socket);
}

int link_monitor_set_buffer(struct link_monitor *monitor, int size)
{
	int fd = link_monitor_fd(monitor);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) == 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) == 0)
		return 0;
	return -errno;
}

int link_monitor_set_kinds(struct link_monitor *monitor, const struct link_kinds *kinds)
{
	struct netlink_filter filter;

	link_filter_make(kinds, &filter);
	return netlink_filter_attach(link_monitor_fd(monitor), &monitor->filter, &filter);
}

static int notify(const struct nlmsghdr *message, void *data)
{
	struct link_monitor *monitor = data;
	struct link_facts link;

	/* What cannot be parsed cannot be named either; the sweep sees what it left behind. */
	if (link_message_parse(message, &link) == 0)
		monitor->on_link(&link, message->nlmsg_type == RTM_DELLINK, monitor->context);
	return MNL_CB_OK;
}

/*
 * The kernel reports a loss once, and while messages are queued it drops further ones in silence
 * (net/netlink/af_netlink.c, NETLINK_S_CONGESTED). So a loss is passed on when all is read: what is
 * dropped after that is reported again.
 */
int link_monitor_read(struct link_monitor *monitor, link_monitor_callback *on_link, void *context)
{
	bool lost;

	monitor->on_link = on_link;
	monitor->context = context;
	for (int i = 0; i < READS_AT_ONCE; i++) {
		ssize_t length = mnl_socket_recvfrom(monitor->socket, monitor->buffer,
						     sizeof(monitor->buffer));

		if (length < 0 && errno == EAGAIN) {
			lost = monitor->lost;
			monitor->lost = false;
			return lost ? -ENOBUFS : 0;
		}
		if (length < 0 && errno == ENOBUFS)
			monitor->lost = true;
		else if ((length < 0 && errno != EINTR) ||
			 (length > 0 &&
			  mnl_cb_run(monitor->buffer, length, 0, 0, notify, monitor) < 0))
			return -errno;
	}
	return 0;
}
