/* SPDX-License-Identifier: Apache-2.0 */
/* Facts as JSON, judged by the shipped rules. */
#include "agent/facts/facts_json_parse.h"
#include "cleanup.h"
#include "policy/evaluate.h"
#include "policy/file/diagnostics.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/shipped_rules.h"

static enum answer check_rule(const struct rule_judgement *judgement)
{
	enum answer verdict = ANSWER_YES;

	for (size_t i = 0; i < judgement->n_conditions; i++) {
		FUZZ_CHECK(judgement->conditions[i].reason && judgement->conditions[i].reason[0]);
		verdict = answer_and(verdict, judgement->conditions[i].outcome);
	}
	FUZZ_CHECK(judgement->verdict == verdict);
	return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};
	_cleanup_(judgement_clear) struct judgement judgement = {0};
	_cleanup_(facts_clear) struct facts facts = {0};
	enum answer verdict = ANSWER_NO;

	if (facts_json_parse((const char *)data, size, "facts", &diagnostics, &facts) < 0)
		return 0;
	FUZZ_CHECK(policy_evaluate(&shipped_rules, &facts, &(struct evidence){0}, &judgement) == 0);
	FUZZ_CHECK(judgement.n_rules == shipped_rules.n_rules);
	for (size_t i = 0; i < judgement.n_rules; i++) {
		enum answer of_rule = check_rule(&judgement.rules[i]);

		if (!judgement.rules[i].not_looked_at &&
		    !rule_is_decided_by_nics(judgement.rules[i].rule))
			verdict = answer_or(verdict, of_rule);
	}
	FUZZ_CHECK(judgement.verdict == verdict);
	if (facts.kubernetes.present == ANSWER_NO && !facts.kubernetes.version)
		FUZZ_CHECK(verdict == ANSWER_NO);
	return 0;
}
