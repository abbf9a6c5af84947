/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the rules that are shipped have in common. Whom they call affected is tested by
 * tests/unit/agent/field_test.c, with a table that has a row for each side of every boundary.
 */

#include "tests/unit/policy/data_file.h"
#include "tests/unit/policy/unit.h"

/* In the order of their file names. */
enum shipped {
	COMPLETE_CHECKSUM,
	ZERO_CHECKSUM,
	OUTER_SNAT,
	SHIPPED,
};

static const char *const ids[] = {"kubernetes-double-snat-udp-checksum",
				  "kubernetes-double-snat-zero-checksum", "vxlan-outer-snat"};

static struct rules rules;

static int load_rules(void **state)
{
	data_file_load_rules(&rules);
	return 0;
}

static int clear_rules(void **state)
{
	rules_clear(&rules);
	return 0;
}

static void test_rules(void **state)
{
	assert_int_equal(rules.n_rules, SHIPPED);
	assert_int_equal(rules.n_masked, 0);
	for (size_t i = 0; i < SHIPPED; i++) {
		const struct rule *rule = &rules.rules[i];

		assert_string_equal(rule->id, ids[i]);
		assert_non_null(rule->references[0]);
		/* What Kubernetes wrote acts; what the node's own rules show only tells. */
		assert_int_equal(rule->has_kubernetes, i != OUTER_SNAT);
		assert_int_equal(rule->nat, i == OUTER_SNAT);
		assert_int_equal(rule->mode, i == OUTER_SNAT ? RULE_TELL : RULE_ACT);
		assert_non_null(rule->cost);
		assert_non_null(rule->remedies[0]);
		assert_true(rule->n_kernel > 0);
		assert_string_equal(rule->exposed[0].kinds[0], "vxlan");
		/* Each fault has its own measurement. */
		assert_int_equal(rule->probe, rule->exposed[0].udp_csum == ANSWER_YES
						      ? RULE_PROBE_UDP_CHECKSUM
						      : RULE_PROBE_ZERO_CHECKSUM);
		assert_string_equal(rule->turn_off[0], "rx");
		assert_string_equal(rule->turn_off[1], "tx");
		assert_null(rule->turn_off[2]);
		/* tx alone cures; rx is switched off as well but not needed. */
		assert_string_equal(rule->required[0], "tx");
		assert_null(rule->required[1]);
	}
	assert_int_equal(rules.rules[COMPLETE_CHECKSUM].exposed[0].udp_csum, ANSWER_YES);
	assert_int_equal(rules.rules[ZERO_CHECKSUM].exposed[0].udp_csum, ANSWER_NO);
	assert_int_equal(rules.rules[OUTER_SNAT].exposed[0].udp_csum, ANSWER_YES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
	};

	if (!is_root())
		return 77;
	return cmocka_run_group_tests(tests, load_rules, clear_rules);
}
