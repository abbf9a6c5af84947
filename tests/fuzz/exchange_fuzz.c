/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer to a request: a byte that says how many replies are good, then two datagrams, the
 * first as long as the second byte says in units of 8. Messages of sequence 1 are the answer's.
 */
#include "ethtool_nl/exchange.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include <linux/netlink.h>

#define SEQUENCE 1

/* What the replies were, and what to say of them. */
struct replies {
	unsigned int n_replies, n_good;
};

static int take_reply(struct nlmsghdr *reply, void *context)
{
	struct replies *replies = context;

	FUZZ_CHECK(reply->nlmsg_seq == SEQUENCE && reply->nlmsg_type >= NLMSG_MIN_TYPE);
	FUZZ_CHECK(reply->nlmsg_len >= sizeof(*reply));
	return replies->n_replies++ < replies->n_good ? 0 : -EPROTO;
}

static void take_datagram(struct exchange *exchange, const uint8_t *data, size_t size)
{
	struct exchange before = *exchange;
	void *datagram = fuzz_guarded(data, size);

	if (!datagram)
		return;
	exchange_take(exchange, datagram, (int)size);
	/* What was said once stays said. */
	FUZZ_CHECK(exchange->complete >= before.complete &&
		   exchange->interrupted >= before.interrupted);
	FUZZ_CHECK(before.error == 0 || exchange->error == before.error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct replies replies = {.n_good = fuzz_take_byte(&data, &size)};
	size_t first = (size_t)fuzz_take_byte(&data, &size) * 8;
	struct exchange exchange = {
		.sequence = SEQUENCE,
		.on_reply = take_reply,
		.context = &replies,
	};

	if (first > size)
		first = size;
	take_datagram(&exchange, data, first);
	take_datagram(&exchange, data + first, size - first);
	FUZZ_CHECK(exchange_result(&exchange) <= 0);
	if (replies.n_replies > replies.n_good)
		FUZZ_CHECK(exchange_result(&exchange) < 0);
	if (exchange_result(&exchange) == 0)
		FUZZ_CHECK(!exchange.interrupted && exchange.error == 0);
	return 0;
}
