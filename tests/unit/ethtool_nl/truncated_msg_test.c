/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every recorded message, cut off at every length and damaged at every byte: no parser may read
 * outside of it, take it for more than it is, or touch its outputs when it refuses.
 */
#include "ethtool_nl/ethtool_family.h"
#include "ethtool_nl/ethtool_msg.h"
#include "ethtool_nl/netlink_ack.h"
#include "tests/unit/ethtool_nl/recorded.h"
#include "tests/unit/unit.h"

#include <netlink/msg.h>

#include <errno.h>
#include <string.h>

/* The largest output, of parse_names(). */
union output {
	struct stringset names;
	struct featureset features;
	struct feature_difference difference;
	struct ethtool_family family;
	struct netlink_ack ack;
};

static int parse_family(struct nlmsghdr *message, union output *ret_output)
{
	return ethtool_family_parse(message, &ret_output->family);
}

static int parse_names(struct nlmsghdr *message, union output *ret_output)
{
	return ethtool_msg_parse_strings(message, &ret_output->names);
}

static int parse_features(struct nlmsghdr *message, union output *ret_output)
{
	unsigned int ifindex;

	return ethtool_msg_parse_features(message, &ifindex, &ret_output->features);
}

static int parse_difference(struct nlmsghdr *message, union output *ret_output)
{
	return ethtool_msg_parse_difference(message, &ret_output->difference);
}

static int parse_notification(struct nlmsghdr *message, union output *ret_output)
{
	unsigned int ifindex;

	return ethtool_msg_parse_notification(message, &ifindex, &ret_output->features);
}

static int parse_ack(struct nlmsghdr *message, union output *ret_output)
{
	return netlink_ack_parse(message, &ret_output->ack);
}

static const struct {
	const char *file;
	int (*parse)(struct nlmsghdr *message, union output *ret_output);
	/* Up to this length no cut may pass: what is asked for is not complete. */
	size_t shortest;
} cases[] = {
	{"family", parse_family, 20},
	{"names", parse_names, 2257},
	{"get", parse_features, 160},
	{"set", parse_difference, 112},
	{"set_not_taken", parse_difference, 112},
	{"notification", parse_notification, 160},
	{"set_no_device", parse_ack, 36},
	{"set_never_changes", parse_ack, 36},
};

#define N_CASES N_ELEMENTS(cases)

static union output untouched, output;

static int parse(size_t i, struct nlmsghdr *message)
{
	int result;

	memset(&output, 0xa5, sizeof(output));
	result = cases[i].parse(message, &output);
	assert_true(result == 0 || result == -EBADMSG || result == -EOVERFLOW);
	if (result < 0)
		assert_memory_equal(&output, &untouched, sizeof(output));
	return result;
}

static void test_cut(void **state)
{
	for (size_t i = 0; i < N_CASES; i++) {
		struct recorded whole = recorded_load(cases[i].file);

		assert_int_equal(parse(i, whole.message), 0);
		for (size_t size = NLMSG_HDRLEN; size < whole.size; size++) {
			struct recorded cut = recorded_cut(&whole, size);
			int result = parse(i, cut.message);

			if (size < cases[i].shortest)
				assert_int_equal(result, -EBADMSG);
			recorded_free(&cut);
		}
		recorded_free(&whole);
	}
}

/* A header that promises more than has arrived: the walk over the datagram stops before it. */
static void test_cut_datagram(void **state)
{
	for (size_t i = 0; i < N_CASES; i++) {
		struct recorded whole = recorded_load(cases[i].file);

		for (int size = 0; size < (int)whole.size; size++)
			assert_false(nlmsg_ok(whole.message, size));
		assert_true(nlmsg_ok(whole.message, (int)whole.size));
		recorded_free(&whole);
	}
}

static void test_damaged(void **state)
{
	static const unsigned char damages[] = {0x00, 0x01, 0x7f, 0x80, 0xff};

	for (size_t i = 0; i < N_CASES; i++) {
		struct recorded whole = recorded_load(cases[i].file);
		unsigned char *bytes = (unsigned char *)whole.message;

		/* The length in the header is checked by who walks the datagram. */
		for (size_t at = sizeof(whole.message->nlmsg_len); at < whole.size; at++) {
			unsigned char original = bytes[at];

			for (size_t j = 0; j < sizeof(damages); j++) {
				bytes[at] = damages[j];
				parse(i, whole.message);
			}
			bytes[at] = original;
		}
		assert_int_equal(parse(i, whole.message), 0);
		recorded_free(&whole);
	}
}

static int fill_untouched(void **state)
{
	memset(&untouched, 0xa5, sizeof(untouched));
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cut_datagram),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, fill_untouched, NULL);
}
