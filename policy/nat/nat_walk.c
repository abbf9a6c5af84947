/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/nat/nat_walk.h"

#include <errno.h>
#include <string.h>

/* Chains below chains; the kernel allows 16 jumps in nf_tables, and real ones are three or four. */
#define DEPTH_MAX 32

/* A walk through one base chain. */
struct passage {
	struct nat_walk *walk;
	const struct nat_chain *base;
	unsigned int accepted;
};

/* A chain's part of it. */
struct visit {
	struct passage *passage;
	struct nat_place place;
	unsigned int depth;
	unsigned int returned; /* those that left the chain */
};

static void doubt(struct nat_walk *walk, const struct nat_place *place, const char *why)
{
	if (walk->doubt[0])
		return;
	if (place && place->rule)
		nat_reason_print(walk->doubt, "%s %s", nat_place_name(walk->ruleset, place).text,
				 why);
	else
		nat_reason_print(walk->doubt, "%s", why);
}

/* The bit of a value of the mark, which is added if it is new; 0 when there is no room. */
static unsigned int value_bit(struct nat_walk *walk, uint32_t value)
{
	for (size_t i = 0; i < walk->n_values; i++) {
		if (walk->values[i] == value)
			return 1u << i;
	}
	if (walk->n_values == NAT_WALK_VALUES_MAX)
		return 0;
	walk->values[walk->n_values] = value;
	return 1u << walk->n_values++;
}

/*
 * Which of the packets of `set` fit the match at `*index`? Those that may not are added to
 * `ret_past`. Steps over the match. Of the outer packet, whose peer and device are not known, a
 * rule that asks for no mark is taken to mean others: a node has many, and they are not what is
 * looked for.
 */
static unsigned int ask(const struct nat_walk *walk, const struct nat_rule *rule, size_t *index,
			unsigned int set, unsigned int *ret_past)
{
	bool opaque = rule->steps[*index].kind == NAT_MATCH_OPAQUE;
	bool exempts = nat_rule_has(rule, NAT_ACTION_RETURN);
	bool marked = nat_rule_has(rule, NAT_MATCH_MARK);
	size_t next = *index;
	unsigned int fit = 0;

	for (size_t i = 0; i < walk->n_values; i++) {
		enum answer fits;

		if (!(set & 1u << i))
			continue;
		next = *index;
		fits = nat_rule_ask(rule, &next, &walk->packet, walk->values[i]);
		if (walk->packet.outer && fits == ANSWER_UNKNOWN && !exempts && !opaque && !marked)
			fits = ANSWER_NO;
		if (fits != ANSWER_NO)
			fit |= 1u << i;
		if (fits != ANSWER_YES)
			*ret_past |= 1u << i;
	}
	*index = next;
	return fit;
}

static unsigned int change_marks(struct nat_walk *walk, const struct nat_place *place,
				 const struct nat_step *step, unsigned int set)
{
	unsigned int changed = 0;
	size_t n_values = walk->n_values;

	for (size_t i = 0; i < n_values; i++) {
		uint32_t value = (walk->values[i] & ~step->set_mark.mask) ^ step->set_mark.value;
		unsigned int bit;

		if (!(set & 1u << i))
			continue;
		if (nat_mark_is_set(walk->mark, walk->values[i]) &&
		    !nat_mark_is_set(walk->mark, value))
			walk->clearing = *place;
		bit = value_bit(walk, value);
		if (!bit)
			doubt(walk, place, "is one of too many rules that change the mark");
		changed |= bit;
	}
	return changed;
}

static void end_walk(struct nat_walk *walk, const struct nat_place *place,
		     const struct nat_step *step, unsigned int set)
{
	const bool rewritten = step->kind == NAT_ACTION_REWRITE;

	for (size_t i = 0; i < walk->n_values; i++) {
		struct nat_ending *ending = &walk->endings[i];

		/* Of two ways to end, the one that rewrites says more. */
		if (!(set & 1u << i) || (ending->place.rule && (ending->rewritten || !rewritten)))
			continue;
		*ending = (struct nat_ending){*place, rewritten, rewritten && step->full_random};
	}
}

/*
 * iptables-nft up to 1.8.7 shows rules of newer ones without their match on the mark: then the
 * chain seems to end at its first rule.
 */
static bool lost_its_match(const struct nat_place *place)
{
	const struct nat_rule *rule = place->rule;

	return rule->text && rule->n_steps && rule->steps[0].kind == NAT_ACTION_RETURN &&
	       rule->number < place->chain->n_rules &&
	       strcmp(place->chain->name, NAT_CHAIN_USES_MARK) == 0;
}

static unsigned int walk_chain(struct passage *passage, struct nat_chain *chain, unsigned int set,
			       unsigned int depth);

/*
 * kube-proxy's chains for what goes to a service, which no VXLAN packet does. They are most of a
 * node's rules: thousands, each of which would be read to find that it is about another address.
 */
static bool is_for_services(const struct nat_walk *walk, const struct visit *visit,
			    const char *chain)
{
	const char *table = walk->ruleset->tables[visit->place.chain->table].name;

	return strcmp(chain, "KUBE-SERVICES") == 0 ||
	       (strcmp(chain, "services") == 0 && strcmp(table, "kube-proxy") == 0);
}

// NOLINTNEXTLINE(misc-no-recursion): walk_chain() counts the depth
static unsigned int jump(struct visit *visit, const char *name, unsigned int set)
{
	struct nat_walk *walk = visit->passage->walk;
	struct nat_chain *chain;
	int result;

	if (walk->packet.outer && is_for_services(walk, visit, name))
		return set;
	result = nat_ruleset_load(walk->ruleset, visit->place.chain->table, name, &chain);
	if (result == -ENOENT) {
		doubt(walk, &visit->place, "has a target that is not known");
	} else if (result < 0) {
		doubt(walk, &visit->place, "jumps to a chain that cannot be read");
		walk->error = result == -ENOMEM ? result : walk->error;
	} else {
		return walk_chain(visit->passage, chain, set, visit->depth + 1);
	}
	return set;
}

/* Does what a step says to the packets of `set`. Returns those that go on to the next step. */
// NOLINTNEXTLINE(misc-no-recursion): see above
static unsigned int act(struct visit *visit, const struct nat_step *step, unsigned int set,
			unsigned int *past)
{
	struct nat_walk *walk = visit->passage->walk;

	switch (step->kind) {
	case NAT_ACTION_MARK:
		return change_marks(walk, &visit->place, step, set);
	case NAT_ACTION_NOTRACK:
		/* What is tracked already stays so. */
		if (visit->passage->base->priority < NAT_PRIORITY_CONNTRACK)
			walk->not_tracked = visit->place;
		return set;
	case NAT_ACTION_RETURN:
		visit->returned |= set;
		return 0;
	case NAT_ACTION_ACCEPT:
		visit->passage->accepted |= set;
		end_walk(walk, &visit->place, step, set);
		return 0;
	case NAT_ACTION_REWRITE:
		end_walk(walk, &visit->place, step, set);
		return 0;
	case NAT_ACTION_DROP:
		return 0;
	case NAT_ACTION_JUMP:
		*past |= jump(visit, step->chain, set);
		return 0;
	case NAT_ACTION_GOTO:
		visit->returned |= jump(visit, step->chain, set);
		return 0;
	default:
		doubt(walk, &visit->place, "says something that is not understood");
		return set;
	}
}

/* Returns the packets that go on to the next rule. */
// NOLINTNEXTLINE(misc-no-recursion): see above
static unsigned int walk_rule(struct visit *visit, unsigned int set)
{
	const struct nat_rule *rule = visit->place.rule;
	struct nat_walk *walk = visit->passage->walk;
	unsigned int past = 0;
	bool opaque = false;
	size_t i = 0;

	if (lost_its_match(&visit->place))
		doubt(walk, &visit->place,
		      "returns without a condition: this iptables does not show all of it");
	while (i < rule->n_steps && set && !walk->doubt[0]) {
		if (nat_step_is_match(&rule->steps[i])) {
			opaque |= rule->steps[i].kind == NAT_MATCH_OPAQUE;
			set = ask(walk, rule, &i, set, &past);
		} else if (opaque) {
			doubt(walk, &visit->place, "asks for something that is not understood");
		} else {
			set = act(visit, &rule->steps[i++], set, &past);
		}
	}
	return set | past;
}

/* False when so much was visited that it ends here. */
static bool take_visit(struct nat_walk *walk)
{
	if (*walk->visits_left == 0) {
		doubt(walk, NULL, "there are too many rules to look through");
		return false;
	}
	--*walk->visits_left;
	return true;
}

/* Returns the packets that come out at the chain's end, or by RETURN. */
// NOLINTNEXTLINE(misc-no-recursion): see above
static unsigned int walk_chain(struct passage *passage, struct nat_chain *chain, unsigned int set,
			       unsigned int depth)
{
	struct visit visit = {.passage = passage, .place.chain = chain, .depth = depth};

	if (depth > DEPTH_MAX) {
		doubt(passage->walk, NULL, "chains jump to chains too deep to follow");
		return set;
	}
	/* Finding a chain costs, too, be it ever so short a visit. */
	if (!take_visit(passage->walk))
		return set;
	/* A doubt ends the walk: what comes behind it changes nothing, and might go on for ever. */
	for (size_t i = 0; i < chain->n_rules && set && !passage->walk->doubt[0]; i++) {
		if (!take_visit(passage->walk))
			break;
		visit.place.rule = &chain->rules[i];
		set = walk_rule(&visit, set);
	}
	return set | visit.returned;
}

unsigned int nat_walk_base(struct nat_walk *walk, struct nat_chain *base, unsigned int set)
{
	struct passage passage = {.walk = walk, .base = base};
	struct nat_chain *loaded;
	int result;

	result = nat_ruleset_load(walk->ruleset, base->table, base->name, &loaded);
	if (result < 0) {
		walk->error = result == -ENOMEM ? result : walk->error;
		nat_reason_print(walk->doubt, "%s %s cannot be read",
				 walk->ruleset->tables[base->table].name, base->name);
		return set;
	}
	set = walk_chain(&passage, base, set, 0);
	return set | passage.accepted;
}
