/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/nat/nat_marks.h"

#include <errno.h>
#include <string.h>

/* Where kube-proxy and kubelet set the mark; NAT_CHAIN_USES_MARK is where they act on it. */
#define CHAIN_SETS_MARK "KUBE-MARK-MASQ"

/* kube-proxy's table in its nftables mode, one for each family, and the chain that marks. */
#define PROXY_TABLE	      "kube-proxy"
#define PROXY_CHAIN_SETS_MARK "mark-for-masquerade"

/* Chains below its base chain. */
#define PROXY_DEPTH_MAX 4

static int add_mark(struct nat_marks *marks, uint32_t value, uint32_t mask)
{
	for (size_t i = 0; i < marks->count; i++) {
		if (marks->list[i].value == value && marks->list[i].mask == mask)
			return 0;
	}
	if (value == 0)
		return 0;
	if (marks->count == NAT_MARKS_MAX)
		return -E2BIG;
	marks->list[marks->count++] = (struct nat_mark){value, mask};
	return 0;
}

/* "None of the bits", as "not all of them" when there is but one, asks for the mark as well. */
static int add_asked(struct nat_marks *marks, const struct nat_step *step)
{
	uint32_t value = step->mark.low;

	if (step->mark.low != step->mark.high)
		return 0;
	return add_mark(marks, value ? value : step->mark.mask, step->mark.mask);
}

static int learn_from_rule(const struct nat_rule *rule, bool set, struct nat_marks *marks)
{
	int result = 0;

	for (size_t i = 0; i < rule->n_steps && result == 0; i++) {
		const struct nat_step *step = &rule->steps[i];

		if (set && step->kind == NAT_ACTION_MARK)
			result = add_mark(marks, step->set_mark.value,
					  step->set_mark.mask | step->set_mark.value);
		else if (!set && step->kind == NAT_MATCH_MARK)
			result = add_asked(marks, step);
	}
	return result;
}

/* Learns the marks from a chain: those that it sets, or those that it asks for. */
static int learn_from_chain(struct nat_ruleset *ruleset, unsigned int table, const char *name,
			    bool set, struct nat_marks *marks)
{
	struct nat_chain *chain;
	int result = nat_ruleset_load(ruleset, table, name, &chain);

	if (result < 0)
		return result == -ENOENT ? 0 : result;
	for (size_t i = 0; i < chain->n_rules && result == 0; i++)
		result = learn_from_rule(&chain->rules[i], set, marks);
	return result;
}

/* The same for all chains that are reached from this one. */
// NOLINTNEXTLINE(misc-no-recursion): it counts the depth
static int learn_below(struct nat_ruleset *ruleset, struct nat_chain *chain, unsigned int depth,
		       struct nat_marks *marks)
{
	int result = learn_from_chain(ruleset, chain->table, chain->name, false, marks);

	for (size_t i = 0; i < chain->n_rules && result == 0 && depth < PROXY_DEPTH_MAX; i++) {
		const char *name = nat_rule_chain(&chain->rules[i]);
		struct nat_chain *below;

		if (!name)
			continue;
		result = nat_ruleset_load(ruleset, chain->table, name, &below);
		if (result == 0)
			result = learn_below(ruleset, below, depth + 1, marks);
		else if (result == -ENOENT)
			result = 0;
	}
	return result;
}

static int learn_from_proxy(struct nat_ruleset *ruleset, unsigned int table,
			    struct nat_marks *marks)
{
	int result = learn_from_chain(ruleset, table, PROXY_CHAIN_SETS_MARK, true, marks);

	for (size_t i = 0; i < ruleset->n_chains && result == 0; i++) {
		struct nat_chain *chain = ruleset->chains[i];

		if (chain->table == table && chain->hook == NAT_HOOK_POSTROUTING &&
		    chain->translates)
			result = learn_below(ruleset, chain, 0, marks);
	}
	return result;
}

static bool is_of_proxy(const struct nat_table *table)
{
	return strcmp(table->name, PROXY_TABLE) == 0;
}

/* The tables that iptables, of either back end, writes to. */
static int learn_from_iptables(struct nat_ruleset *ruleset, unsigned int family, const char *chain,
			       bool set, struct nat_marks *marks)
{
	int result = 0;

	for (unsigned int i = 0; i < ruleset->n_tables && result == 0; i++) {
		const struct nat_table *table = &ruleset->tables[i];

		if (table->families & family && strcmp(table->name, "nat") == 0)
			result = learn_from_chain(ruleset, i, chain, set, marks);
	}
	return result;
}

int nat_marks_learn(struct nat_ruleset *ruleset, unsigned int family, struct nat_marks *ret_marks)
{
	int result;

	ret_marks->count = 0;
	result = learn_from_iptables(ruleset, family, CHAIN_SETS_MARK, true, ret_marks);
	if (result == 0 && ret_marks->count == 0)
		result =
			learn_from_iptables(ruleset, family, NAT_CHAIN_USES_MARK, false, ret_marks);
	for (unsigned int i = 0; i < ruleset->n_tables && result == 0; i++) {
		if (ruleset->tables[i].families & family && is_of_proxy(&ruleset->tables[i]))
			result = learn_from_proxy(ruleset, i, ret_marks);
	}
	return result;
}
