/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/nat/nat_rules.h"

#include "array.h"
#include "cleanup.h"
#include "policy/nat/nat_walk.h"

#include <errno.h>
#include <string.h>

/* Where kube-proxy and kubelet set the mark; NAT_CHAIN_USES_MARK is where they act on it. */
#define CHAIN_SETS_MARK "KUBE-MARK-MASQ"

/* How many marks and devices are tried. */
#define MARKS_MAX   8
#define DEVICES_MAX 8

/* How many bytes of rules are read in all, each as often as the walks come by it. */
#define BYTES_MAX (32u << 20)

/* Linux's own default, and the one that IANA gave. */
static const unsigned int usual_ports[] = {8472, 4789};

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
	char reason[NAT_REASON_SIZE];
};

/* One look at one text. */
struct judging {
	const struct nat_text *split;
	size_t bytes_left;
	struct verdict verdict;
	struct nat_mark marks[MARKS_MAX]; /* Kubernetes' */
	size_t n_marks;
	bool ipv6; /* the family in question */
};

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
	nat_reason_print(verdict->reason, "%s%s", judging->ipv6 ? "IPv6: " : "", reason);
}

static struct nat_walk begin_walk(struct judging *judging, unsigned int table,
				  const struct nat_packet *packet, const struct nat_mark *mark,
				  uint32_t value)
{
	return (struct nat_walk){
		.split = judging->split,
		.table = table,
		.packet = *packet,
		.mark = mark,
		.bytes_left = &judging->bytes_left,
		.values = {value},
		.n_values = 1,
	};
}

static bool table_is(const struct judging *judging, unsigned int table, const char *name)
{
	const struct nat_table *tables = judging->split->tables;

	return tables[table].ipv6 == judging->ipv6 && strcmp(tables[table].name, name) == 0;
}

/* How the inner packet came to have its mark when it was wrapped. */
struct wrapping {
	const struct nat_mark *mark; /* Kubernetes' */
	uint32_t value;
	const struct nat_line *line; /* the last rule of the inner packet's walk; may be NULL */
	struct nat_packet packet; /* the outer one */
};

/* The outer packet's marks have one value at a time: the last one that came to be. */
static uint32_t walk_outer(struct judging *judging, const char *table, const char *chain,
			   const struct wrapping *wrapping, uint32_t value, bool *ret_safe)
{
	char reason[NAT_REASON_SIZE];

	for (unsigned int i = 0; i < judging->split->n_tables && !*ret_safe; i++) {
		struct nat_walk walk;
		unsigned int set;

		if (!table_is(judging, i, table))
			continue;
		walk = begin_walk(judging, i, &wrapping->packet, wrapping->mark, value);
		set = nat_walk_run(&walk, chain);
		for (size_t j = 0; j < walk.n_values; j++) {
			if (set & 1u << j || walk.endings[j].line)
				value = walk.values[j];
		}
		if (walk.doubt[0]) {
			find(judging, ANSWER_UNKNOWN, WEIGHT_NOTHING, walk.doubt);
			*ret_safe = true;
		} else if (walk.not_tracked) {
			nat_reason_print(reason, "the VXLAN packet is not tracked: %s %s", table,
					 nat_place_of(walk.not_tracked).text);
			find(judging, ANSWER_NO, WEIGHT_CLEARED, reason);
			*ret_safe = true;
		} else if (!nat_mark_is_set(wrapping->mark, value)) {
			nat_reason_print(reason, "%s %s clears the mark of the VXLAN packet", table,
					 walk.clearing ? nat_place_of(walk.clearing).text : chain);
			find(judging, ANSWER_NO, WEIGHT_CLEARED, reason);
			*ret_safe = true;
		}
	}
	return value;
}

static void tell_rewritten(struct judging *judging, const struct wrapping *wrapping,
			   const struct nat_ending *ending, unsigned int table)
{
	const struct nat_mark *mark = wrapping->mark;
	char reason[NAT_REASON_SIZE];

	if (ending->full_random && (!wrapping->line || wrapping->line == ending->line)) {
		nat_reason_print(
			reason,
			"%s masquerades fully-random while the mark 0x%x/0x%x is set, which "
			"nothing clears",
			nat_place_of(ending->line).text, mark->value, mark->mask);
		find(judging, ANSWER_YES, WEIGHT_CLEARED, reason);
	} else if (ending->full_random) {
		nat_reason_print(reason,
				 "%s ends the walk with the mark 0x%x/0x%x still set, by which %s "
				 "masquerades the VXLAN packet fully-random",
				 nat_place_of(wrapping->line).text, mark->value, mark->mask,
				 nat_place_of(ending->line).text);
		find(judging, ANSWER_YES, WEIGHT_CLEARED, reason);
	} else if (!judging->split->tables[table].shows_full_random) {
		nat_reason_print(reason,
				 "%s masquerades, and this iptables-save is too old to show "
				 "--random-fully",
				 nat_place_of(ending->line).text);
		find(judging, ANSWER_UNKNOWN, WEIGHT_PLAIN, reason);
	} else {
		nat_reason_print(reason, "%s masquerades, but not fully-random",
				 nat_place_of(ending->line).text);
		find(judging, ANSWER_NO, WEIGHT_PLAIN, reason);
	}
}

/* The outer packet in one nat table. */
static void judge_outer(struct judging *judging, unsigned int table,
			const struct wrapping *wrapping, uint32_t value)
{
	struct nat_walk walk = begin_walk(judging, table, &wrapping->packet, wrapping->mark, value);

	nat_walk_run(&walk, "POSTROUTING");
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
static void judge_inner(struct judging *judging, unsigned int table, const struct nat_mark *mark,
			const struct nat_rules_device *device)
{
	const struct nat_packet packet = {.device = device->name};
	struct nat_walk walk = begin_walk(judging, table, &packet, mark, mark->value);
	unsigned int set = nat_walk_run(&walk, "POSTROUTING");
	char reason[NAT_REASON_SIZE];

	if (walk.doubt[0])
		find(judging, ANSWER_UNKNOWN, WEIGHT_NOTHING, walk.doubt);
	for (size_t i = 0; i < walk.n_values && !walk.doubt[0]; i++) {
		const struct nat_ending *ending = &walk.endings[i];
		struct wrapping wrapping = {
			.mark = mark,
			.value = walk.values[i],
			.line = ending->line,
			.packet = packet,
		};

		if (!ending->line && !(set & 1u << i))
			continue;
		if (nat_mark_is_set(mark, walk.values[i])) {
			judge_ports(judging, table, ending->rewritten, &wrapping, device->port);
		} else if (walk.clearing) {
			nat_reason_print(reason, "%s clears the mark 0x%x/0x%x",
					 nat_place_of(walk.clearing).text, mark->value, mark->mask);
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
		judging->marks[judging->n_marks++] = (struct nat_mark){value, mask};
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
	char reason[NAT_REASON_SIZE];

	judging->ipv6 = ipv6;
	judging->n_marks = 0;
	learn_marks(judging, CHAIN_SETS_MARK, true);
	if (judging->n_marks == 0)
		learn_marks(judging, NAT_CHAIN_USES_MARK, false);
	if (n_devices == 0 || n_devices > DEVICES_MAX)
		judge_marks(judging, &any, 1);
	else
		judge_marks(judging, devices, n_devices);
	if (judging->n_marks == 0)
		return;
	nat_reason_print(reason, "no rule masquerades by the mark 0x%x/0x%x",
			 judging->marks[0].value, judging->marks[0].mask);
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
