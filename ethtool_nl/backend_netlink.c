/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The back end over the kernel's generic netlink family "ethtool" (since Linux 5.7).
 */
#include "array.h"
#include "cleanup.h"
#include "ethtool_nl/backend.h"
#include "ethtool_nl/change.h"
#include "ethtool_nl/ethtool_family.h"
#include "ethtool_nl/ethtool_msg.h"
#include "ethtool_nl/genl_sock.h"
#include "ethtool_nl/netlink_ack.h"

#include <netlink/msg.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>

/* How often a dump is repeated that changes interrupted. */
#define DUMP_TRIES 10

/*
 * So many requests are sent at once. Each gets one answer of less than 1 KB of the receive buffer,
 * so that none is lost; and the calls' own cost no longer shows.
 */
#define BATCH_REQUESTS ETHTOOL_NL_SINGLE_READS
#define BATCH_SIZE     (BATCH_REQUESTS * 512)

struct backend_netlink {
	struct backend base;
	struct genl_sock *sock;
	uint16_t family;
	unsigned int n_features;
	struct nl_msg *question; /* for the features of one device: */
	uint32_t *question_ifindex; /* in it */
	_Alignas(struct nlmsghdr) unsigned char batch[BATCH_SIZE];
};

static void cleanup_nl_msg(struct nl_msg **message)
{
	nlmsg_free(*message);
}

/* Requests that are sent together, about one device each. */
struct batch {
	size_t n_requests, n_answered, size;
	uint32_t sequences[BATCH_REQUESTS];
	bool answered[BATCH_REQUESTS];
	/* Takes the answer to request `i`, a reply or the kernel's no; returns whether it is one.
	 */
	bool (*take)(void *context, size_t i, struct nlmsghdr *message);
	void *context;
};

static void batch_add(struct backend_netlink *netlink, struct batch *batch,
		      const struct nlmsghdr *request)
{
	struct nlmsghdr *added = (struct nlmsghdr *)(netlink->batch + batch->size);

	memcpy(added, request, request->nlmsg_len);
	added->nlmsg_seq = genl_sock_next_sequence(netlink->sock);
	/* No ack wanted: success is answered by the reply, a failure by an error. */
	added->nlmsg_flags = NLM_F_REQUEST;
	batch->sequences[batch->n_requests++] = added->nlmsg_seq;
	batch->size += NLMSG_ALIGN(request->nlmsg_len);
}

static void batch_add_question(struct backend_netlink *netlink, struct batch *batch,
			       unsigned int ifindex)
{
	*netlink->question_ifindex = ifindex;
	batch_add(netlink, batch, nlmsg_hdr(netlink->question));
}

static void take_answer(struct batch *batch, struct nlmsghdr *message)
{
	size_t i = 0;

	while (i < batch->n_requests && batch->sequences[i] != message->nlmsg_seq)
		i++;
	if (i == batch->n_requests || batch->answered[i] ||
	    !batch->take(batch->context, i, message))
		return;
	batch->answered[i] = true;
	batch->n_answered++;
}

/* Sends the requests, and takes all answers that there are. Some may be lost. */
static int batch_exchange(struct backend_netlink *netlink, struct batch *batch)
{
	int result = genl_sock_send(netlink->sock, netlink->batch, batch->size);

	while (result == 0 && batch->n_answered < batch->n_requests) {
		struct nlmsghdr *message;
		int size = 0;

		result = genl_sock_receive(netlink->sock, &message, &size);
		if (result == -EAGAIN)
			return 0;
		if (result == -ENOBUFS)
			result = 0;
		for (; size > 0 && nlmsg_ok(message, size); message = nlmsg_next(message, &size))
			take_answer(batch, message);
	}
	return result;
}

static int on_link(struct nlmsghdr *reply, void *context)
{
	struct ethtool_nl_link *link = context;
	unsigned int ifindex;

	return ethtool_msg_parse_features(reply, &ifindex, &link->features);
}

/* Whose answer was lost. */
static void read_one(struct backend_netlink *netlink, struct ethtool_nl_link *link)
{
	*netlink->question_ifindex = link->ifindex;
	link->error = genl_sock_request(netlink->sock, netlink->question, false, on_link, link);
}

static bool take_features(void *context, size_t i, struct nlmsghdr *message)
{
	struct ethtool_nl_link *link = (struct ethtool_nl_link *)context + i;
	struct netlink_ack ack;

	link->error = 0;
	if (netlink_ack_parse(message, &ack) < 0 || ack.error == 0)
		return on_link(message, link) == 0;
	link->error = ack.error;
	return true;
}

static int read_batch(struct backend_netlink *netlink, struct ethtool_nl_link *links,
		      size_t n_links)
{
	struct batch batch = {.take = take_features, .context = links};
	int result;

	for (size_t i = 0; i < n_links; i++)
		batch_add_question(netlink, &batch, links[i].ifindex);
	result = batch_exchange(netlink, &batch);
	for (size_t i = 0; i < n_links && result == 0; i++) {
		if (!batch.answered[i])
			read_one(netlink, &links[i]);
	}
	return result;
}

/*
 * The devices to read, sorted by ifindex, so that an answer finds its own: mostly behind that of
 * the last one, since a dump is in this order, too.
 */
struct wanted_links {
	struct ethtool_nl_link **sorted;
	size_t n_links;
	size_t next;
};

static int compare_links(const void *a, const void *b)
{
	const struct ethtool_nl_link *left = *(struct ethtool_nl_link *const *)a;
	const struct ethtool_nl_link *right = *(struct ethtool_nl_link *const *)b;

	return compare_numbers(left->ifindex, right->ifindex);
}

/* The place of the first link with this ifindex or a higher one. */
static size_t find_link(const struct wanted_links *wanted, unsigned int ifindex)
{
	const struct ethtool_nl_link sought = {.ifindex = ifindex}, *key = &sought;

	return array_lower_bound(&key, wanted->sorted, wanted->n_links, sizeof(*wanted->sorted),
				 compare_links);
}

static int on_dumped_link(struct nlmsghdr *reply, void *context)
{
	struct wanted_links *wanted = context;
	struct featureset features;
	unsigned int ifindex;
	int result = ethtool_msg_parse_features(reply, &ifindex, &features);

	if (result < 0)
		return result;
	if (wanted->next == wanted->n_links || wanted->sorted[wanted->next]->ifindex != ifindex)
		wanted->next = find_link(wanted, ifindex);
	for (; wanted->next < wanted->n_links && wanted->sorted[wanted->next]->ifindex == ifindex;
	     wanted->next++) {
		wanted->sorted[wanted->next]->error = 0;
		wanted->sorted[wanted->next]->features = features;
	}
	return 0;
}

/*
 * Another dump may succeed: this one was interrupted, lost answers, came while one that was given
 * up is still under way (-EBUSY), or met a device that went just then.
 */
static bool passes(int error)
{
	return error == -EINTR || error == -ENOBUFS || error == -EBUSY || error == -ENODEV;
}

/* One dump, repeated as long as that helps. A link that was not in it keeps its error. */
static int read_dump(struct backend_netlink *netlink, struct wanted_links *wanted)
{
	int result = -EINTR;

	for (int i = 0; i < DUMP_TRIES && passes(result); i++) {
		_cleanup_(cleanup_nl_msg) struct nl_msg *request =
			ethtool_msg_features_get(netlink->family, 0);

		if (!request)
			return -ENOMEM;
		result = genl_sock_request(netlink->sock, request, true, on_dumped_link, wanted);
	}
	return result;
}

static int read_many(struct backend_netlink *netlink, struct ethtool_nl_link *links, size_t n_links)
{
	_cleanup_free_ struct ethtool_nl_link **sorted =
		calloc(n_links, sizeof(struct ethtool_nl_link *));
	struct wanted_links wanted = {.sorted = sorted, .n_links = n_links};
	int result;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < n_links; i++) {
		links[i].error = -ENODEV;
		sorted[i] = &links[i];
	}
	qsort(sorted, n_links, sizeof(struct ethtool_nl_link *), compare_links);
	result = read_dump(netlink, &wanted);
	if (!passes(result))
		return result;
	/* The links never hold still: what the dumps gave is right, the rest is asked for. */
	for (size_t i = 0; i < n_links; i++) {
		if (links[i].error != 0)
			read_one(netlink, &links[i]);
	}
	return 0;
}

static int netlink_read(struct backend *backend, struct ethtool_nl_link *links, size_t n_links)
{
	struct backend_netlink *netlink = (struct backend_netlink *)backend;

	return n_links > ETHTOOL_NL_SINGLE_READS ? read_many(netlink, links, n_links)
						 : read_batch(netlink, links, n_links);
}

static bool take_outcome(void *context, size_t i, struct nlmsghdr *message)
{
	struct ethtool_nl_change *const *changes = context;
	struct feature_difference difference;
	struct netlink_ack ack;

	if (netlink_ack_parse(message, &ack) == 0 && ack.error < 0) {
		change_fail(changes[i], ack.error, ack.message);
		return true;
	}
	return ethtool_msg_parse_difference(message, &difference) == 0 &&
	       change_settle_by_reply(changes[i], &difference);
}

/* A lost answer, or one that does not fit, says nothing of what the kernel did: look. */
static void read_outcome(struct backend_netlink *netlink, struct ethtool_nl_change *change)
{
	struct ethtool_nl_link link = {.ifindex = change->ifindex};

	read_one(netlink, &link);
	if (link.error == 0)
		change_settle(change, &link.features);
	else
		change_lose(change, link.error);
}

static int batch_add_change(struct backend_netlink *netlink, struct batch *batch,
			    const struct ethtool_nl_change *change)
{
	const struct bitset wanted = {.value = change->values, .mask = change_requested(change)};
	_cleanup_(cleanup_nl_msg) struct nl_msg *request = ethtool_msg_features_set(
		netlink->family, change->ifindex, netlink->n_features, &wanted);

	if (!request)
		return -ENOMEM;
	batch_add(netlink, batch, nlmsg_hdr(request));
	return 0;
}

static int set_batch(struct backend_netlink *netlink, struct ethtool_nl_change *const changes[],
		     size_t n_changes)
{
	struct batch batch = {.take = take_outcome, .context = (void *)changes};
	int result = 0;

	for (size_t i = 0; i < n_changes && result == 0; i++)
		result = batch_add_change(netlink, &batch, changes[i]);
	if (result == 0)
		result = batch_exchange(netlink, &batch);
	for (size_t i = 0; i < n_changes && result == 0; i++) {
		if (!batch.answered[i])
			read_outcome(netlink, changes[i]);
	}
	return result;
}

static int netlink_set(struct backend *backend, struct ethtool_nl_change *const changes[],
		       size_t n_changes)
{
	struct backend_netlink *netlink = (struct backend_netlink *)backend;
	int result = 0;

	for (size_t done = 0; done < n_changes && result == 0; done += BATCH_REQUESTS) {
		size_t left = n_changes - done;

		result = set_batch(netlink, changes + done,
				   left < BATCH_REQUESTS ? left : BATCH_REQUESTS);
	}
	return result;
}

static void netlink_close(struct backend *backend)
{
	struct backend_netlink *netlink = (struct backend_netlink *)backend;

	genl_sock_close(netlink->sock);
	nlmsg_free(netlink->question);
	free(netlink);
}

static void cleanup_netlink(struct backend_netlink **netlink)
{
	if (*netlink)
		netlink_close(&(*netlink)->base);
}

static int on_strings(struct nlmsghdr *reply, void *context)
{
	return ethtool_msg_parse_strings(reply, context);
}

static int read_names(struct backend_netlink *netlink, struct stringset *ret_names)
{
	_cleanup_(cleanup_nl_msg) struct nl_msg *request = ethtool_msg_strings_get(netlink->family);

	if (!request)
		return -ENOMEM;
	return genl_sock_request(netlink->sock, request, false, on_strings, ret_names);
}

static const struct backend_ops netlink_ops = {
	.name = ETHTOOL_NL_NETLINK,
	.read = netlink_read,
	.set = netlink_set,
	.close = netlink_close,
};

int backend_netlink_open(struct backend **ret_backend, struct stringset *ret_names)
{
	_cleanup_(cleanup_netlink) struct backend_netlink *netlink = calloc(1, sizeof(*netlink));
	struct ethtool_family family;
	int result;

	if (!netlink)
		return -ENOMEM;
	netlink->base.ops = &netlink_ops;
	result = genl_sock_open(&netlink->sock);
	if (result == 0)
		result = ethtool_family_resolve(netlink->sock, &family);
	if (result < 0)
		return result;
	if (!family.features_get || !family.features_set)
		return -EOPNOTSUPP;
	netlink->family = family.id;
	/* The same for every device but for its number. */
	netlink->question = ethtool_msg_features_get(family.id, 1);
	if (!netlink->question)
		return -ENOMEM;
	netlink->question_ifindex = ethtool_msg_ifindex(netlink->question);
	result = read_names(netlink, ret_names);
	if (result < 0)
		return result;
	netlink->n_features = ret_names->count;
	*ret_backend = &TAKE_PTR(netlink)->base;
	return 0;
}
