/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/nat/nat_walk.h"

#include <string.h>

/* Chains below chains; real ones are three or four deep. */
#define DEPTH_MAX 32

/* What a rule without a word counts. */
#define LINE_COST 64

static void doubt(struct nat_walk *walk, const struct nat_line *line, const char *why)
{
	if (!walk->doubt[0])
		nat_reason_print(walk->doubt, "%s%s%s", line ? nat_place_of(line).text : "",
				 line ? " " : "", why);
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

/* Which of the packets of `set` fit the rule, and which may go on past it? */
static unsigned int split_set(const struct nat_walk *walk, const struct nat_rule *rule,
			      unsigned int set, unsigned int *ret_past)
{
	unsigned int fit = 0;

	*ret_past = 0;
	for (size_t i = 0; i < walk->n_values; i++) {
		enum answer fits;

		if (!(set & 1u << i))
			continue;
		fits = nat_rule_fits(rule, walk->values[i]);
		if (walk->packet.outer && fits == ANSWER_UNKNOWN &&
		    rule->target != NAT_TARGET_RETURN)
			fits = ANSWER_NO;
		if (fits != ANSWER_NO)
			fit |= 1u << i;
		if (fits != ANSWER_YES)
			*ret_past |= 1u << i;
	}
	return fit;
}

static unsigned int change_marks(struct nat_walk *walk, const struct nat_line *line,
				 const struct nat_rule *rule, unsigned int set)
{
	unsigned int changed = 0;
	size_t n_values = walk->n_values;

	for (size_t i = 0; i < n_values; i++) {
		uint32_t value = (walk->values[i] & ~rule->set_mask) ^ rule->set_value;
		unsigned int bit;

		if (!(set & 1u << i))
			continue;
		if (nat_mark_is_set(walk->mark, walk->values[i]) &&
		    !nat_mark_is_set(walk->mark, value))
			walk->clearing = line;
		bit = value_bit(walk, value);
		if (!bit)
			doubt(walk, line, "is one of too many rules that change the mark");
		changed |= bit;
	}
	return changed;
}

static void end_walk(struct nat_walk *walk, const struct nat_line *line,
		     const struct nat_rule *rule, unsigned int set)
{
	for (size_t i = 0; i < walk->n_values; i++) {
		struct nat_ending *ending = &walk->endings[i];
		bool rewritten = rule->target == NAT_TARGET_REWRITE;

		/* Of two ways to end, the one that rewrites says more. */
		if (!(set & 1u << i) || (ending->line && (ending->rewritten || !rewritten)))
			continue;
		*ending = (struct nat_ending){line, rewritten, rule->full_random};
	}
}

/*
 * iptables-nft up to 1.8.7 shows rules of newer ones without their match on the mark: then the
 * chain seems to end at its first rule.
 */
static bool lost_its_match(const struct nat_line *line, const struct nat_rule *rule, bool is_last)
{
	return rule->target == NAT_TARGET_RETURN && rule->anything && !is_last &&
	       line->chain_length == strlen(NAT_CHAIN_USES_MARK) &&
	       memcmp(line->chain, NAT_CHAIN_USES_MARK, line->chain_length) == 0;
}

static unsigned int walk_chain(struct nat_walk *walk, const char *chain, unsigned int set,
			       unsigned int depth);

/*
 * Does what the rule does to the packets that fit it. Returns those that go on to the next rule;
 * those that leave the chain are added to `returned`.
 */
// NOLINTNEXTLINE(misc-no-recursion): walk_chain() counts the depth
static unsigned int walk_rule(struct nat_walk *walk, const struct nat_line *line,
			      const struct nat_rule *rule, unsigned int fit, unsigned int depth,
			      unsigned int *returned)
{
	unsigned int back;

	switch (rule->target) {
	case NAT_TARGET_PASS:
		return fit;
	case NAT_TARGET_MARK:
		return change_marks(walk, line, rule, fit);
	case NAT_TARGET_RETURN:
		*returned |= fit;
		return 0;
	case NAT_TARGET_STOP:
	case NAT_TARGET_REWRITE:
		end_walk(walk, line, rule, fit);
		return 0;
	case NAT_TARGET_NOTRACK:
		walk->not_tracked = line;
		return fit;
	case NAT_TARGET_CHAIN:
		back = walk_chain(walk, rule->chain, fit, depth + 1);
		if (!rule->is_goto)
			return back;
		*returned |= back;
		return 0;
	case NAT_TARGET_UNKNOWN:
		break;
	}
	doubt(walk, line, "says something that is not understood");
	return fit;
}

/* False when so much was read that it ends here. */
static bool take_bytes(struct nat_walk *walk, size_t bytes)
{
	if (*walk->bytes_left < bytes) {
		doubt(walk, NULL, "there are too many rules to look through");
		*walk->bytes_left = 0;
		return false;
	}
	*walk->bytes_left -= bytes;
	return true;
}

/* Returns the packets that come out at the chain's end, or by RETURN. */
// NOLINTNEXTLINE(misc-no-recursion): see above
static unsigned int walk_chain(struct nat_walk *walk, const char *chain, unsigned int set,
			       unsigned int depth)
{
	const struct nat_line *lines;
	unsigned int returned = 0;
	size_t n_lines;

	if (depth > DEPTH_MAX) {
		doubt(walk, NULL, "chains jump to chains too deep to follow");
		return set;
	}
	lines = nat_text_find(walk->split, walk->table, chain, &n_lines);
	if (!lines && depth > 0)
		doubt(walk, NULL, "a rule has a target that is not known");
	/* Finding a chain costs, too, be it ever so short a visit. */
	if (!take_bytes(walk, LINE_COST + n_lines))
		return set;
	/* A doubt ends the walk: what comes behind it changes nothing, and might go on for ever. */
	for (size_t i = 0; i < n_lines && set && !walk->doubt[0]; i++) {
		const struct nat_line *line = &lines[i];
		unsigned int fit, past;
		struct nat_rule rule;

		if (!take_bytes(walk, line->rule_length + LINE_COST))
			break;
		if (!line->number)
			continue;
		nat_rule_read(line->rule, line->rule_length, &walk->packet, &rule);
		fit = split_set(walk, &rule, set, &past);
		if (fit && lost_its_match(line, &rule, i + 1 == n_lines))
			doubt(walk, line,
			      "returns without a condition: this iptables does not "
			      "show all of it");
		if (fit)
			past |= walk_rule(walk, line, &rule, fit, depth, &returned);
		set = past;
	}
	return set | returned;
}

unsigned int nat_walk_run(struct nat_walk *walk, const char *chain)
{
	return walk_chain(walk, chain, 1, 0);
}
