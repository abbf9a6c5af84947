/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A generic netlink socket: sends, receives, puts answers and requests together. Nothing above it
 * sees an error code of libnl.
 *
 * The kernel answers a request inside the system call that sends it, and continues a dump inside
 * the one that receives its last part (net/netlink/af_netlink.c: netlink_unicast_kernel(),
 * netlink_recvmsg()). So nothing here ever waits: an answer that is not in the queue is lost.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct genl_sock;
struct nl_msg;
struct nlmsghdr;

/*
 * Opens one in the calling thread's network namespace.
 * Returns 0; -EOPNOTSUPP when there is no generic netlink (or the sandbox forbids it); another
 * negative errno.
 */
int genl_sock_open(struct genl_sock **ret_sock);

/* NULL is fine. Returns NULL. */
struct genl_sock *genl_sock_close(struct genl_sock *sock);

int genl_sock_fd(const struct genl_sock *sock);

/* Joins a multicast group. Returns 0 or a negative errno. */
int genl_sock_join(struct genl_sock *sock, uint32_t group);

/*
 * Resizes the receive buffer, in bytes of the kernel's own count (about 830 for a short message).
 * With CAP_NET_ADMIN the system's limit does not hold. Returns 0 or a negative errno.
 */
int genl_sock_set_receive_buffer(struct genl_sock *sock, int size);

/* A sequence number for the next message; never 0, which is that of notifications. */
uint32_t genl_sock_next_sequence(struct genl_sock *sock);

/* Sends one or more whole messages. Returns 0 or a negative errno. */
int genl_sock_send(struct genl_sock *sock, const void *messages, size_t size);

/*
 * Takes one datagram off the queue: `ret_messages` is its first message, borrowed until the next
 * call, `ret_size` the size of all, to be walked with nlmsg_ok() and nlmsg_next().
 * Returns 0; -EAGAIN when the queue is empty; -ENOBUFS when messages were lost; another negative
 * errno.
 */
int genl_sock_receive(struct genl_sock *sock, struct nlmsghdr **ret_messages, int *ret_size);

/*
 * Sends a request (or, with `dump`, asks for all) and hands every reply over. `on_reply` returns 0
 * or a negative errno, which becomes the result once the answer is at its end.
 * Returns 0; -EINTR when changes interrupted the dump (what was handed over is right, but
 * something may be missing); -ENOBUFS when the answer was lost; what the kernel said; another
 * negative errno.
 */
int genl_sock_request(struct genl_sock *sock, struct nl_msg *request, bool dump,
		      int (*on_reply)(struct nlmsghdr *reply, void *context), void *context);
