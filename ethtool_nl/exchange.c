/* SPDX-License-Identifier: Apache-2.0 */
#include "ethtool_nl/exchange.h"

#include "ethtool_nl/netlink_ack.h"

#include <netlink/msg.h>

#include <errno.h>

#include <linux/netlink.h>

void exchange_fail(struct exchange *exchange, int error)
{
	if (exchange->error == 0)
		exchange->error = error;
}

static void take_message(struct exchange *exchange, struct nlmsghdr *message)
{
	struct netlink_ack ack;
	int result;

	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		exchange->interrupted = true;
	if (message->nlmsg_type == NLMSG_ERROR) {
		result = netlink_ack_parse(message, &ack);
		exchange_fail(exchange, result < 0 ? result : ack.error);
		exchange->complete = true;
	} else if (message->nlmsg_type == NLMSG_DONE) {
		exchange_fail(exchange, netlink_done_error(message));
		exchange->complete = true;
	} else if (message->nlmsg_type >= NLMSG_MIN_TYPE) {
		exchange_fail(exchange, exchange->on_reply(message, exchange->context));
	}
}

void exchange_take(struct exchange *exchange, struct nlmsghdr *messages, int size)
{
	for (; nlmsg_ok(messages, size); messages = nlmsg_next(messages, &size))
		if (messages->nlmsg_seq == exchange->sequence)
			take_message(exchange, messages);
}

int exchange_result(const struct exchange *exchange)
{
	if (exchange->error == 0 && exchange->interrupted)
		return -EINTR;
	return exchange->error;
}
