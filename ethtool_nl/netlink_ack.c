/* SPDX-License-Identifier: Apache-2.0 */
#include "ethtool_nl/netlink_ack.h"

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <errno.h>
#include <string.h>

#include <linux/netlink.h>

/* Where the attributes start: behind the request, which may be quoted whole or cut to its header.
 */
static size_t attributes_offset(const struct nlmsghdr *message, const struct nlmsgerr *error)
{
	size_t quoted = 0;

	if (!(message->nlmsg_flags & NLM_F_CAPPED) && error->msg.nlmsg_len > sizeof(error->msg))
		quoted = error->msg.nlmsg_len - sizeof(error->msg);
	return sizeof(*error) + NLMSG_ALIGN(quoted);
}

static void parse_text(struct nlmsghdr *message, const struct nlmsgerr *error,
		       struct netlink_ack *ack)
{
	size_t offset = attributes_offset(message, error);
	size_t size = (size_t)nlmsg_datalen(message);
	struct nlattr *text;
	size_t length;

	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS) || offset >= size)
		return;
	text = nla_find((struct nlattr *)((char *)nlmsg_data(message) + offset),
			(int)(size - offset), NLMSGERR_ATTR_MSG);
	if (!text)
		return;
	length = strnlen(nla_data(text), (size_t)nla_len(text));
	if (length >= sizeof(ack->message))
		length = sizeof(ack->message) - 1;
	memcpy(ack->message, nla_data(text), length);
}

int netlink_ack_parse(struct nlmsghdr *message, struct netlink_ack *ret_ack)
{
	struct netlink_ack ack = {0};
	struct nlmsgerr *error = nlmsg_data(message);

	if (message->nlmsg_type != NLMSG_ERROR || nlmsg_datalen(message) < (int)sizeof(*error) ||
	    error->error > 0)
		return -EBADMSG;
	ack.error = error->error;
	parse_text(message, error, &ack);
	*ret_ack = ack;
	return 0;
}

int netlink_done_error(struct nlmsghdr *message)
{
	int error = 0;

	if (nlmsg_datalen(message) >= (int)sizeof(error))
		memcpy(&error, nlmsg_data(message), sizeof(error));
	return error < 0 ? error : 0;
}
