/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/facts.h"
#include "policy/rule.h"
#include "policy/symptom.h"
#include "tests/unit/policy/unit.h"

static const struct link_facts eth0 = {.ifindex = 2, .name = "eth0", .mac = "02:00:00:00:00:01"};

/* What was seen on a link that is eth0 by all, by two, or by too little. */
static void test_is_of_link(void **state)
{
	const struct {
		struct symptom_facts seen;
		bool is_eth0;
	} cases[] = {
		{{.ifindex = 2, .name = "eth0", .mac = "02:00:00:00:00:01"}, true},
		{{.ifindex = 2, .name = "old", .mac = "02:00:00:00:00:01"}, true},
		{{.ifindex = 9, .name = "eth0", .mac = "02:00:00:00:00:01"}, true},
		{{.ifindex = 2, .name = "eth0", .mac = "02:00:00:00:00:02"}, true},
		{{.ifindex = 2, .name = "old", .mac = "02:00:00:00:00:02"}, false},
		{{.ifindex = 9, .name = "old", .mac = "02:00:00:00:00:01"}, false},
		{{.ifindex = 9, .name = "eth0", .mac = "02:00:00:00:00:02"}, false},
		{{.ifindex = 9, .name = "eth0"}, false},
		{{.name = "eth0"}, true},
		{{.ifindex = 2}, true},
		{{.mac = "02:00:00:00:00:01"}, true},
		{{.name = "eth1"}, false},
		{{.symptom = "tx-stall"}, false},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		if (symptom_is_of_link(&cases[i].seen, &eth0) != cases[i].is_eth0)
			fail_msg("case %zu: not %d", i, cases[i].is_eth0);
	}
}

/* Links without a name, a number or an address do not agree in that. */
static void test_nothing_agrees(void **state)
{
	const struct symptom_facts seen = {.name = "eth0"};
	const struct link_facts nameless = {.ifindex = 0};

	assert_false(symptom_is_of_link(&seen, &nameless));
}

/* A timeout is a stall that the kernel has seen; a stall is no timeout. */
static void test_find(void **state)
{
	struct symptom_facts seen = {.name = "eth0", .symptom = "tx-timeouts"};
	const struct facts facts = {.symptoms = &seen, .n_symptoms = 1};
	const struct link_facts eth1 = {.ifindex = 3, .name = "eth1"};

	assert_ptr_equal(symptom_find(&facts, SYMPTOM_TX_TIMEOUTS, &eth0), &seen);
	assert_ptr_equal(symptom_find(&facts, SYMPTOM_TX_STALL, &eth0), &seen);
	assert_null(symptom_find(&facts, SYMPTOM_TX_STALL, &eth1));
	assert_null(symptom_find(&facts, SYMPTOM_NONE, &eth0));
	seen = (struct symptom_facts){.name = "eth0", .symptom = "tx-stall"};
	assert_null(symptom_find(&facts, SYMPTOM_TX_TIMEOUTS, &eth0));
	assert_ptr_equal(symptom_find(&facts, SYMPTOM_TX_STALL, &eth0), &seen);
	seen = (struct symptom_facts){.name = "eth0", .symptom = "of-tomorrow"};
	assert_null(symptom_find(&facts, SYMPTOM_TX_STALL, &eth0));
}

/* Only an advice is lifted, only where it was seen, and never further than to telling. */
static void test_mode(void **state)
{
	struct symptom_facts seen = {.name = "eth0", .symptom = "tx-stall"};
	const struct facts facts = {.symptoms = &seen, .n_symptoms = 1},
			   nothing = {.n_symptoms = 0};
	const struct link_facts eth1 = {.ifindex = 3, .name = "eth1"};
	struct rule rule = {.mode = RULE_ADVISE, .symptom = SYMPTOM_TX_STALL};
	struct rule_needs needs = {.symptoms = false};

	assert_int_equal(rule_mode_for(&rule, &facts, &eth0), RULE_TELL);
	assert_int_equal(rule_mode_for(&rule, &facts, &eth1), RULE_ADVISE);
	assert_int_equal(rule_mode_for(&rule, &nothing, &eth0), RULE_ADVISE);
	rule_add_needs(&rule, &needs);
	assert_true(needs.symptoms);
	for (enum rule_mode mode = RULE_ACT; mode <= RULE_OFF; mode++) {
		rule.mode = mode;
		if (mode != RULE_ADVISE)
			assert_int_equal(rule_mode_for(&rule, &facts, &eth0), mode);
	}
	needs.symptoms = false;
	rule_add_needs(&rule, &needs);
	assert_false(needs.symptoms);
	rule = (struct rule){.mode = RULE_ADVISE};
	assert_int_equal(rule_mode_for(&rule, &facts, &eth0), RULE_ADVISE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_of_link),
		cmocka_unit_test(test_nothing_agrees),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
