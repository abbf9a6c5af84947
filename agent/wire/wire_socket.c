/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/wire/wire_socket.h"

#include "agent/links/packet_socket.h"
#include "agent/wire/wire_peers.h"
#include "array.h"
#include "cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>

/* A packet that the filter lets through, with its link header. */
#define FRAME_MAX (32 + WIRE_FILTER_PACKET_MAX)

/* So many are read in one go: a flood must not keep the reader from what else it has to do. */
#define READ_MAX 4096

static int set_option(int fd, int level, int option, const void *value, size_t size)
{
	return setsockopt(fd, level, option, value, (socklen_t)size) < 0 ? -errno : 0;
}

/* Deaf until it is bound: what came before the filter would be taken for something else. */
static int open_deaf(const struct wire_filter *filter, int *ret_fd)
{
	_cleanup_close_ int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sock_fprog program = {filter->length, (struct sock_filter *)filter->code};
	const int on = 1;
	int result;

	if (fd < 0)
		return -errno;
	result = set_option(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
	if (result == 0)
		result = set_option(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on));
	if (result == 0)
		result = set_option(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on));
	if (result == 0)
		*ret_fd = TAKE_FD(fd);
	return result;
}

/* `ifindex` 0: to all links. */
static int bind_to(int fd, uint16_t protocol, unsigned int ifindex)
{
	const struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = (int)ifindex,
	};

	return bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

/* Returns -ENOPROTOOPT before Linux 4.20. */
static int open_bound(const struct wire_link *link, const uint16_t ports[], size_t n_ports,
		      struct wire_socket *socket)
{
	const struct wire_filter_link where = {.header_size = link->header_size};
	_cleanup_close_ int fd = -1;
	struct wire_filter filter;
	int result;

	wire_filter_make(&where, ports, n_ports, &filter);
	result = open_deaf(&filter, &fd);
	if (result == 0)
		result = packet_socket_ignore_outgoing(fd);
	if (result == 0)
		result = bind_to(fd, ETH_P_ALL, link->ifindex);
	if (result == 0)
		socket->fds[socket->n_fds++] = TAKE_FD(fd);
	return result;
}

/* Bound to the link for no protocol: it hears nothing, but is told when the link goes. */
static int open_silent(const struct wire_filter *filter, unsigned int ifindex,
		       struct wire_socket *socket)
{
	_cleanup_close_ int fd = -1;
	int result = open_deaf(filter, &fd);

	if (result == 0)
		result = bind_to(fd, 0, ifindex);
	if (result == 0)
		socket->fds[socket->n_fds++] = TAKE_FD(fd);
	return result;
}

static int open_unbound(const struct wire_link *link, const uint16_t ports[], size_t n_ports,
			struct wire_socket *socket)
{
	static const uint16_t protocols[] = {ETH_P_IP, ETH_P_IPV6};
	const struct wire_filter_link where = {
		.header_size = link->header_size,
		.ifindex = link->ifindex,
	};
	struct wire_filter filter;
	int result = 0;

	wire_filter_make(&where, ports, n_ports, &filter);
	for (size_t i = 0; i < N_ELEMENTS(protocols) && result == 0; i++) {
		_cleanup_close_ int fd = -1;

		result = open_deaf(&filter, &fd);
		if (result == 0)
			result = bind_to(fd, protocols[i], 0);
		if (result == 0)
			socket->fds[socket->n_fds++] = TAKE_FD(fd);
	}
	return result == 0 ? open_silent(&filter, link->ifindex, socket) : result;
}

int wire_socket_open(const struct wire_link *link, const uint16_t ports[], size_t n_ports,
		     struct wire_socket *ret_socket)
{
	_cleanup_(wire_socket_close) struct wire_socket socket = {
		.header_size = link->header_size,
	};
	int result = open_bound(link, ports, n_ports, &socket);

	if (result == -ENOPROTOOPT)
		result = open_unbound(link, ports, n_ports, &socket);
	if (result < 0)
		return result;
	*ret_socket = socket;
	socket.n_fds = 0;
	return 0;
}

void wire_socket_close(struct wire_socket *socket)
{
	for (size_t i = 0; i < socket->n_fds; i++)
		close(socket->fds[i]);
	socket->n_fds = 0;
}

static void take_frame(const struct wire_socket *socket, const struct virtio_net_hdr *header,
		       const uint8_t *frame, size_t size, struct wire_peers *peers)
{
	const struct wire_word word = {
		.flags = header->flags,
		.unfinished_at = (size_t)header->csum_start - socket->header_size,
	};
	struct wire_packet packet;

	if (size >= socket->header_size &&
	    wire_packet_parse(frame + socket->header_size, size - socket->header_size, word,
			      &packet) == 0)
		wire_peers_add(peers, &packet, time(NULL));
}

/*
 * An error is the link's that went down, or a packet's that cannot be described, and is told once:
 * the next packet may be there all the same.
 */
static void read_packets(const struct wire_socket *socket, int fd, struct wire_peers *peers)
{
	struct virtio_net_hdr header;
	uint8_t frame[FRAME_MAX];
	struct iovec parts[] = {{&header, sizeof(header)}, {frame, sizeof(frame)}};

	for (int i = 0; i < READ_MAX; i++) {
		ssize_t length = readv(fd, parts, N_ELEMENTS(parts));

		if (length < 0 && errno == EAGAIN)
			return;
		if (length >= (ssize_t)sizeof(header))
			take_frame(socket, &header, frame, (size_t)length - sizeof(header), peers);
	}
}

/* The kernel counts anew after each question; what was lost is among all. */
static void read_statistics(int fd, struct wire_heard *heard)
{
	struct tpacket_stats statistics = {0};
	socklen_t size = sizeof(statistics);

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) < 0)
		return;
	heard->passed += statistics.tp_packets;
	heard->lost += statistics.tp_drops;
}

void wire_socket_read(const struct wire_socket *socket, struct wire_peers *peers,
		      struct wire_heard *heard)
{
	for (size_t i = 0; i < socket->n_fds; i++) {
		read_packets(socket, socket->fds[i], peers);
		read_statistics(socket->fds[i], heard);
	}
}

/* The kernel makes the index -1 when a link goes (packet_notifier() in net/packet/af_packet.c). */
bool wire_socket_is_deaf(const struct wire_socket *socket)
{
	for (size_t i = 0; i < socket->n_fds; i++) {
		struct sockaddr_ll address = {.sll_ifindex = 0};
		socklen_t size = sizeof(address);

		if (getsockname(socket->fds[i], (struct sockaddr *)&address, &size) == 0 &&
		    address.sll_ifindex < 0)
			return true;
	}
	return false;
}
