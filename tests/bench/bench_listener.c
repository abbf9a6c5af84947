/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that can react to a new link: for every RTM_NEWLINK one FEATURES_SET that turns rx and
 * tx checksum offload off, prepared beforehand, and neither a reply nor an ack. It records nothing,
 * chooses nothing and verifies nothing: the limit that the service is measured against.
 *
 *   bench_listener [RECORD]
 *
 * With a file it first asks what is on, and notes the answer there, as bytes, in one write: the
 * least that can give back what it turned off, whenever it is killed.
 */
#include "bare_request.h"
#include "bench.h"
#include "ethtool_nl/ethtool_family.h"
#include "ethtool_nl/ethtool_msg.h"
#include "ethtool_nl/genl_sock.h"

#include <libmnl/libmnl.h>
#include <netlink/msg.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/rtnetlink.h>

#define RECEIVE_BUFFER_SIZE (8 * 1024 * 1024)

struct listener {
	struct mnl_socket *links;
	struct genl_sock *features;
	struct nl_msg *request, *question;
	uint32_t *ifindex, *question_ifindex; /* in the requests */
	int record; /* or -1 */
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

static void prepare_requests(struct listener *listener)
{
	struct ethtool_family family = {0};

	check("socket", genl_sock_open(&listener->features));
	check("family", ethtool_family_resolve(listener->features, &family));
	check("request", bare_request_new_checksums(family.id, &listener->request));
	listener->ifindex = ethtool_msg_ifindex(listener->request);
	listener->question = ethtool_msg_features_get(family.id, 1);
	if (!listener->question)
		check("request", -ENOMEM);
	nlmsg_hdr(listener->question)->nlmsg_flags = NLM_F_REQUEST;
	listener->question_ifindex = ethtool_msg_ifindex(listener->question);
}

/* An error that an earlier request had is in the way: its device is gone. */
static void record(const struct listener *listener)
{
	struct nlmsghdr *question = nlmsg_hdr(listener->question), *answer = NULL;
	int size;

	question->nlmsg_seq = genl_sock_next_sequence(listener->features);
	check("question", genl_sock_send(listener->features, question, question->nlmsg_len));
	while (!answer || answer->nlmsg_seq != question->nlmsg_seq)
		check("answer", genl_sock_receive(listener->features, &answer, &size));
	check("record", write(listener->record, answer, (size_t)size) < 0 ? -errno : 0);
}

static int on_link(const struct nlmsghdr *message, void *data)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
	struct listener *listener = data;
	struct nlmsghdr *request = nlmsg_hdr(listener->request);

	if (message->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	*listener->ifindex = (uint32_t)link->ifi_index;
	*listener->question_ifindex = (uint32_t)link->ifi_index;
	if (listener->record >= 0)
		record(listener);
	return genl_sock_send(listener->features, request, request->nlmsg_len) < 0 ? MNL_CB_ERROR
										   : MNL_CB_OK;
}

int main(int argc, char *argv[])
{
	static char buffer[32768];
	struct listener listener = {.record = -1};

	open_links(&listener);
	prepare_requests(&listener);
	if (argc > 1) {
		listener.record = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		check(argv[1], listener.record < 0 ? -errno : 0);
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		ssize_t length = mnl_socket_recvfrom(listener.links, buffer, sizeof(buffer));

		if (length < 0 || mnl_cb_run(buffer, (size_t)length, 0, 0, on_link, &listener) < 0)
			check("links", -errno);
	}
}
