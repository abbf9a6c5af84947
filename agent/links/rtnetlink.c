/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/rtnetlink.h"

#include "agent/links/mnl_socket.h"
#include "cleanup.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/rtnetlink.h>

/* The kernel fills a dump's message up to what the reader offers, but not beyond 32 KiB. */
#define BUFFER_SIZE 32768

struct rtnetlink {
	struct mnl_socket *socket;
	uint32_t sequence;
	_Alignas(8) char buffer[BUFFER_SIZE]; /* netlink messages begin aligned */
};

void rtnetlink_close(struct rtnetlink *rtnetlink)
{
	if (!rtnetlink)
		return;
	cleanup_mnl_socket(&rtnetlink->socket);
	free(rtnetlink);
}

void cleanup_rtnetlink(struct rtnetlink **rtnetlink)
{
	rtnetlink_close(*rtnetlink);
}

int rtnetlink_open(struct rtnetlink **ret_rtnetlink)
{
	_cleanup_(cleanup_rtnetlink) struct rtnetlink *rtnetlink = malloc(sizeof(*rtnetlink));

	if (!rtnetlink)
		return -ENOMEM;
	rtnetlink->sequence = time(NULL);
	rtnetlink->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!rtnetlink->socket || mnl_socket_bind(rtnetlink->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	*ret_rtnetlink = TAKE_PTR(rtnetlink);
	return 0;
}

/* Receives one datagram of an answer; a signal is none. */
static ssize_t receive(struct rtnetlink *rtnetlink)
{
	ssize_t length;

	do
		length = mnl_socket_recvfrom(rtnetlink->socket, rtnetlink->buffer, BUFFER_SIZE);
	while (length < 0 && errno == EINTR);
	return length < 0 ? -errno : length;
}

int rtnetlink_ask(struct rtnetlink *rtnetlink, struct nlmsghdr *question, mnl_cb_t take,
		  void *context)
{
	const bool dumps = question->nlmsg_flags & NLM_F_DUMP;
	const unsigned int port_id = mnl_socket_get_portid(rtnetlink->socket);
	bool interrupted = false;
	int result, error = 0;

	question->nlmsg_flags |= NLM_F_REQUEST;
	question->nlmsg_seq = ++rtnetlink->sequence;
	if (mnl_socket_sendto(rtnetlink->socket, question, question->nlmsg_len) < 0)
		return -errno;
	do {
		ssize_t length = receive(rtnetlink);

		if (length < 0)
			return (int)length;
		interrupted |= mnl_socket_clear_interrupted(rtnetlink->buffer, (int)length);
		result = mnl_cb_run(rtnetlink->buffer, length, question->nlmsg_seq, port_id, take,
				    context);
		if (result < 0)
			return -errno;
		if (result == MNL_CB_STOP)
			error = mnl_socket_dump_error(rtnetlink->buffer, (int)length);
	} while (dumps && result != MNL_CB_STOP);
	return error == 0 && interrupted ? -EINTR : error;
}

int rtnetlink_dump(struct rtnetlink *rtnetlink, uint16_t type, uint8_t family, size_t header_size,
		   mnl_cb_t take, void *context)
{
	_Alignas(8) char buffer[64];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct rtgenmsg *header = mnl_nlmsg_put_extra_header(message, header_size);

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_DUMP;
	header->rtgen_family = family;
	return rtnetlink_ask(rtnetlink, message, take, context);
}
