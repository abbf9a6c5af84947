/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that can react to a new link: for every RTM_NEWLINK one FEATURES_SET that turns rx and
 * tx checksum offload off, prepared beforehand, and neither a reply nor an ack. It records nothing,
 * chooses nothing and verifies nothing: the limit that the service is measured against.
 */
#include "bare_request.h"
#include "bench.h"
#include "ethtool_nl/ethtool_family.h"
#include "ethtool_nl/genl_sock.h"

#include <libmnl/libmnl.h>
#include <netlink/msg.h>

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include <linux/rtnetlink.h>

#define RECEIVE_BUFFER_SIZE (8 * 1024 * 1024)

struct listener {
	struct mnl_socket *links;
	struct genl_sock *features;
	struct nl_msg *request;
	uint32_t *ifindex; /* in the request */
};

static void open_links(struct listener *listener)
{
	int size = RECEIVE_BUFFER_SIZE;

	listener->links = mnl_socket_open(NETLINK_ROUTE);
	if (!listener->links ||
	    mnl_socket_bind(listener->links, RTMGRP_LINK, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(mnl_socket_get_fd(listener->links), SOL_SOCKET, SO_RCVBUFFORCE, &size,
		       sizeof(size)) < 0)
		check("links", -errno);
}

static void prepare_request(struct listener *listener)
{
	struct ethtool_family family = {0};

	check("socket", genl_sock_open(&listener->features));
	check("family", ethtool_family_resolve(listener->features, &family));
	check("request", bare_request_new_checksums(family.id, &listener->request));
	listener->ifindex = bare_request_ifindex(listener->request);
}

static int on_link(const struct nlmsghdr *message, void *data)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
	struct listener *listener = data;
	struct nlmsghdr *request = nlmsg_hdr(listener->request);

	if (message->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	*listener->ifindex = (uint32_t)link->ifi_index;
	return genl_sock_send(listener->features, request, request->nlmsg_len) < 0 ? MNL_CB_ERROR
										   : MNL_CB_OK;
}

int main(void)
{
	static char buffer[32768];
	struct listener listener = {0};

	open_links(&listener);
	prepare_request(&listener);
	puts("ready");
	fflush(stdout);
	for (;;) {
		ssize_t length = mnl_socket_recvfrom(listener.links, buffer, sizeof(buffer));

		if (length < 0 || mnl_cb_run(buffer, (size_t)length, 0, 0, on_link, &listener) < 0)
			check("links", -errno);
	}
}
