/* SPDX-License-Identifier: Apache-2.0 */
#include "ethtool_nl/exchange.h"
#include "tests/unit/ethtool_nl/recorded.h"
#include "tests/unit/unit.h"

#include <netlink/msg.h>

#include <errno.h>

/* The sequence number of all recorded requests. */
#define SEQUENCE 7

/* The veth, the loopback device and the veth's other end. */
#define N_DUMPED 3

static int count(struct nlmsghdr *reply, void *context)
{
	(void)reply;
	++*(int *)context;
	return 0;
}

static int refuse(struct nlmsghdr *reply, void *context)
{
	count(reply, context);
	return -EOVERFLOW;
}

/* Takes a recorded datagram, the n-th message of which gets `flags` besides its own. */
static struct exchange take(const char *name, uint32_t sequence, int n, uint16_t flags,
			    int (*on_reply)(struct nlmsghdr *, void *), int *n_replies)
{
	struct recorded recorded = recorded_load(name);
	struct exchange exchange = {
		.sequence = sequence, .on_reply = on_reply, .context = n_replies};
	struct nlmsghdr *message = recorded.message;
	int left = (int)recorded.size;

	for (int i = 0; i < n; i++)
		message = nlmsg_next(message, &left);
	message->nlmsg_flags |= flags;
	*n_replies = 0;
	exchange_take(&exchange, recorded.message, (int)recorded.size);
	recorded_free(&recorded);
	return exchange;
}

static void test_dump(void **state)
{
	int n_replies;
	struct exchange exchange = take("dump", SEQUENCE, 0, 0, count, &n_replies);

	assert_int_equal(n_replies, N_DUMPED);
	assert_true(exchange.complete);
	assert_int_equal(exchange_result(&exchange), 0);
}

/* Whichever message says so, the end included. */
static void test_interrupted(void **state)
{
	for (int i = 0; i <= N_DUMPED; i++) {
		int n_replies;
		struct exchange exchange =
			take("dump", SEQUENCE, i, NLM_F_DUMP_INTR, count, &n_replies);

		assert_int_equal(n_replies, N_DUMPED);
		assert_true(exchange.complete);
		assert_int_equal(exchange_result(&exchange), -EINTR);
	}
}

/* An error of the one who reads does not end the exchange, but is its result. */
static void test_error_of_reader(void **state)
{
	int n_replies;
	struct exchange exchange = take("dump", SEQUENCE, 0, NLM_F_DUMP_INTR, refuse, &n_replies);

	assert_int_equal(n_replies, N_DUMPED);
	assert_true(exchange.complete);
	assert_int_equal(exchange_result(&exchange), -EOVERFLOW);
}

static void test_acknowledged(void **state)
{
	int n_replies;
	struct exchange exchange = take("set_acknowledged", SEQUENCE, 0, 0, count, &n_replies);

	assert_int_equal(n_replies, 1);
	assert_true(exchange.complete);
	assert_int_equal(exchange_result(&exchange), 0);
}

static void test_error_of_kernel(void **state)
{
	int n_replies;
	struct exchange exchange = take("set_no_device", SEQUENCE, 0, 0, count, &n_replies);

	assert_int_equal(n_replies, 0);
	assert_true(exchange.complete);
	assert_int_equal(exchange_result(&exchange), -ENODEV);
}

/* What answers another request, or a notification, is passed over. */
static void test_not_ours(void **state)
{
	int n_replies;
	struct exchange exchange = take("set_no_device", SEQUENCE + 1, 0, 0, count, &n_replies);

	assert_false(exchange.complete);
	exchange = take("dump", SEQUENCE + 1, 0, NLM_F_DUMP_INTR, count, &n_replies);
	assert_false(exchange.complete);
	assert_int_equal(n_replies, 0);
	assert_int_equal(exchange_result(&exchange), 0);
	exchange = take("notification", SEQUENCE, 0, 0, count, &n_replies);
	assert_int_equal(n_replies, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dump),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_error_of_reader),
		cmocka_unit_test(test_acknowledged),
		cmocka_unit_test(test_error_of_kernel),
		cmocka_unit_test(test_not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
