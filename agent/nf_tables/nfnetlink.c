/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/nf_tables/nfnetlink.h"

#include "agent/links/mnl_socket.h"
#include "cleanup.h"

#include <errno.h>
#include <sys/socket.h>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

/* The kernel fills a dump's message up to what the reader offers, but not beyond 32 KiB. */
#define ANSWER_SIZE 32768

/* Longer than the kernel needs for anything that it does not wait for itself. */
#define ANSWER_LIMIT_SECONDS 3

int nfnetlink_open(struct mnl_socket **ret_socket)
{
	const struct timeval limit = {.tv_sec = ANSWER_LIMIT_SECONDS};
	_cleanup_(cleanup_mnl_socket) struct mnl_socket *socket = NULL;

	socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	if (setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) <
	    0)
		return -errno;
	*ret_socket = TAKE_PTR(socket);
	return 0;
}

void nfnetlink_ask(struct nfnetlink_question *question, uint8_t subsystem, uint8_t type,
		   uint8_t family, bool dump)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(question->buffer);
	struct nfgenmsg *header;

	message->nlmsg_type = (uint16_t)(subsystem << 8 | type);
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (dump ? NLM_F_DUMP : NLM_F_ACK));
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->nfgen_family = family;
	header->version = NFNETLINK_V0;
	question->message = message;
}

int nfnetlink_talk(struct mnl_socket *socket, const struct nfnetlink_question *question,
		   mnl_cb_t take, void *data)
{
	_cleanup_free_ char *answer = malloc(ANSWER_SIZE);
	int result, error = 0;

	if (!answer)
		return -ENOMEM;
	if (mnl_socket_sendto(socket, question->message, question->message->nlmsg_len) < 0)
		return -errno;
	do {
		ssize_t length = mnl_socket_recvfrom(socket, answer, ANSWER_SIZE);

		if (length < 0 && errno == EINTR) {
			result = MNL_CB_OK;
			continue;
		}
		if (length < 0)
			return errno == EAGAIN ? -ETIME : -errno;
		result = mnl_cb_run(answer, length, 0, mnl_socket_get_portid(socket), take, data);
		if (result == MNL_CB_STOP)
			error = mnl_socket_dump_error(answer, (int)length);
	} while (result == MNL_CB_OK);
	return result < 0 ? -errno : error;
}

uint8_t nfnetlink_family(const struct nlmsghdr *message)
{
	const struct nfgenmsg *header = mnl_nlmsg_get_payload(message);

	return mnl_nlmsg_get_payload_len(message) < sizeof(*header) ? 0 : header->nfgen_family;
}
