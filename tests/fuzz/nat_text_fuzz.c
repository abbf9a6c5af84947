/* SPDX-License-Identifier: Apache-2.0 */
/* What iptables-save prints, split: every rule is a part of the text, and every chain is found. */
#include "cleanup.h"
#include "policy/nat/nat_text.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static bool lies_within(const char *part, size_t length, const char *text, size_t size)
{
	return part >= text && length <= size && (size_t)(part - text) <= size - length;
}

static void check_rules(const struct nat_chain *chain, const char *text, size_t size)
{
	for (size_t i = 0; i < chain->n_rules; i++) {
		const struct nat_rule *rule = &chain->rules[i];

		FUZZ_CHECK(rule->number == i + 1 && !rule->steps);
		FUZZ_CHECK(lies_within(rule->text, rule->length, text, size));
		FUZZ_CHECK(!memchr(rule->text, '\n', rule->length));
		FUZZ_CHECK(i == 0 || rule->text > rule[-1].text);
	}
}

static void check_chain(struct nat_ruleset *ruleset, struct nat_chain *chain, const char *text,
			size_t size)
{
	struct nat_chain *loaded;
	size_t n_rules = chain->n_rules, length = strlen(chain->name);

	FUZZ_CHECK(chain->table < ruleset->n_tables && length > 0 && length < NAT_NAME_SIZE);
	FUZZ_CHECK(!strpbrk(chain->name, " \t\n"));
	FUZZ_CHECK(chain->hook == NAT_HOOK_NONE || chain->priority <= NAT_PRIORITY_SOURCE);
	check_rules(chain, text, size);
	FUZZ_CHECK(nat_ruleset_find(ruleset, chain->table, chain->name, length, false) == chain);
	if (!ruleset->tables[chain->table].load)
		return;
	FUZZ_CHECK(nat_ruleset_load(ruleset, chain->table, chain->name, &loaded) == 0);
	FUZZ_CHECK(loaded == chain && chain->loaded && chain->n_rules == n_rules);
	for (size_t i = 0; i < n_rules; i++)
		FUZZ_CHECK(chain->rules[i].steps && chain->rules[i].n_steps <= NAT_STEPS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(nat_ruleset_clear) struct nat_ruleset ruleset = {.n_tables = 0};
	const char *text = (const char *)data;
	struct nat_chain *none;
	size_t n_rules = 0;

	FUZZ_CHECK(nat_text_read(text, size, &ruleset) == 0);
	FUZZ_CHECK(ruleset.n_tables <= NAT_TABLES_MAX);
	for (size_t i = 0; i < ruleset.n_tables; i++)
		FUZZ_CHECK(strnlen(ruleset.tables[i].name, NAT_TABLE_NAME_SIZE) <
			   NAT_TABLE_NAME_SIZE);
	for (size_t i = 0; i < ruleset.n_chains; i++) {
		n_rules += ruleset.chains[i]->n_rules;
		check_chain(&ruleset, ruleset.chains[i], text, size);
	}
	FUZZ_CHECK(n_rules == ruleset.n_rules && n_rules <= NAT_RULES_MAX);
	/* No chain's name has a blank in it. */
	FUZZ_CHECK(ruleset.n_tables == 0 || nat_ruleset_load(&ruleset, 0, "a b", &none) < 0);
	return 0;
}
