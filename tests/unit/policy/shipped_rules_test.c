/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the rules that are shipped have in common, and what each promises. Whom those of Kubernetes
 * call affected is tested by tests/unit/agent/assess/field_test.c, those of devices by
 * tests/unit/agent/report/devices_field_test.c, with tables that have a row for each side of every
 * boundary.
 */

#include "tests/unit/policy/data_file.h"
#include "tests/unit/policy/unit.h"

#include <string.h>

/* Who is exposed, beside a driver or a kind. */
struct shipped {
	const char *id; /* in the order of their file names */
	enum rule_mode mode;
	enum rule_effect effect;
	const char *kind, *driver; /* the first; NULL = none */
	const char *required; /* all of them */
};

static const struct shipped shipped[] = {
	{"bnxt-rx-coalescing-corrupts", RULE_TELL, RULE_EFFECT_CORRUPTS, NULL, "bnxt_en",
	 "rx-gro-hw rx-lro"},
	{"bnxt-rx-coalescing-forwarding", RULE_ADVISE, RULE_EFFECT_SLOW, NULL, "bnxt_en",
	 "rx-gro-hw rx-lro"},
	{"e1000e-tx-hang", RULE_ADVISE, RULE_EFFECT_HANGS, NULL, "e1000e",
	 "tx-tcp-segmentation tx-tcp6-segmentation"},
	{"kubernetes-double-snat-udp-checksum", RULE_ACT, RULE_EFFECT_DROPS, "vxlan", NULL, "tx"},
	{"kubernetes-double-snat-zero-checksum", RULE_ACT, RULE_EFFECT_DROPS, "vxlan", NULL, "tx"},
	{"macb-tx-stall", RULE_ADVISE, RULE_EFFECT_HANGS, NULL, "macb", "tx-tcp-segmentation"},
	{"r8169-vlan-tx-hang", RULE_ADVISE, RULE_EFFECT_HANGS, NULL, "r8169", "tx"},
	{"udp-gro-into-tunnel", RULE_TELL, RULE_EFFECT_CORRUPTS, NULL, NULL,
	 "rx-udp-gro-forwarding rx-gro-list"},
	{"udp-gso-partial-length", RULE_TELL, RULE_EFFECT_CORRUPTS, NULL, "mlx5_core",
	 "tx-udp-segmentation"},
	{"virtio-tunnel-checksum", RULE_ADVISE, RULE_EFFECT_DROPS, NULL, "virtio_net",
	 "tx-checksum-ip-generic tx-udp_tnl-segmentation tx-udp_tnl-csum-segmentation"},
	{"vmxnet3-tunnel-hypervisor", RULE_ADVISE, RULE_EFFECT_DROPS, NULL, "vmxnet3",
	 "tx-udp_tnl-segmentation tx-udp_tnl-csum-segmentation"},
	{"vmxnet3-tunnel-port", RULE_TELL, RULE_EFFECT_DROPS, NULL, "vmxnet3",
	 "tx-udp_tnl-segmentation tx-udp_tnl-csum-segmentation"},
	{"vxlan-outer-snat", RULE_TELL, RULE_EFFECT_DROPS, "vxlan", NULL, "tx"},
};

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

static void assert_words(char *const words[], const char *expected)
{
	char joined[256] = "";

	for (size_t i = 0; words[i]; i++) {
		if (i > 0)
			strcat(joined, " ");
		strcat(joined, words[i]);
	}
	assert_string_equal(joined, expected);
}

static void assert_first(char *const words[], const char *expected)
{
	if (expected)
		assert_string_equal(words[0], expected);
	else
		assert_null(words);
}

static void test_rules(void **state)
{
	assert_int_equal(rules.n_rules, N_ELEMENTS(shipped));
	assert_int_equal(rules.n_masked, 0);
	for (size_t i = 0; i < N_ELEMENTS(shipped); i++) {
		const struct rule *rule = &rules.rules[i];

		assert_string_equal(rule->id, shipped[i].id);
		assert_non_null(rule->references[0]);
		assert_non_null(rule->cost);
		assert_int_equal(rule->mode, shipped[i].mode);
		assert_int_equal(rule->effect, shipped[i].effect);
		assert_first(rule->exposed[0].kinds, shipped[i].kind);
		assert_first(rule->exposed[0].drivers, shipped[i].driver);
		assert_words(rule->required, shipped[i].required);
		/* What is about devices is looked at again: it is not finished as a protocol is. */
		assert_int_equal(rule->review != NULL, rule_is_about_devices(rule));
	}
}

/* What is only likely says so, and acts on nothing. */
static void test_likely(void **state)
{
	for (size_t i = 0; i < rules.n_rules; i++)
		assert_int_equal(strstr(rules.rules[i].title, "likely") != NULL,
				 rules.rules[i].mode == RULE_ADVISE);
}

/* The rules of double SNAT: who wrote the nat rules, which devices, which measurement. */
static void test_double_snat(void **state)
{
	for (size_t i = 0; i < rules.n_rules; i++) {
		const struct rule *rule = &rules.rules[i];
		const bool is_act = rule->mode == RULE_ACT;

		if (!shipped[i].kind)
			continue;
		assert_int_equal(rule->has_kubernetes, is_act);
		assert_int_equal(rule->nat, !is_act);
		assert_true(rule->n_kernel > 0);
		assert_non_null(rule->remedies[0]);
		assert_int_equal(rule->probe, rule->exposed[0].udp_csum == ANSWER_YES
						      ? RULE_PROBE_UDP_CHECKSUM
						      : RULE_PROBE_ZERO_CHECKSUM);
		/* tx alone cures; rx is switched off as well but not needed. */
		assert_words(rule->turn_off, "rx tx");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_likely),
		cmocka_unit_test(test_double_snat),
	};

	if (!is_root())
		return 77;
	return cmocka_run_group_tests(tests, load_rules, clear_rules);
}
