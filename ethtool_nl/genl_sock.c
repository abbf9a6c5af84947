/* SPDX-License-Identifier: Apache-2.0 */
#include "ethtool_nl/genl_sock.h"

#include "cleanup.h"
#include "ethtool_nl/exchange.h"

#include <netlink/errno.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <linux/netlink.h>

/* The largest part of a dump that the kernel makes (netlink_dump()). */
#define DATAGRAM_SIZE 32768

/* Holds the answers to more than one batch of backend_netlink.c several times over. */
#define BUFFER_SIZE 212992

struct genl_sock {
	struct nl_sock *nl;
	uint32_t sequence;
	_Alignas(struct nlmsghdr) unsigned char datagram[DATAGRAM_SIZE];
};

static void cleanup_genl_sock(struct genl_sock **sock)
{
	genl_sock_close(*sock);
}

/* libnl's codes that stand for errno values, as far as opening and sending can give them. */
static int libnl_errno(int code)
{
	switch (-code) {
	case NLE_SUCCESS:
		return 0;
	case NLE_AF_NOSUPPORT:
	case NLE_PROTO_MISMATCH:
	case NLE_OPNOTSUPP:
		return -EOPNOTSUPP;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_INTR:
		return -EINTR;
	case NLE_INVAL:
		return -EINVAL;
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_EXIST:
		return -EADDRINUSE;
	default:
		return -EIO;
	}
}

/*
 * Kernels that do not know the options (NETLINK_CAP_ACK is of 4.3, NETLINK_EXT_ACK of 4.12) are
 * older than ethtool's family (5.6), which is all that this socket is for.
 */
static int enable_option(const struct genl_sock *sock, int option)
{
	int on = 1;

	if (setsockopt(genl_sock_fd(sock), SOL_NETLINK, option, &on, sizeof(on)) < 0)
		return errno == ENOPROTOOPT ? -EOPNOTSUPP : -errno;
	return 0;
}

int genl_sock_open(struct genl_sock **ret_sock)
{
	_cleanup_(cleanup_genl_sock) struct genl_sock *sock = calloc(1, sizeof(*sock));
	int result;

	if (!sock)
		return -ENOMEM;
	sock->nl = nl_socket_alloc();
	if (!sock->nl)
		return -ENOMEM;
	result = genl_connect(sock->nl);
	if (result < 0)
		return libnl_errno(result);
	result = nl_socket_set_buffer_size(sock->nl, BUFFER_SIZE, BUFFER_SIZE);
	if (result < 0)
		return libnl_errno(result);
	/* The kernel's own words, and acks that do not quote the request. */
	result = enable_option(sock, NETLINK_EXT_ACK);
	if (result == 0)
		result = enable_option(sock, NETLINK_CAP_ACK);
	if (result < 0)
		return result;
	*ret_sock = TAKE_PTR(sock);
	return 0;
}

struct genl_sock *genl_sock_close(struct genl_sock *sock)
{
	if (sock)
		nl_socket_free(sock->nl);
	free(sock);
	return NULL;
}

int genl_sock_fd(const struct genl_sock *sock)
{
	return nl_socket_get_fd(sock->nl);
}

int genl_sock_join(struct genl_sock *sock, uint32_t group)
{
	return libnl_errno(nl_socket_add_membership(sock->nl, (int)group));
}

int genl_sock_set_receive_buffer(struct genl_sock *sock, int size)
{
	int fd = genl_sock_fd(sock);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) == 0)
		return 0;
	if (errno != EPERM || setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) < 0)
		return -errno;
	return 0;
}

uint32_t genl_sock_next_sequence(struct genl_sock *sock)
{
	if (++sock->sequence == 0)
		sock->sequence = 1;
	return sock->sequence;
}

int genl_sock_send(struct genl_sock *sock, const void *messages, size_t size)
{
	ssize_t n;

	do
		n = send(genl_sock_fd(sock), messages, size, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int genl_sock_receive(struct genl_sock *sock, struct nlmsghdr **ret_messages, int *ret_size)
{
	struct sockaddr_nl sender = {0};
	struct iovec iov = {.iov_base = sock->datagram, .iov_len = sizeof(sock->datagram)};
	struct msghdr header = {
		.msg_name = &sender,
		.msg_namelen = sizeof(sender),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n;

	/* Any process may send to a netlink socket: only the kernel (port 0) counts. */
	do
		n = recvmsg(genl_sock_fd(sock), &header, MSG_DONTWAIT);
	while (n < 0 ? errno == EINTR : sender.nl_pid != 0);
	if (n < 0)
		return -errno;
	if (header.msg_flags & MSG_TRUNC)
		return -ENOBUFS;
	*ret_messages = (struct nlmsghdr *)sock->datagram;
	*ret_size = (int)n;
	return 0;
}

/* Goes on to the end even after an error, so that nothing is left in the queue. */
static int finish(struct genl_sock *sock, struct exchange *exchange)
{
	while (!exchange->complete) {
		struct nlmsghdr *messages;
		int size;
		int result = genl_sock_receive(sock, &messages, &size);

		if (result == -EAGAIN)
			return -ENOBUFS;
		if (result == -ENOBUFS)
			exchange_fail(exchange, result);
		else if (result < 0)
			return result;
		else
			exchange_take(exchange, messages, size);
	}
	return exchange_result(exchange);
}

int genl_sock_request(struct genl_sock *sock, struct nl_msg *request, bool dump,
		      int (*on_reply)(struct nlmsghdr *reply, void *context), void *context)
{
	struct nlmsghdr *header = nlmsg_hdr(request);
	struct exchange exchange = {
		.sequence = genl_sock_next_sequence(sock),
		.on_reply = on_reply,
		.context = context,
	};
	int result;

	header->nlmsg_seq = exchange.sequence;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (dump)
		header->nlmsg_flags |= NLM_F_DUMP;
	result = genl_sock_send(sock, header, header->nlmsg_len);
	return result < 0 ? result : finish(sock, &exchange);
}
