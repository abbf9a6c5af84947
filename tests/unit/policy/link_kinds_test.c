/* SPDX-License-Identifier: Apache-2.0 */

#include "cleanup.h"
#include "policy/link_kinds.h"
#include "policy/link_match.h"
#include "policy/rule.h"
#include "policy/string_list.h"
#include "tests/unit/policy/unit.h"

#include <stdio.h>

static char vxlan_name[] = "vxlan", geneve_name[] = "geneve", vlan_name[] = "vlan",
	    veth_name[] = "veth";
static char e1000e[] = "e1000e", e1000_glob[] = "e1000*", v_glob[] = "v*", star[] = "*",
	    tx[] = "tx";
static char bonding[] = "bonding", eth0[] = "eth0", dummy[] = "dummy";
static char mac[] = "02:00:00:00:00:01", eth_glob[] = "eth*";

static struct link_kinds kinds_of(struct exposure *exposure, enum rule_mode mode)
{
	const struct rule rule = {.mode = mode, .exposed = exposure, .n_exposed = 1};
	struct link_kinds kinds = {.named = NULL};

	assert_int_equal(link_kinds_add_rule(&kinds, &rule), 0);
	return kinds;
}

static bool is_excluded(const struct link_kinds *kinds, const char *kind)
{
	const char *names[LINK_KINDS_COMMON + 1];

	link_kinds_excluded(kinds, names);
	return strings_have(names, kind);
}

static void test_named(void **state)
{
	static char *vxlan[] = {vxlan_name, NULL}, *both[] = {geneve_name, vxlan_name, NULL};
	struct exposure groups[] = {{.kinds = vxlan}, {.kinds = both}};
	const struct rule rule = {.exposed = groups, .n_exposed = N_ELEMENTS(groups)};
	const struct link_match match = {.name = eth_glob, .kind = dummy};
	_cleanup_(link_kinds_clear) struct link_kinds kinds = {.named = NULL};

	assert_int_equal(link_kinds_add_rule(&kinds, &rule), 0);
	assert_int_equal(link_kinds_add_match(&kinds, &match), 0);
	assert_int_equal(link_kinds_add(&kinds, "geneve"), 0);
	assert_false(kinds.any);
	assert_false(kinds.without);
	assert_int_equal(kinds.n_named, 3);
	assert_string_equal(kinds.named[0], "vxlan");
	assert_string_equal(kinds.named[1], "geneve");
	assert_string_equal(kinds.named[2], "dummy");
	assert_null(kinds.named[3]);

	assert_int_equal(link_kinds_add(&kinds, ""), 0);
	assert_true(kinds.without);
	assert_int_equal(kinds.n_named, 3);
}

/* More than fit at first, with the NULL behind them each time. */
static void test_many(void **state)
{
	_cleanup_(link_kinds_clear) struct link_kinds kinds = {.named = NULL};
	char names[100][8];

	for (unsigned int i = 0; i < N_ELEMENTS(names); i++) {
		snprintf(names[i], sizeof(names[i]), "kind%u", i);
		assert_int_equal(link_kinds_add(&kinds, names[i]), 0);
		assert_null(kinds.named[i + 1]);
	}
	assert_int_equal(kinds.n_named, N_ELEMENTS(names));
}

/* A match by name or address can mean any link, one by driver those that have it. */
static void test_match(void **state)
{
	static const struct {
		struct link_match match;
		bool veth, bond;
	} cases[] = {
		{{.name = eth0}, false, false},	    {{.mac = mac}, false, false},
		{{.driver = e1000e}, true, true},   {{.driver = veth_name}, false, true},
		{{.driver = bonding}, true, false},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_(link_kinds_clear) struct link_kinds kinds = {.named = NULL};

		assert_int_equal(link_kinds_add_match(&kinds, &cases[i].match), 0);
		assert_true(kinds.any);
		assert_true(kinds.without);
		assert_int_equal(is_excluded(&kinds, "veth"), cases[i].veth);
		assert_int_equal(is_excluded(&kinds, "bond"), cases[i].bond);
	}
}

static void test_rule(void **state)
{
	static char *vxlan[] = {vxlan_name, NULL}, *starry[] = {v_glob, NULL},
		    *all[] = {star, NULL};
	static char *intel[] = {e1000_glob, NULL}, *vlan[] = {vlan_name, NULL}, *on[] = {tx, NULL};
	static struct tunnel_match tunnel;
	static const struct {
		struct exposure exposure;
		bool any, without, veth, vlan;
	} cases[] = {
		/* Hardware alone. */
		{{.pci = intel}, true, true, true, true},
		{{.drivers = intel, .features_on = on}, true, true, true, true},
		{{.drivers = intel, .master_kinds = vlan}, true, true, true, false},
		{{.drivers = intel}, true, true, true, true},
		{{.drivers = all}, true, true, true, true},
		{{.name = eth0}, true, true, false, false},
		/* By what stands on it. */
		{{.carries = &tunnel}, true, true, true, false},
		{{.drivers = intel, .upper_kinds = vlan}, true, true, true, false},
		{{.drivers = intel, .upper_kinds = vxlan}, true, true, true, true},
		/* Globs. */
		{{.kinds = starry}, true, false, false, false},
		{{.kinds = all}, true, true, false, false},
		{{.kinds = vxlan}, false, false, true, true},
		{{.kinds = vlan}, false, false, true, false},
		{{.kinds = vxlan, .features_on = on}, false, false, true, true},
		/* The master of a link of that kind must be known. */
		{{.kinds = vxlan, .master_kinds = vlan}, true, false, true, false},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct exposure exposure = cases[i].exposure;
		_cleanup_(link_kinds_clear) struct link_kinds kinds =
			kinds_of(&exposure, RULE_TELL);
		_cleanup_(link_kinds_clear) struct link_kinds off = kinds_of(&exposure, RULE_OFF);

		print_message("case %zu\n", i);
		assert_int_equal(kinds.any, cases[i].any);
		assert_int_equal(kinds.without, cases[i].without);
		assert_int_equal(is_excluded(&kinds, "veth"), cases[i].veth);
		assert_int_equal(is_excluded(&kinds, "vlan"), cases[i].vlan);
		assert_false(off.any || off.without || off.named);
	}
}

/* A kind that something names is not excluded where something else names none. */
static void test_named_beside_any(void **state)
{
	const struct link_match by_kind = {.kind = veth_name}, by_driver = {.driver = e1000e};
	_cleanup_(link_kinds_clear) struct link_kinds kinds = {.named = NULL};

	assert_int_equal(link_kinds_add_match(&kinds, &by_kind), 0);
	assert_int_equal(link_kinds_add_match(&kinds, &by_driver), 0);
	assert_true(kinds.any);
	assert_false(is_excluded(&kinds, "veth"));
	assert_true(is_excluded(&kinds, "dummy"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_named),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_rule),
		cmocka_unit_test(test_named_beside_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
