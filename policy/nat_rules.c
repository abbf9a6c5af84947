/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/nat_rules.h"

#include "cleanup.h"
#include "policy/nat_rule.h"
#include "policy/nat_text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* Where kube-proxy and kubelet set the mark, and where they act on it. */
#define CHAIN_SETS_MARK "KUBE-MARK-MASQ"
#define CHAIN_USES_MARK "KUBE-POSTROUTING"

/* How many values a mark may take on a walk, and how many marks and devices are tried. */
#define MARKS_MAX   8
#define DEVICES_MAX 8

/* Chains below chains; real ones are three or four deep. */
#define DEPTH_MAX 32

/* How many bytes of rules are read in all, each as often as the walks come by it. */
#define BYTES_MAX (32u << 20)

/* What a rule without a word counts. */
#define LINE_COST 64

#define REASON_SIZE 320

/* Linux's own default, and the one that IANA gave. */
static const unsigned int usual_ports[] = {8472, 4789};

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

/* What is known so far: the worst that was found, and of that the finding that says most. */
enum weight {
	WEIGHT_NOTHING,
	WEIGHT_NO_RULE,
	WEIGHT_PLAIN,
	WEIGHT_CLEARED,
};

struct verdict {
	enum answer vulnerable;
	enum weight weight;
	char reason[REASON_SIZE];
};

struct mark {
	uint32_t value, mask;
};

static bool mark_is_set(const struct mark *mark, uint32_t value)
{
	return (value & mark->mask) == mark->value;
}

/* One look at one text. */
struct judging {
	const struct nat_text *split;
	size_t bytes_left;
	struct verdict verdict;
	struct mark marks[MARKS_MAX]; /* Kubernetes' */
	size_t n_marks;
	bool ipv6; /* the family in question */
};

/* Where a packet's walk ended. */
struct ending {
	const struct nat_line *line; /* NULL = it did not, with this mark */
	bool rewritten, full_random;
};

/*
 * One walk. A packet has one of `values` as its mark; sets of them are bits. Where a rule fits only
 * some packets the inner one goes both ways, since one that is hit is enough; the outer one passes
 * such a rule by, since it is about other packets than the nodes' own, unless it is an exemption.
 */
struct walk {
	struct judging *judging;
	struct nat_packet packet;
	unsigned int table;
	uint32_t values[MARKS_MAX];
	size_t n_values;
	struct ending endings[MARKS_MAX];
	const struct mark *mark; /* Kubernetes' */
	const struct nat_line *clearing; /* the last rule that cleared it */
	const struct nat_line *not_tracked;
	char doubt[REASON_SIZE]; /* why the walk cannot be trusted; "" = it can */
};

/* Prints to a buffer that holds REASON_SIZE bytes; what is not printable ASCII becomes '?'. */
static void print_reason(char *reason, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void print_reason(char *reason, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, REASON_SIZE, format, arguments);
	va_end(arguments);
	for (char *next = reason; *next; next++) {
		if (*next < ' ' || *next > '~')
			*next = '?';
	}
}

/* "KUBE-POSTROUTING rule 2" */
struct place {
	char text[NAT_RULE_CHAIN_SIZE + 32];
};

static struct place place_of(const struct nat_line *line)
{
	size_t length = line->chain_length;
	struct place place;

	if (length >= NAT_RULE_CHAIN_SIZE)
		length = NAT_RULE_CHAIN_SIZE - 1;
	if (line->number)
		snprintf(place.text, sizeof(place.text), "%.*s rule %u", (int)length, line->chain,
			 line->number);
	else
		snprintf(place.text, sizeof(place.text), "%.*s", (int)length, line->chain);
	return place;
}

static void doubt(struct walk *walk, const struct nat_line *line, const char *why)
{
	if (!walk->doubt[0])
		print_reason(walk->doubt, "%s%s%s", line ? place_of(line).text : "",
			     line ? " " : "", why);
}

/* The bit of a value of the mark, which is added if it is new; 0 when there is no room. */
static unsigned int value_bit(struct walk *walk, uint32_t value)
{
	for (size_t i = 0; i < walk->n_values; i++) {
		if (walk->values[i] == value)
			return 1u << i;
	}
	if (walk->n_values == MARKS_MAX)
		return 0;
	walk->values[walk->n_values] = value;
	return 1u << walk->n_values++;
}

/* Which of the packets of `set` fit the rule, and which may go on past it? */
static unsigned int split_set(const struct walk *walk, const struct nat_rule *rule,
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

static unsigned int change_marks(struct walk *walk, const struct nat_line *line,
				 const struct nat_rule *rule, unsigned int set)
{
	unsigned int changed = 0;
	size_t n_values = walk->n_values;

	for (size_t i = 0; i < n_values; i++) {
		uint32_t value = (walk->values[i] & ~rule->set_mask) ^ rule->set_value;
		unsigned int bit;

		if (!(set & 1u << i))
			continue;
		if (mark_is_set(walk->mark, walk->values[i]) && !mark_is_set(walk->mark, value))
			walk->clearing = line;
		bit = value_bit(walk, value);
		if (!bit)
			doubt(walk, line, "is one of too many rules that change the mark");
		changed |= bit;
	}
	return changed;
}

static void end_walk(struct walk *walk, const struct nat_line *line, const struct nat_rule *rule,
		     unsigned int set)
{
	for (size_t i = 0; i < walk->n_values; i++) {
		struct ending *ending = &walk->endings[i];
		bool rewritten = rule->target == NAT_TARGET_REWRITE;

		/* Of two ways to end, the one that rewrites says more. */
		if (!(set & 1u << i) || (ending->line && (ending->rewritten || !rewritten)))
			continue;
		*ending = (struct ending){line, rewritten, rule->full_random};
	}
}

/*
 * iptables-nft up to 1.8.7 shows rules of newer ones without their match on the mark: then the
 * chain seems to end at its first rule.
 */
static bool lost_its_match(const struct nat_line *line, const struct nat_rule *rule, bool is_last)
{
	return rule->target == NAT_TARGET_RETURN && rule->anything && !is_last &&
	       line->chain_length == strlen(CHAIN_USES_MARK) &&
	       memcmp(line->chain, CHAIN_USES_MARK, line->chain_length) == 0;
}

static unsigned int walk_chain(struct walk *walk, const char *chain, unsigned int set,
			       unsigned int depth);

/*
 * Does what the rule does to the packets that fit it. Returns those that go on to the next rule;
 * those that leave the chain are added to `returned`.
 */
// NOLINTNEXTLINE(misc-no-recursion): walk_chain() counts the depth
static unsigned int walk_rule(struct walk *walk, const struct nat_line *line,
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
static bool take_bytes(struct walk *walk, size_t bytes)
{
	struct judging *judging = walk->judging;

	if (judging->bytes_left < bytes) {
		doubt(walk, NULL, "there are too many rules to look through");
		judging->bytes_left = 0;
		return false;
	}
	judging->bytes_left -= bytes;
	return true;
}

/* Returns the packets that come out at the chain's end, or by RETURN. */
// NOLINTNEXTLINE(misc-no-recursion): see above
static unsigned int walk_chain(struct walk *walk, const char *chain, unsigned int set,
			       unsigned int depth)
{
	const struct nat_line *lines;
	unsigned int returned = 0;
	size_t n_lines;

	if (depth > DEPTH_MAX) {
		doubt(walk, NULL, "chains jump to chains too deep to follow");
		return set;
	}
	lines = nat_text_find(walk->judging->split, walk->table, chain, &n_lines);
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

static struct walk begin_walk(struct judging *judging, unsigned int table,
			      const struct nat_packet *packet, const struct mark *mark,
			      uint32_t value)
{
	return (struct walk){
		.judging = judging,
		.packet = *packet,
		.table = table,
		.mark = mark,
		.values = {value},
		.n_values = 1,
	};
}

/* Takes a finding, if it is worse or says more than what is there. */
static void find(struct judging *judging, enum answer vulnerable, enum weight weight,
		 const char *reason)
{
	struct verdict *verdict = &judging->verdict;

	if (vulnerable < verdict->vulnerable ||
	    (vulnerable == verdict->vulnerable && weight <= verdict->weight))
		return;
	verdict->vulnerable = vulnerable;
	verdict->weight = weight;
	print_reason(verdict->reason, "%s%s", judging->ipv6 ? "IPv6: " : "", reason);
}

static bool table_is(const struct judging *judging, unsigned int table, const char *name)
{
	const struct nat_table *tables = judging->split->tables;

	return tables[table].ipv6 == judging->ipv6 && strcmp(tables[table].name, name) == 0;
}

/* How the inner packet came to have its mark when it was wrapped. */
struct wrapping {
	const struct mark *mark; /* Kubernetes' */
	uint32_t value;
	const struct nat_line *line; /* the last rule of the inner packet's walk; may be NULL */
	struct nat_packet packet; /* the outer one */
};

/* The outer packet's marks have one value at a time: the last one that came to be. */
static uint32_t walk_outer(struct judging *judging, const char *table, const char *chain,
			   const struct wrapping *wrapping, uint32_t value, bool *ret_safe)
{
	char reason[REASON_SIZE];

	for (unsigned int i = 0; i < judging->split->n_tables && !*ret_safe; i++) {
		struct walk walk;
		unsigned int set;

		if (!table_is(judging, i, table))
			continue;
		walk = begin_walk(judging, i, &wrapping->packet, wrapping->mark, value);
		set = walk_chain(&walk, chain, 1, 0);
		for (size_t j = 0; j < walk.n_values; j++) {
			if (set & 1u << j || walk.endings[j].line)
				value = walk.values[j];
		}
		if (walk.doubt[0]) {
			find(judging, ANSWER_UNKNOWN, WEIGHT_NOTHING, walk.doubt);
			*ret_safe = true;
		} else if (walk.not_tracked) {
			print_reason(reason, "the VXLAN packet is not tracked: %s %s", table,
				     place_of(walk.not_tracked).text);
			find(judging, ANSWER_NO, WEIGHT_CLEARED, reason);
			*ret_safe = true;
		} else if (!mark_is_set(wrapping->mark, value)) {
			print_reason(reason, "%s %s clears the mark of the VXLAN packet", table,
				     walk.clearing ? place_of(walk.clearing).text : chain);
			find(judging, ANSWER_NO, WEIGHT_CLEARED, reason);
			*ret_safe = true;
		}
	}
	return value;
}

static void tell_rewritten(struct judging *judging, const struct wrapping *wrapping,
			   const struct ending *ending, unsigned int table)
{
	const struct mark *mark = wrapping->mark;
	char reason[REASON_SIZE];

	if (ending->full_random && (!wrapping->line || wrapping->line == ending->line)) {
		print_reason(reason,
			     "%s masquerades fully-random while the mark 0x%x/0x%x is set, which "
			     "nothing clears",
			     place_of(ending->line).text, mark->value, mark->mask);
		find(judging, ANSWER_YES, WEIGHT_CLEARED, reason);
	} else if (ending->full_random) {
		print_reason(reason,
			     "%s ends the walk with the mark 0x%x/0x%x still set, by which %s "
			     "masquerades the VXLAN packet fully-random",
			     place_of(wrapping->line).text, mark->value, mark->mask,
			     place_of(ending->line).text);
		find(judging, ANSWER_YES, WEIGHT_CLEARED, reason);
	} else if (!judging->split->tables[table].shows_full_random) {
		print_reason(reason,
			     "%s masquerades, and this iptables-save is too old to show "
			     "--random-fully",
			     place_of(ending->line).text);
		find(judging, ANSWER_UNKNOWN, WEIGHT_PLAIN, reason);
	} else {
		print_reason(reason, "%s masquerades, but not fully-random",
			     place_of(ending->line).text);
		find(judging, ANSWER_NO, WEIGHT_PLAIN, reason);
	}
}

/* The outer packet in one nat table. */
static void judge_outer(struct judging *judging, unsigned int table,
			const struct wrapping *wrapping, uint32_t value)
{
	struct walk walk = begin_walk(judging, table, &wrapping->packet, wrapping->mark, value);

	walk_chain(&walk, "POSTROUTING", 1, 0);
	if (walk.doubt[0]) {
		find(judging, ANSWER_UNKNOWN, WEIGHT_NOTHING, walk.doubt);
		return;
	}
	for (size_t i = 0; i < walk.n_values; i++) {
		if (walk.endings[i].line && walk.endings[i].rewritten)
			tell_rewritten(judging, wrapping, &walk.endings[i], table);
	}
}

/*
 * The outer packet. When the inner one was rewritten, no other nat table sees that; else only the
 * table that let it pass is judged, and each of the others in its turn.
 */
static void judge_wrapped(struct judging *judging, unsigned int table, bool rewritten,
			  const struct wrapping *wrapping)
{
	static const char *const before[][2] = {
		{"raw", "OUTPUT"},
		{"mangle", "OUTPUT"},
		{"filter", "OUTPUT"},
		{"mangle", "POSTROUTING"},
	};
	uint32_t value = wrapping->value;
	bool safe = false;

	for (size_t i = 0; i < N_ELEMENTS(before) && !safe; i++)
		value = walk_outer(judging, before[i][0], before[i][1], wrapping, value, &safe);
	for (unsigned int i = 0; i < judging->split->n_tables && !safe; i++) {
		if (table_is(judging, i, "nat") && (rewritten || i == table))
			judge_outer(judging, i, wrapping, value);
	}
}

static void judge_ports(struct judging *judging, unsigned int table, bool rewritten,
			struct wrapping *wrapping, unsigned int port)
{
	wrapping->packet.outer = true;
	for (size_t i = 0; i < N_ELEMENTS(usual_ports); i++) {
		wrapping->packet.port = port ? port : usual_ports[i];
		judge_wrapped(judging, table, rewritten, wrapping);
		if (port)
			return;
	}
}

/* A packet with the mark that leaves by the device, in one nat table. */
static void judge_inner(struct judging *judging, unsigned int table, const struct mark *mark,
			const struct nat_rules_device *device)
{
	const struct nat_packet packet = {.device = device->name};
	struct walk walk = begin_walk(judging, table, &packet, mark, mark->value);
	unsigned int set = walk_chain(&walk, "POSTROUTING", 1, 0);
	char reason[REASON_SIZE];

	if (walk.doubt[0])
		find(judging, ANSWER_UNKNOWN, WEIGHT_NOTHING, walk.doubt);
	for (size_t i = 0; i < walk.n_values && !walk.doubt[0]; i++) {
		const struct ending *ending = &walk.endings[i];
		struct wrapping wrapping = {
			.mark = mark,
			.value = walk.values[i],
			.line = ending->line,
			.packet = packet,
		};

		if (!ending->line && !(set & 1u << i))
			continue;
		if (mark_is_set(mark, walk.values[i])) {
			judge_ports(judging, table, ending->rewritten, &wrapping, device->port);
		} else if (walk.clearing) {
			print_reason(reason, "%s clears the mark 0x%x/0x%x",
				     place_of(walk.clearing).text, mark->value, mark->mask);
			find(judging, ANSWER_NO, WEIGHT_CLEARED, reason);
		}
	}
}

static void add_mark(struct judging *judging, uint32_t value, uint32_t mask)
{
	for (size_t i = 0; i < judging->n_marks; i++) {
		if (judging->marks[i].value == value && judging->marks[i].mask == mask)
			return;
	}
	if (judging->n_marks == MARKS_MAX)
		find(judging, ANSWER_UNKNOWN, WEIGHT_NOTHING, "too many different marks are set");
	else if (value)
		judging->marks[judging->n_marks++] = (struct mark){value, mask};
}

/* Learns the marks from a chain: those that it sets, or those that it asks for. */
static void learn_marks(struct judging *judging, const char *chain, bool set)
{
	const struct nat_packet packet = {.device = NULL};

	for (unsigned int i = 0; i < judging->split->n_tables; i++) {
		const struct nat_line *lines;
		size_t n_lines;

		if (!table_is(judging, i, "nat"))
			continue;
		lines = nat_text_find(judging->split, i, chain, &n_lines);
		for (size_t j = 0; j < n_lines; j++) {
			struct nat_rule rule;

			if (!lines[j].number)
				continue;
			nat_rule_read(lines[j].rule, lines[j].rule_length, &packet, &rule);
			if (set && rule.target == NAT_TARGET_MARK)
				add_mark(judging, rule.set_value, rule.set_mask | rule.set_value);
			for (size_t k = 0; k < rule.n_marks && !set; k++)
				add_mark(judging, rule.marks[k].value, rule.marks[k].mask);
		}
	}
}

static void judge_marks(struct judging *judging, const struct nat_rules_device devices[],
			size_t n_devices)
{
	for (unsigned int i = 0; i < judging->split->n_tables; i++) {
		if (!table_is(judging, i, "nat"))
			continue;
		for (size_t j = 0; j < judging->n_marks * n_devices; j++)
			judge_inner(judging, i, &judging->marks[j / n_devices],
				    &devices[j % n_devices]);
	}
}

/* The tables of one family. */
static void judge_family(struct judging *judging, bool ipv6,
			 const struct nat_rules_device devices[], size_t n_devices)
{
	static const struct nat_rules_device any = {NULL, 0};
	char reason[REASON_SIZE];

	judging->ipv6 = ipv6;
	judging->n_marks = 0;
	learn_marks(judging, CHAIN_SETS_MARK, true);
	if (judging->n_marks == 0)
		learn_marks(judging, CHAIN_USES_MARK, false);
	if (n_devices == 0 || n_devices > DEVICES_MAX)
		judge_marks(judging, &any, 1);
	else
		judge_marks(judging, devices, n_devices);
	if (judging->n_marks == 0)
		return;
	print_reason(reason, "no rule masquerades by the mark 0x%x/0x%x", judging->marks[0].value,
		     judging->marks[0].mask);
	find(judging, ANSWER_NO, WEIGHT_NO_RULE, reason);
}

static void judge_whole(struct judging *judging)
{
	const struct nat_text *split = judging->split;

	judging->ipv6 = false;
	if (split->incompatible_nat)
		find(judging, ANSWER_UNKNOWN, WEIGHT_NOTHING,
		     "there are nat rules that iptables-save cannot show");
	for (size_t i = 0; i < split->n_tables; i++) {
		if (!split->tables[i].committed)
			find(judging, ANSWER_UNKNOWN, WEIGHT_NOTHING,
			     "a table ends before its COMMIT");
	}
}

static int take_outcome(const char *reason, enum answer vulnerable,
			struct nat_rules_outcome *ret_outcome)
{
	char *copy = strdup(reason);

	if (!copy)
		return -ENOMEM;
	*ret_outcome = (struct nat_rules_outcome){vulnerable, copy};
	return 0;
}

int nat_rules_judge(const char *text, size_t size, const struct nat_rules_device devices[],
		    size_t n_devices, struct nat_rules_outcome *ret_outcome)
{
	_cleanup_(nat_text_clear) struct nat_text split = {.n_tables = 0};
	struct judging judging = {
		.split = &split,
		.bytes_left = BYTES_MAX,
		.verdict = {ANSWER_NO, WEIGHT_NOTHING,
			    "no rule of kube-proxy or kubelet sets a mark for masquerading"},
	};
	int result = nat_text_split(text, size, &split);

	if (result == -ENOMEM)
		return result;
	if (result == -E2BIG)
		return take_outcome("there are too many rules to look through", ANSWER_UNKNOWN,
				    ret_outcome);
	if (result < 0)
		return take_outcome("the text is not what iptables-save prints", ANSWER_UNKNOWN,
				    ret_outcome);
	judge_whole(&judging);
	judge_family(&judging, false, devices, n_devices);
	judge_family(&judging, true, devices, n_devices);
	return take_outcome(judging.verdict.reason, judging.verdict.vulnerable, ret_outcome);
}

void nat_rules_outcome_clear(struct nat_rules_outcome *outcome)
{
	free(outcome->reason);
	*outcome = (struct nat_rules_outcome){0};
}
