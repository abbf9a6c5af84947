/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/rule.h"
#include "tests/unit/policy/unit.h"

#include <stdlib.h>
#include <string.h>

static const struct link_facts links[] = {
	{.name = "flannel.1", .kind = "vxlan", .udp_csum = ANSWER_YES},
	{.name = "vxlan0", .kind = "vxlan", .udp_csum = ANSWER_NO},
	{.name = "cilium_vxlan", .kind = "vxlan", .udp_csum = ANSWER_YES, .external = true},
	{.name = "unread", .kind = "vxlan", .udp_csum = ANSWER_UNKNOWN},
	{.name = "eth0", .driver = "vmxnet3", .udp_csum = ANSWER_UNKNOWN},
	{.name = "cni0", .kind = "bridge", .udp_csum = ANSWER_UNKNOWN},
};

#define N_LINKS N_ELEMENTS(links)

/* What each rule says of each link above. */
static void test_exposed(void **state)
{
	static char vxlan[] = "vxlan", vmxnet3[] = "vmxnet3";
	const struct {
		struct exposure exposed;
		enum answer exposes[N_LINKS];
		bool acts_on[N_LINKS]; /* when the operator named it */
	} cases[] = {
		/* A complete outer checksum. The operator named eth0 and cni0; of the VXLAN
		 * devices the rule leaves those alone that cannot show its bug. */
		{{.kinds = (char *[]){vxlan, NULL}, .udp_csum = ANSWER_YES},
		 {ANSWER_YES, ANSWER_NO, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO, ANSWER_NO},
		 {true, false, false, false, true, true}},
		/* a zero one */
		{{.kinds = (char *[]){vxlan, NULL}, .udp_csum = ANSWER_NO},
		 {ANSWER_NO, ANSWER_YES, ANSWER_YES, ANSWER_UNKNOWN, ANSWER_NO, ANSWER_NO},
		 {false, true, true, false, true, true}},
		/* the kind alone */
		{{.kinds = (char *[]){vxlan, NULL}, .udp_csum = ANSWER_UNKNOWN},
		 {ANSWER_YES, ANSWER_YES, ANSWER_YES, ANSWER_YES, ANSWER_NO, ANSWER_NO},
		 {true, true, true, true, true, true}},
		/* without a kind: the exposed devices and no others */
		{{.drivers = (char *[]){vmxnet3, NULL}, .udp_csum = ANSWER_UNKNOWN},
		 {ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_YES, ANSWER_NO},
		 {false, false, false, false, true, false}},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct exposure exposed = cases[i].exposed;
		struct rule rule = {.exposed = &exposed, .n_exposed = 1};

		for (size_t j = 0; j < N_LINKS; j++) {
			const enum answer exposes =
				rule_exposes(&rule, &links[j], &device_not_known, NULL);

			if (exposes != cases[i].exposes[j])
				fail_msg("case %zu exposes %s: not \"%s\"", i, links[j].name,
					 answer_name(cases[i].exposes[j]));
			if (rule_acts_on(&rule, exposes, &links[j], true) != cases[i].acts_on[j])
				fail_msg("case %zu acts on %s: not %d", i, links[j].name,
					 cases[i].acts_on[j]);
			/* on its own account it acts where it surely shows */
			if (rule_acts_on(&rule, exposes, &links[j], false) !=
			    (cases[i].exposes[j] == ANSWER_YES))
				fail_msg("case %zu acts on %s unasked", i, links[j].name);
		}
	}
}

static char **make_strings(const char *text)
{
	char **strings = calloc(2, sizeof(char *));

	assert_non_null(strings);
	strings[0] = strdup(text);
	return strings;
}

/* What a cleared rule held is freed, as the sanitizers see, and can be cleared again. */
static void test_clear(void **state)
{
	struct rules rules = {.rules = calloc(1, sizeof(struct rule)), .n_rules = 1, .n_masked = 2};
	struct rule *rule = rules.rules;
	struct range range;

	assert_non_null(rule);
	rule->id = strdup("id");
	rule->title = strdup("title");
	rule->file = strdup("file");
	rule->references = make_strings("reference");
	rule->turn_off = make_strings("tx");
	rule->required = make_strings("tx");
	rule->exposed = calloc(1, sizeof(*rule->exposed));
	assert_non_null(rule->exposed);
	rule->n_exposed = 1;
	rule->exposed->kinds = make_strings("vxlan");
	rule->machine = calloc(1, sizeof(*rule->machine));
	assert_non_null(rule->machine);
	rule->machine->vendor = strdup("VMware*");
	rule->review = strdup("2027-06");
	assert_int_equal(range_parse("<1.18.6", RANGE_KUBERNETES, &range, NULL), 0);
	assert_int_equal(range_list_add(&rule->kubernetes, &range), 0);
	rule->kernel = calloc(1, sizeof(*rule->kernel));
	assert_non_null(rule->kernel);
	rule->n_kernel = 1;
	rule->kernel->family = strdup("ubuntu");
	rule->kernel->series = strdup("4.15");
	rule->kernel->flavour = strdup("generic");
	rule->kernel->release = strdup("*");
	rule->kernel->version = strdup("*");
	assert_int_equal(range_parse("<107", RANGE_BUILD, &range, NULL), 0);
	assert_int_equal(range_list_add(&rule->kernel->unknown, &range), 0);
	rules_clear(&rules);
	assert_null(rules.rules);
	assert_int_equal(rules.n_rules, 0);
	assert_int_equal(rules.n_masked, 0);
	rules_clear(&rules);
}

/* The configuration's globs: the most specific one counts, among equals the one that does least. */
static void test_choose(void **state)
{
	static char all[] = "*", vxlan[] = "vxlan-*", whole[] = "vxlan-outer-snat", other[] = "x?z";
	static const struct {
		struct rule_choice choices[3];
		size_t n_choices;
		enum rule_mode modes[2];
	} cases[] = {
		{{{0}}, 0, {RULE_ACT, RULE_TELL}},
		{{{all, RULE_OFF, NULL, false}}, 1, {RULE_OFF, RULE_OFF}},
		{{{all, RULE_OFF, NULL, false}, {vxlan, RULE_ACT, NULL, false}},
		 2,
		 {RULE_OFF, RULE_ACT}},
		{{{whole, RULE_ACT, NULL, false}, {vxlan, RULE_OFF, NULL, false}},
		 2,
		 {RULE_ACT, RULE_ACT}},
		{{{vxlan, RULE_ACT, NULL, false},
		  {vxlan, RULE_OFF, NULL, false},
		  {other, RULE_OFF, NULL, false}},
		 3,
		 {RULE_ACT, RULE_OFF}},
	};
	static char first[] = "kubernetes-x", second[] = "vxlan-outer-snat";

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct rule both[2] = {{.id = first, .mode = RULE_ACT},
				       {.id = second, .mode = RULE_TELL, .nat = true}};
		struct rules rules = {.rules = both, .n_rules = 2};
		struct rule_choice choices[3];

		memcpy(choices, cases[i].choices, sizeof(choices));
		rules_choose(&rules, choices, cases[i].n_choices);
		assert_int_equal(both[0].mode, cases[i].modes[0]);
		assert_int_equal(both[1].mode, cases[i].modes[1]);
		assert_int_equal(rules_needs(&rules).nat, both[1].mode != RULE_OFF);
		for (size_t j = 0; j < cases[i].n_choices; j++)
			assert_int_equal(choices[j].fits, choices[j].glob != other);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exposed),
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
