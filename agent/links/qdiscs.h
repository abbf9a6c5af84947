/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What waits in the queueing disciplines of links for their drivers to take it, by rtnetlink.
 */

#include <stddef.h>
#include <stdint.h>

struct nlmsghdr;

#define QDISC_KIND_SIZE 16 /* IFNAMSIZ, as in the kernel */

struct qdisc {
	unsigned int ifindex;
	char kind[QDISC_KIND_SIZE];
	uint32_t handle, parent; /* parent: TC_H_ROOT, or the class of another one's */
	uint32_t backlog; /* octets */
};

/*
 * Reads all of this network namespace, each parent before its children. Returns 0 or a negative
 * errno. The caller frees the array.
 */
int qdiscs_read(struct qdisc **ret_qdiscs, size_t *ret_n_qdiscs);

/* Reads one message. Returns 0; -EBADMSG for what is no qdisc. */
int qdisc_message_parse(const struct nlmsghdr *message, struct qdisc *ret_qdisc);

/*
 * The octets that wait for the link's driver alone: those of disciplines that hand on what they
 * have as soon as the driver takes it, at the root, or one for each of the driver's queues (mq).
 * What others hold back can be meant to wait.
 */
uint64_t qdiscs_backlog(const struct qdisc *qdiscs, size_t n_qdiscs, unsigned int ifindex);
