/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Questions to netfilter over netlink: nf_tables, connection tracking, ipset. The kernel answers
 * none of them without CAP_NET_ADMIN.
 */

#include <libmnl/libmnl.h>

#include <stdbool.h>
#include <stdint.h>

/* Room for a question with a few names. */
#define NFNETLINK_QUESTION_SIZE 1024

struct nfnetlink_question {
	_Alignas(struct nlmsghdr) char buffer[NFNETLINK_QUESTION_SIZE];
	struct nlmsghdr *message; /* in the buffer; attributes are to be put behind it */
};

/* Opens a socket whose answers do not take for ever. Returns 0 or a negative errno. */
int nfnetlink_open(struct mnl_socket **ret_socket);

/* Begins a question; with `dump` to all that there are. */
void nfnetlink_ask(struct nfnetlink_question *question, uint8_t subsystem, uint8_t type,
		   uint8_t family, bool dump);

/*
 * Sends it, and hands each message of the answer to `take`, which returns MNL_CB_OK, MNL_CB_STOP
 * (the rest is not read: the socket is of no further use), or MNL_CB_ERROR with errno set.
 * Returns 0; -EINTR when what was dumped changed meanwhile; -ETIME when no answer comes; another
 * negative errno: the kernel's, or of `take`.
 */
int nfnetlink_talk(struct mnl_socket *socket, const struct nfnetlink_question *question,
		   mnl_cb_t take, void *data);

/* The family (NFPROTO_) that a message is about. */
uint8_t nfnetlink_family(const struct nlmsghdr *message);
