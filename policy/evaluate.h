/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rules and facts -> verdict, with a reason for every condition. Pure.
 */

#include "policy/answer.h"
#include "policy/facts.h"
#include "policy/rule.h"

#include <stdbool.h>
#include <stddef.h>

enum condition_name {
	CONDITION_KUBERNETES,
	CONDITION_NAT,
	CONDITION_KERNEL,
	CONDITION_MACHINE,
	CONDITIONS,
};

/* "kubernetes", "nat", "kernel" or "machine". */
const char *condition_name(enum condition_name name);

struct condition {
	enum condition_name name;
	enum answer outcome; /* yes = in the affected range */
	char *reason; /* one line for people, never NULL */
	char *contradiction; /* one line: two witnesses that say the opposite; NULL = none do */
};

/* What is believed when two sources could answer a condition. */
struct evidence {
	bool kernel_measured; /* what was measured, not the table; see struct rule's `probe` */
	bool kubernetes_rules; /* the node's own nat rules, not the version */
};

struct rule_judgement {
	const struct rule *rule; /* borrowed */
	enum answer verdict; /* yes = affected, no = not affected */
	struct condition conditions[CONDITIONS];
	size_t n_conditions; /* the rule's own: one without Kubernetes has only "kernel" */
	/*
	 * What it asks for could not be read by anybody who looked, as the nat rules without
	 * privilege. Its verdict is unknown, and it takes no part in that of the node.
	 */
	bool not_looked_at;
};

struct judgement {
	/* One affected rule is enough, else one unknown, else no; of the rules that were looked at,
	 * do more than advise, and are not about devices alone */
	enum answer verdict;
	struct rule_judgement *rules;
	size_t n_rules;
};

/*
 * Judges `facts` by `rules`, both of which must outlive the result. Within a rule one condition
 * that is false makes it "not affected"; else one that is unknown makes it "unknown". A condition
 * for which the evidence that is believed is missing is unknown, too.
 * Returns 0 or -ENOMEM. The caller clears the result with judgement_clear().
 */
int policy_evaluate(const struct rules *rules, const struct facts *facts,
		    const struct evidence *evidence, struct judgement *ret_judgement);
void judgement_clear(struct judgement *judgement);

/*
 * The reason of the first condition that decides the verdict, borrowed; NULL for an affected rule,
 * which is so by all of its conditions.
 */
const char *rule_judgement_reason(const struct rule_judgement *judged);

/*
 * Where witnesses contradict each other and it matters: the sentences of all rules that no other
 * condition excludes, each once. `place` is 0 at first; returns the next one, borrowed, or NULL.
 */
const char *judgement_contradiction(const struct judgement *judgement, size_t *place);

/* "not-affected", "unknown" or "affected": the words of the JSON output. */
const char *verdict_name(enum answer verdict);
