/* SPDX-License-Identifier: Apache-2.0 */
#include "ethtool_nl/feature_group.h"
#include "ethtool_nl/feature_mask.h"
#include "ethtool_nl/stringset.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

/* The order is no kernel's; some bits have no name, as on Linux 6.18. */
static const char *const names[] = {
	"tx-checksum-sctp",
	"",
	"tx-scatter-gather",
	"tx-tcp-segmentation",
	"rx-checksum",
	"tx-checksum-ipv4",
	"tx-scatter-gather-fraglist",
	"",
	"tx-tcp6-segmentation",
	"tx-udp-segmentation",
	"tx-generic-segmentation",
	"rx-gro",
	"rx-gro-hw",
	"tx-tcp-accecn-segmentation",
	"tx-udp_tnl-csum-segmentation",
	"rx-udp-gro-forwarding",
	"tx-checksum-ip-generic",
	"rx-hashing",
	"tx-esp-segmentation",
};

static struct stringset make_names(void)
{
	struct stringset set = {0};

	for (unsigned int bit = 0; bit < N_ELEMENTS(names); bit++)
		assert_int_equal(stringset_add(&set, bit, names[bit]), 0);
	return set;
}

static void test_members(void **state)
{
	static const struct {
		const char *group;
		unsigned int bits[3];
		size_t n_bits;
	} cases[] = {
		{"rx", {4}, 1},
		{"tx", {0, 5, 16}, 3},
		{"sg", {2, 6}, 2},
		{"tso", {3, 8, 13}, 3},
		{"gso", {10}, 1},
		{"gro", {11}, 1},
		{"rxhash", {17}, 1},
		{"lro", {0}, 0},
		{"rxvlan", {0}, 0},
		{"txvlan", {0}, 0},
		{"ntuple", {0}, 0},
		{"rx-checksumming", {4}, 1},
		{"tx-checksumming", {0, 5, 16}, 3},
		{"scatter-gather", {2, 6}, 2},
		{"tcp-segmentation-offload", {3, 8, 13}, 3},
		{"generic-receive-offload", {11}, 1},
		{"receive-hashing", {17}, 1},
	};
	struct stringset set = make_names();

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		const char *pattern = feature_group_pattern(cases[i].group);
		struct feature_mask expected = {0}, members;

		assert_non_null(pattern);
		for (size_t j = 0; j < cases[i].n_bits; j++)
			feature_mask_add(&expected, cases[i].bits[j]);
		members = stringset_match(&set, pattern);
		assert_true(feature_mask_equal(&members, &expected));
	}
}

static void test_not_a_group(void **state)
{
	static const char *const others[] = {"",       "TX", "tx ", "tx-checksum-ip-generic",
					     "rx-gro", "*",  "ufo"};

	for (size_t i = 0; i < N_ELEMENTS(others); i++)
		assert_null(feature_group_pattern(others[i]));
}

static void test_names(void **state)
{
	struct stringset set = make_names();
	struct feature_mask found = stringset_find(&set, "rx-gro");

	assert_int_equal(set.count, N_ELEMENTS(names));
	assert_int_equal(feature_mask_next(&found, 0), 11);
	assert_int_equal(feature_mask_next(&found, 12), FEATURES_MAX);
	found = stringset_find(&set, "");
	assert_true(feature_mask_is_empty(&found));
	found = stringset_find(&set, "tx-*");
	assert_true(feature_mask_is_empty(&found));
	assert_null(stringset_name(&set, 1));
	assert_null(stringset_name(&set, set.count));
	assert_string_equal(stringset_name(&set, 11), "rx-gro");
}

static void test_limits(void **state)
{
	char name[STRINGSET_NAME_SIZE + 1];
	struct stringset set = {0};

	memset(name, 'x', sizeof(name));
	name[STRINGSET_NAME_SIZE] = '\0';
	assert_int_equal(stringset_add(&set, 0, name), -EBADMSG);
	assert_int_equal(stringset_add(&set, FEATURES_MAX, "x"), -EOVERFLOW);
	assert_int_equal(set.count, 0);
	name[STRINGSET_NAME_SIZE - 1] = '\0';
	assert_int_equal(stringset_add(&set, FEATURES_MAX - 1, name), 0);
	assert_int_equal(set.count, FEATURES_MAX);
	assert_string_equal(stringset_name(&set, FEATURES_MAX - 1), name);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_not_a_group),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
