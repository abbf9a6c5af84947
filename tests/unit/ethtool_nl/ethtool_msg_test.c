/* SPDX-License-Identifier: Apache-2.0 */
/* The messages, read from recorded answers of Linux 6.18 and from ones that no kernel gives yet. */
#include "ethtool_nl/ethtool_family.h"
#include "ethtool_nl/ethtool_msg.h"
#include "ethtool_nl/feature_mask.h"
#include "ethtool_nl/netlink_ack.h"
#include "tests/unit/ethtool_nl/recorded.h"
#include "tests/unit/unit.h"

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <errno.h>
#include <string.h>

#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>

static struct stringset names;

static int load_names(void **state)
{
	struct recorded recorded = recorded_load("names");

	assert_int_equal(ethtool_msg_parse_strings(recorded.message, &names), 0);
	recorded_free(&recorded);
	return 0;
}

/* The bit of a name that must be there. */
static unsigned int bit_of(const char *name)
{
	struct feature_mask mask = stringset_find(&names, name);

	assert_false(feature_mask_is_empty(&mask));
	return feature_mask_next(&mask, 0);
}

static struct feature_mask tx_checksums(void)
{
	struct feature_mask mask = stringset_find(&names, "tx-checksum-ip-generic");

	return feature_mask_or(mask, stringset_find(&names, "tx-checksum-sctp"));
}

static void test_family(void **state)
{
	struct recorded recorded = recorded_load("family");
	struct ethtool_family family;

	assert_int_equal(ethtool_family_parse(recorded.message, &family), 0);
	assert_in_range(family.id, NLMSG_MIN_TYPE + 1, UINT16_MAX);
	assert_true(family.features_get);
	assert_true(family.features_set);
	assert_int_not_equal(family.monitor_group, 0);
	recorded_free(&recorded);
}

static void test_names(void **state)
{
	static const unsigned int unnamed[] = {2, 12, 13, 32};

	assert_int_equal(names.count, 64);
	assert_int_equal(bit_of("tx-checksum-ip-generic"), 3);
	assert_int_equal(bit_of("tx-checksum-sctp"), 37);
	assert_int_equal(bit_of("rx-checksum"), 40);
	for (size_t i = 0; i < N_ELEMENTS(unnamed); i++)
		assert_null(stringset_name(&names, unnamed[i]));
}

static void check_veth(const struct featureset *features)
{
	static const struct {
		const char *name;
		bool changeable, wanted, active;
	} cases[] = {
		{"tx-checksum-ip-generic", true, true, true},
		{"tx-checksum-ipv4", false, false, false},
		{"tx-tcp-segmentation", true, true, true},
		{"rx-checksum", true, true, true},
		{"rx-gro-list", true, false, false},
		{"vlan-challenged", false, false, false},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		unsigned int bit = bit_of(cases[i].name);

		assert_int_equal(feature_mask_has(&features->changeable, bit), cases[i].changeable);
		assert_int_equal(feature_mask_has(&features->wanted, bit), cases[i].wanted);
		assert_int_equal(feature_mask_has(&features->active, bit), cases[i].active);
	}
}

static void test_get(void **state)
{
	struct recorded recorded = recorded_load("get");
	struct featureset features;
	unsigned int ifindex;

	assert_int_equal(ethtool_msg_parse_features(recorded.message, &ifindex, &features), 0);
	assert_int_equal(ifindex, 2);
	check_veth(&features);
	recorded_free(&recorded);
}

static void test_dump(void **state)
{
	struct recorded recorded = recorded_load("dump");
	struct nlmsghdr *message = recorded.message;
	int size = (int)recorded.size;
	unsigned int expected = 1;

	for (; nlmsg_ok(message, size) && message->nlmsg_type != NLMSG_DONE;
	     message = nlmsg_next(message, &size)) {
		struct featureset features;
		unsigned int ifindex;

		assert_int_equal(ethtool_msg_parse_features(message, &ifindex, &features), 0);
		assert_int_equal(ifindex, expected++);
		if (ifindex > 1)
			check_veth(&features);
	}
	assert_int_equal(expected, 4);
	assert_int_equal(message->nlmsg_type, NLMSG_DONE);
	assert_int_equal(netlink_done_error(message), 0);
	recorded_free(&recorded);
}

static void test_set_reply(void **state)
{
	static const char *const fallen[] = {"tx-tcp-segmentation", "tx-tcp-ecn-segmentation",
					     "tx-tcp-mangleid-segmentation", "tx-tcp6-segmentation",
					     "tx-udp-segmentation"};
	struct recorded recorded = recorded_load("set");
	struct feature_mask expected = tx_checksums();
	struct feature_difference reply;

	for (size_t i = 0; i < N_ELEMENTS(fallen); i++)
		feature_mask_add(&expected, bit_of(fallen[i]));
	assert_int_equal(ethtool_msg_parse_difference(recorded.message, &reply), 0);
	assert_true(feature_mask_is_empty(&reply.not_taken));
	assert_true(feature_mask_equal(&reply.changed, &expected));
	assert_true(feature_mask_is_empty(&reply.active));
	recorded_free(&recorded);
}

/* The loopback device's checksums are fixed. */
static void test_set_reply_not_taken(void **state)
{
	struct recorded recorded = recorded_load("set_not_taken");
	struct feature_mask expected = tx_checksums();
	struct feature_difference reply;

	assert_int_equal(ethtool_msg_parse_difference(recorded.message, &reply), 0);
	assert_true(feature_mask_equal(&reply.not_taken, &expected));
	assert_true(feature_mask_is_empty(&reply.changed));
	recorded_free(&recorded);
}

/* A set that had nothing to do: its reply, then the ack. */
static void test_set_acknowledged(void **state)
{
	struct recorded recorded = recorded_load("set_acknowledged");
	struct nlmsghdr *message = recorded.message;
	int size = (int)recorded.size;
	struct feature_difference reply;
	struct netlink_ack ack;

	assert_int_equal(netlink_ack_parse(message, &ack), -EBADMSG);
	assert_int_equal(ethtool_msg_parse_difference(message, &reply), 0);
	assert_true(feature_mask_is_empty(&reply.not_taken));
	assert_true(feature_mask_is_empty(&reply.changed));
	message = nlmsg_next(message, &size);
	assert_true(nlmsg_ok(message, size));
	assert_int_equal(netlink_ack_parse(message, &ack), 0);
	assert_int_equal(ack.error, 0);
	assert_string_equal(ack.message, "");
	recorded_free(&recorded);
}

static void test_errors(void **state)
{
	static const struct {
		const char *file;
		int error;
		const char *message;
	} cases[] = {
		{"set_no_device", -ENODEV, "no device matches ifindex"},
		{"set_never_changes", -EINVAL, "attempt to change non-ethtool features"},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct recorded recorded = recorded_load(cases[i].file);
		struct netlink_ack ack;

		assert_int_equal(netlink_ack_parse(recorded.message, &ack), 0);
		assert_int_equal(ack.error, cases[i].error);
		assert_string_equal(ack.message, cases[i].message);
		recorded_free(&recorded);
	}
}

/* A kernel that quotes the whole request before its words, and words that are too long. */
static void test_error_with_request(void **state)
{
	struct nl_msg *message = nlmsg_alloc_simple(NLMSG_ERROR, NLM_F_ACK_TLVS);
	struct nlmsgerr error = {.error = -EPERM};
	char words[200], quoted[22] = "";
	struct netlink_ack ack;

	memset(words, 'w', sizeof(words));
	words[sizeof(words) - 1] = '\0';
	error.msg.nlmsg_len = NLMSG_HDRLEN + sizeof(quoted);
	assert_int_equal(nlmsg_append(message, &error, sizeof(error), 0), 0);
	assert_int_equal(nlmsg_append(message, quoted, sizeof(quoted), NLMSG_ALIGNTO), 0);
	assert_int_equal(nla_put_string(message, NLMSGERR_ATTR_MSG, words), 0);
	assert_int_equal(netlink_ack_parse(nlmsg_hdr(message), &ack), 0);
	assert_int_equal(ack.error, -EPERM);
	assert_int_equal(strlen(ack.message), ETHTOOL_NL_MESSAGE_SIZE - 1);
	assert_int_equal(strspn(ack.message, "w"), ETHTOOL_NL_MESSAGE_SIZE - 1);
	nlmsg_free(message);
}

static void test_notification(void **state)
{
	struct recorded recorded = recorded_load("notification");
	struct feature_difference reply;
	struct featureset features;
	unsigned int ifindex = 0;

	assert_int_equal(ethtool_msg_parse_notification(recorded.message, &ifindex, &features), 0);
	assert_int_equal(ifindex, 2);
	assert_true(feature_mask_has(&features.changeable, bit_of("tx-checksum-ip-generic")));
	assert_false(feature_mask_has(&features.wanted, bit_of("tx-checksum-ip-generic")));
	assert_false(feature_mask_has(&features.active, bit_of("tx-checksum-ip-generic")));
	/* Collateral: the wish stays. */
	assert_false(feature_mask_has(&features.active, bit_of("tx-tcp-segmentation")));
	assert_true(feature_mask_has(&features.wanted, bit_of("tx-tcp-segmentation")));
	/* Each parser takes its own kind of message only. */
	assert_int_equal(ethtool_msg_parse_features(recorded.message, &ifindex, &features),
			 -EBADMSG);
	assert_int_equal(ethtool_msg_parse_difference(recorded.message, &reply), -EBADMSG);
	assert_int_equal(ethtool_msg_parse_strings(recorded.message, &names), -EBADMSG);
	recorded_free(&recorded);
}

static struct nl_msg *start_reply(int command)
{
	struct nl_msg *message = nlmsg_alloc();
	struct nlattr *header;

	assert_non_null(message);
	assert_non_null(genlmsg_put(message, 0, 0, 21, 0, 0, (uint8_t)command, 1));
	header = nla_nest_start(message, ETHTOOL_A_FEATURES_HEADER);
	assert_int_equal(nla_put_u32(message, ETHTOOL_A_HEADER_DEV_INDEX, 5), 0);
	nla_nest_end(message, header);
	return message;
}

static struct nl_msg *features_reply(unsigned int size, unsigned int bit)
{
	struct nl_msg *message = start_reply(ETHTOOL_MSG_FEATURES_GET_REPLY);
	struct bitset set = {0}, none = {0};

	feature_mask_add(&set.value, bit);
	set.mask = set.value;
	assert_int_equal(bitset_put(message, ETHTOOL_A_FEATURES_HW, size, &set), 0);
	assert_int_equal(bitset_put(message, ETHTOOL_A_FEATURES_WANTED, size, &set), 0);
	assert_int_equal(bitset_put(message, ETHTOOL_A_FEATURES_ACTIVE, size, &set), 0);
	assert_int_equal(bitset_put(message, ETHTOOL_A_FEATURES_NOCHANGE, size, &none), 0);
	return message;
}

static void test_more_than_64_features(void **state)
{
	static const struct {
		unsigned int size, bit;
	} cases[] = {{64, 63}, {65, 64}, {70, 69}, {96, 95}, {97, 96}, {256, 255}};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct nl_msg *message = features_reply(cases[i].size, cases[i].bit);
		struct featureset features;
		unsigned int ifindex;

		assert_int_equal(
			ethtool_msg_parse_features(nlmsg_hdr(message), &ifindex, &features), 0);
		assert_int_equal(ifindex, 5);
		assert_int_equal(feature_mask_next(&features.changeable, 0), cases[i].bit);
		assert_int_equal(feature_mask_next(&features.wanted, 0), cases[i].bit);
		assert_int_equal(feature_mask_next(&features.active, 0), cases[i].bit);
		nlmsg_free(message);
	}
}

static struct nlattr *put_bitset_size(struct nl_msg *message, uint32_t size)
{
	struct nlattr *nest = nla_nest_start(message, ETHTOOL_A_FEATURES_HW);

	assert_int_equal(nla_put_u32(message, ETHTOOL_A_BITSET_SIZE, size), 0);
	return nest;
}

static void test_bad_bitsets(void **state)
{
	static const struct {
		uint32_t size;
		int n_value_words, n_mask_words; /* -1: not there */
		int result;
	} cases[] = {
		{64, 2, 2, 0},
		{0, 0, 0, 0},
		{64, 1, 2, -EBADMSG},
		{64, 2, 1, -EBADMSG},
		{64, -1, 2, -EBADMSG},
		{64, 2, -1, -EBADMSG},
		{65, 2, 2, -EBADMSG},
		{257, 9, 9, -EOVERFLOW},
		{UINT32_MAX, 2, 2, -EOVERFLOW},
	};
	static const uint32_t words[9] = {1, 1, 1};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct nl_msg *message = nlmsg_alloc();
		struct nlattr *nest = put_bitset_size(message, cases[i].size);
		struct bitset bitset;

		if (cases[i].n_value_words >= 0)
			nla_put(message, ETHTOOL_A_BITSET_VALUE, 4 * cases[i].n_value_words, words);
		if (cases[i].n_mask_words >= 0)
			nla_put(message, ETHTOOL_A_BITSET_MASK, 4 * cases[i].n_mask_words, words);
		nla_nest_end(message, nest);
		assert_int_equal(bitset_parse(nest, &bitset), cases[i].result);
		nlmsg_free(message);
	}
}

/* Bits beyond the size do not count. */
static void test_bits_beyond_size(void **state)
{
	static const uint32_t words[3] = {UINT32_MAX, UINT32_MAX, UINT32_MAX};
	struct nl_msg *message = nlmsg_alloc();
	struct nlattr *nest = put_bitset_size(message, 70);
	struct bitset bitset;

	nla_put_flag(message, ETHTOOL_A_BITSET_NOMASK);
	nla_put(message, ETHTOOL_A_BITSET_VALUE, sizeof(words), words);
	nla_nest_end(message, nest);
	assert_int_equal(bitset_parse(nest, &bitset), 0);
	assert_true(feature_mask_has(&bitset.value, 69));
	assert_false(feature_mask_has(&bitset.value, 70));
	assert_true(feature_mask_is_empty(&bitset.mask));
	nlmsg_free(message);
}

static void put_name(struct nl_msg *message, uint32_t index, const char *name)
{
	struct nlattr *nest = nla_nest_start(message, ETHTOOL_A_STRINGS_STRING);

	nla_put_u32(message, ETHTOOL_A_STRING_INDEX, index);
	nla_put_string(message, ETHTOOL_A_STRING_VALUE, name);
	nla_nest_end(message, nest);
}

/* The set of the features behind another one, with one name at `index`. */
static struct nl_msg *names_reply(uint32_t index, const char *name)
{
	struct nl_msg *message = start_reply(ETHTOOL_MSG_STRSET_GET_REPLY);
	struct nlattr *sets = nla_nest_start(message, ETHTOOL_A_STRSET_STRINGSETS);

	for (uint32_t id = ETH_SS_FEATURES - 1; id <= ETH_SS_FEATURES; id++) {
		struct nlattr *set = nla_nest_start(message, ETHTOOL_A_STRINGSETS_STRINGSET);
		struct nlattr *strings;

		nla_put_u32(message, ETHTOOL_A_STRINGSET_ID, id);
		strings = nla_nest_start(message, ETHTOOL_A_STRINGSET_STRINGS);
		put_name(message, id == ETH_SS_FEATURES ? index : 1, name);
		put_name(message, 0, "");
		nla_nest_end(message, strings);
		nla_nest_end(message, set);
	}
	nla_nest_end(message, sets);
	return message;
}

static void test_other_names(void **state)
{
	static const struct {
		uint32_t index;
		const char *name;
		int result;
	} cases[] = {
		{69, "tx-checksum-ip-generic", 0},
		{255, "tx-checksum-ip-generic", 0},
		{256, "tx-checksum-ip-generic", -EOVERFLOW},
		{69, "a-name-that-is-longer-than-the-kernel-has-room", -EBADMSG},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct nl_msg *message = names_reply(cases[i].index, cases[i].name);
		struct stringset set = {0};

		assert_int_equal(ethtool_msg_parse_strings(nlmsg_hdr(message), &set),
				 cases[i].result);
		if (cases[i].result == 0) {
			assert_int_equal(set.count, cases[i].index + 1);
			assert_string_equal(stringset_name(&set, cases[i].index), cases[i].name);
			assert_null(stringset_name(&set, 0));
		} else {
			assert_int_equal(set.count, 0);
		}
		nlmsg_free(message);
	}
}

/* What is sent, read with our own parser and byte by byte where that says nothing. */
static void test_requests(void **state)
{
	struct bitset wanted = {.mask = tx_checksums()}, read;
	struct nl_msg *message = ethtool_msg_features_set(21, 7, 64, &wanted);
	struct nlattr *tb[ETHTOOL_A_FEATURES_MAX + 1], *header[ETHTOOL_A_HEADER_MAX + 1];

	assert_non_null(message);
	assert_int_equal(nlmsg_hdr(message)->nlmsg_type, 21);
	assert_int_equal(genlmsg_hdr(nlmsg_hdr(message))->cmd, ETHTOOL_MSG_FEATURES_SET);
	assert_int_equal(genlmsg_parse(nlmsg_hdr(message), 0, tb, ETHTOOL_A_FEATURES_MAX, NULL), 0);
	assert_int_equal(
		nla_parse_nested(header, ETHTOOL_A_HEADER_MAX, tb[ETHTOOL_A_FEATURES_HEADER], NULL),
		0);
	assert_int_equal(nla_get_u32(header[ETHTOOL_A_HEADER_DEV_INDEX]), 7);
	assert_int_equal(nla_get_u32(header[ETHTOOL_A_HEADER_FLAGS]), ETHTOOL_FLAG_COMPACT_BITSETS);
	assert_true(tb[ETHTOOL_A_FEATURES_HEADER]->nla_type & NLA_F_NESTED);
	assert_true(tb[ETHTOOL_A_FEATURES_WANTED]->nla_type & NLA_F_NESTED);
	assert_int_equal(bitset_parse(tb[ETHTOOL_A_FEATURES_WANTED], &read), 0);
	assert_memory_equal(&read, &wanted, sizeof(read));
	nlmsg_free(message);

	/* A dump names no device. */
	message = ethtool_msg_features_get(21, 0);
	assert_int_equal(genlmsg_parse(nlmsg_hdr(message), 0, tb, ETHTOOL_A_FEATURES_MAX, NULL), 0);
	assert_int_equal(
		nla_parse_nested(header, ETHTOOL_A_HEADER_MAX, tb[ETHTOOL_A_FEATURES_HEADER], NULL),
		0);
	assert_null(header[ETHTOOL_A_HEADER_DEV_INDEX]);
	nlmsg_free(message);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_family),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_dump),
		cmocka_unit_test(test_set_reply),
		cmocka_unit_test(test_set_reply_not_taken),
		cmocka_unit_test(test_set_acknowledged),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_error_with_request),
		cmocka_unit_test(test_notification),
		cmocka_unit_test(test_more_than_64_features),
		cmocka_unit_test(test_bad_bitsets),
		cmocka_unit_test(test_bits_beyond_size),
		cmocka_unit_test(test_other_names),
		cmocka_unit_test(test_requests),
	};

	return cmocka_run_group_tests(tests, load_names, NULL);
}
