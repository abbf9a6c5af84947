/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/qdiscs.h"

#include "agent/links/rtnetlink.h"
#include "array.h"
#include "cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

struct qdisc_list {
	struct qdisc *qdiscs;
	size_t n_qdiscs, allocated;
};

static void cleanup_list(const struct qdisc_list *list)
{
	free(list->qdiscs);
}

static int take_statistics(const struct nlattr *attribute, void *data)
{
	struct qdisc *qdisc = data;
	struct gnet_stats_queue queue;

	if (mnl_attr_get_type(attribute) != TCA_STATS_QUEUE ||
	    mnl_attr_get_payload_len(attribute) < sizeof(queue))
		return MNL_CB_OK;
	memcpy(&queue, mnl_attr_get_payload(attribute), sizeof(queue));
	qdisc->backlog = queue.backlog;
	return MNL_CB_OK;
}

static int take_attribute(const struct nlattr *attribute, void *data)
{
	struct qdisc *qdisc = data;
	size_t size = mnl_attr_get_payload_len(attribute);

	switch (mnl_attr_get_type(attribute)) {
	case TCA_KIND:
		if (size > sizeof(qdisc->kind) - 1)
			size = sizeof(qdisc->kind) - 1;
		memcpy(qdisc->kind, mnl_attr_get_payload(attribute), size);
		break;
	case TCA_STATS2:
		return mnl_attr_parse_nested(attribute, take_statistics, qdisc);
	default:
		break;
	}
	return MNL_CB_OK;
}

int qdisc_message_parse(const struct nlmsghdr *message, struct qdisc *ret_qdisc)
{
	struct qdisc qdisc = {.ifindex = 0};
	const struct tcmsg *header = mnl_nlmsg_get_payload(message);

	if (message->nlmsg_type != RTM_NEWQDISC ||
	    message->nlmsg_len < MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(*header)) ||
	    header->tcm_ifindex <= 0 ||
	    mnl_attr_parse(message, sizeof(*header), take_attribute, &qdisc) != MNL_CB_OK)
		return -EBADMSG;
	qdisc.ifindex = header->tcm_ifindex;
	qdisc.handle = header->tcm_handle;
	qdisc.parent = header->tcm_parent;
	*ret_qdisc = qdisc;
	return 0;
}

static int take_message(const struct nlmsghdr *message, void *data)
{
	struct qdisc_list *list = data;
	struct qdisc qdisc, *grown;

	if (qdisc_message_parse(message, &qdisc) < 0)
		return MNL_CB_OK;
	grown = array_grow(list->qdiscs, list->n_qdiscs, &list->allocated, sizeof(*grown));
	if (!grown) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	list->qdiscs = grown;
	list->qdiscs[list->n_qdiscs++] = qdisc;
	return MNL_CB_OK;
}

int qdiscs_read(struct qdisc **ret_qdiscs, size_t *ret_n_qdiscs)
{
	_cleanup_(cleanup_rtnetlink) struct rtnetlink *rtnetlink = NULL;
	_cleanup_(cleanup_list) struct qdisc_list list = {0};
	int result = rtnetlink_open(&rtnetlink);

	if (result == 0)
		result = rtnetlink_dump(rtnetlink, RTM_GETQDISC, AF_UNSPEC, sizeof(struct tcmsg),
					take_message, &list);
	/* What was missed of an interrupted dump is looked at the next time. */
	if (result < 0 && result != -EINTR)
		return result;
	*ret_n_qdiscs = list.n_qdiscs;
	*ret_qdiscs = TAKE_PTR(list.qdiscs);
	return 0;
}

/* Does it hand on what it has, as soon as it may? It neither shapes nor waits for a time. */
static bool conserves_work(const char *kind)
{
	static const char *const kinds[] = {"pfifo_fast", "pfifo", "bfifo",
					    "fq_codel",	  "codel", "sfq"};

	for (size_t i = 0; i < N_ELEMENTS(kinds); i++) {
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	}
	return false;
}

uint64_t qdiscs_backlog(const struct qdisc *qdiscs, size_t n_qdiscs, unsigned int ifindex)
{
	uint64_t backlog = 0;
	const struct qdisc *queues = NULL; /* the mq at the root; by default its handle is 0 */

	for (size_t i = 0; i < n_qdiscs; i++) {
		const struct qdisc *qdisc = &qdiscs[i];
		const bool is_root = qdisc->parent == TC_H_ROOT;

		if (qdisc->ifindex != ifindex)
			continue;
		if (is_root && strcmp(qdisc->kind, "mq") == 0)
			queues = qdisc;
		if (conserves_work(qdisc->kind) &&
		    (is_root || (queues && TC_H_MAJ(qdisc->parent) == TC_H_MAJ(queues->handle))))
			backlog += qdisc->backlog;
	}
	return backlog;
}
