/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fake/script_genl_sock.h"

#include "ethtool_nl/genl_sock.h"
#include "tests/unit/ethtool_nl/recorded.h"
#include "tests/unit/unit.h"

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <errno.h>
#include <stdlib.h>

#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>

struct genl_sock {
	uint32_t sequence;
};

static struct {
	const struct script_dump *dumps;
	size_t n_dumps;
	unsigned int n_links;
	struct script_counts counts;
	bool loss_reported; /* of the answers to what was sent */
} script;

void script_genl_sock_start(const struct script_dump *dumps, size_t n_dumps, unsigned int n_links)
{
	script.dumps = dumps;
	script.n_dumps = n_dumps;
	script.n_links = n_links;
	script.counts = (struct script_counts){0};
	script.loss_reported = false;
}

struct script_counts script_genl_sock_counts(void)
{
	return script.counts;
}

int genl_sock_open(struct genl_sock **ret_sock)
{
	*ret_sock = calloc(1, sizeof(**ret_sock));
	return *ret_sock ? 0 : -ENOMEM;
}

struct genl_sock *genl_sock_close(struct genl_sock *sock)
{
	free(sock);
	return NULL;
}

uint32_t genl_sock_next_sequence(struct genl_sock *sock)
{
	return ++sock->sequence;
}

int genl_sock_send(struct genl_sock *sock, const void *messages, size_t size)
{
	(void)sock;
	assert_non_null(messages);
	assert_true(size > 0);
	script.counts.n_sends++;
	return 0;
}

int genl_sock_receive(struct genl_sock *sock, struct nlmsghdr **ret_messages, int *ret_size)
{
	(void)sock;
	(void)ret_messages;
	(void)ret_size;
	script.loss_reported = !script.loss_reported;
	return script.loss_reported ? -ENOBUFS : -EAGAIN;
}

/* The number of the device in a message: requests and answers have it in the same place. */
static struct nlattr *find_ifindex(struct nlmsghdr *message)
{
	struct nlattr *header = nlmsg_find_attr(message, GENL_HDRLEN, ETHTOOL_A_FEATURES_HEADER);

	assert_non_null(header);
	return nla_find(nla_data(header), nla_len(header), ETHTOOL_A_HEADER_DEV_INDEX);
}

static int hand_over(const char *name, unsigned int ifindex,
		     int (*on_reply)(struct nlmsghdr *reply, void *context), void *context)
{
	struct recorded recorded = recorded_load(name);
	int result;

	if (ifindex != 0)
		*(uint32_t *)nla_data(find_ifindex(recorded.message)) = ifindex;
	result = on_reply(recorded.message, context);
	recorded_free(&recorded);
	return result;
}

static int run_dump(int (*on_reply)(struct nlmsghdr *reply, void *context), void *context)
{
	const struct script_dump *dump = &script.dumps[script.counts.n_dumps];

	assert_true(script.counts.n_dumps < script.n_dumps);
	script.counts.n_dumps++;
	for (unsigned int ifindex = 1; ifindex <= dump->n_links; ifindex++)
		assert_int_equal(hand_over("get", ifindex, on_reply, context), 0);
	return dump->result;
}

int genl_sock_request(struct genl_sock *sock, struct nl_msg *request, bool dump,
		      int (*on_reply)(struct nlmsghdr *reply, void *context), void *context)
{
	struct nlmsghdr *header = nlmsg_hdr(request);
	uint32_t ifindex;

	(void)sock;
	if (header->nlmsg_type == GENL_ID_CTRL)
		return hand_over("family", 0, on_reply, context);
	if (genlmsg_hdr(header)->cmd == ETHTOOL_MSG_STRSET_GET)
		return hand_over("names", 0, on_reply, context);
	assert_int_equal(genlmsg_hdr(header)->cmd, ETHTOOL_MSG_FEATURES_GET);
	if (dump)
		return run_dump(on_reply, context);
	script.counts.n_singles++;
	ifindex = nla_get_u32(find_ifindex(header));
	return ifindex <= script.n_links ? hand_over("get", ifindex, on_reply, context) : -ENODEV;
}
