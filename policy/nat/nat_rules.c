/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/nat/nat_rules.h"

#include "array.h"
#include "cleanup.h"
#include "policy/nat/nat_marks.h"
#include "policy/nat/nat_walk.h"

#include <errno.h>
#include <string.h>

/* How many devices are tried one by one. */
#define DEVICES_MAX 8

/* How many rules are visited in all, each as often as the walks come by it. */
#define VISITS_MAX (4u << 20)

/* Base chains at one hook. */
#define ROUTE_MAX 32

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

/* Base chains, in the order in which packets pass them. */
struct route {
	struct nat_chain *chains[ROUTE_MAX];
	size_t n_chains;
};

/* One look at one rule set. */
struct evaluation {
	struct nat_ruleset *ruleset;
	size_t visits_left;
	struct verdict verdict;
	struct nat_marks marks; /* Kubernetes' */
	/* Of the family in question: */
	bool ipv6;
	struct route output; /* of what the node sends itself */
	struct route before; /* POSTROUTING, before addresses are translated */
	struct route nat; /* there they are */
	struct route after; /* the rest of POSTROUTING */
	int error; /* -ENOMEM, or 0 */
};

/* Takes a finding, if it is worse or says more than what is there. */
static void note(struct evaluation *evaluation, enum answer vulnerable, enum weight weight,
		 const char *reason)
{
	struct verdict *verdict = &evaluation->verdict;

	if (vulnerable < verdict->vulnerable ||
	    (vulnerable == verdict->vulnerable && weight <= verdict->weight))
		return;
	verdict->vulnerable = vulnerable;
	verdict->weight = weight;
	nat_reason_print(verdict->reason, "%s%s", evaluation->ipv6 ? "IPv6: " : "", reason);
}

static struct nat_walk begin_walk(struct evaluation *evaluation, const struct nat_packet *packet,
				  const struct nat_mark *mark, uint32_t value)
{
	return (struct nat_walk){
		.ruleset = evaluation->ruleset,
		.packet = *packet,
		.mark = mark,
		.visits_left = &evaluation->visits_left,
		.values = {value},
		.n_values = 1,
	};
}

/* True when the walk cannot be trusted, which is a finding. */
static bool note_doubt(struct evaluation *evaluation, const struct nat_walk *walk)
{
	if (walk->error < 0)
		evaluation->error = walk->error;
	if (!walk->doubt[0])
		return false;
	note(evaluation, ANSWER_UNKNOWN, WEIGHT_NOTHING, walk->doubt);
	return true;
}

static struct nat_place_name name_of(const struct evaluation *evaluation,
				     const struct nat_place *place)
{
	return nat_place_name(evaluation->ruleset, place);
}

/* How the inner packet came to have its mark when it was wrapped. */
struct encapsulation {
	const struct nat_mark *mark; /* Kubernetes' */
	uint32_t value;
	struct nat_place place; /* the last rule of the inner packet's walk; may be none */
	struct nat_packet packet; /* the outer one */
};

/* Those of `set` whose mark is set. */
static unsigned int marked(const struct nat_walk *walk, unsigned int set)
{
	unsigned int with_mark = 0;

	for (size_t i = 0; i < walk->n_values; i++) {
		if (set & 1u << i && nat_mark_is_set(walk->mark, walk->values[i]))
			with_mark |= 1u << i;
	}
	return with_mark;
}

/* Those that a walk rewrote. */
static unsigned int rewritten(const struct nat_walk *walk)
{
	unsigned int set = 0;

	for (size_t i = 0; i < walk->n_values; i++) {
		if (walk->endings[i].rewritten)
			set |= 1u << i;
	}
	return set;
}

/*
 * The outer packet before its source is translated. Returns with which marks it comes to that, or
 * nothing when it does not matter, which is a finding.
 */
static unsigned int walk_outer(struct evaluation *evaluation, struct nat_walk *walk,
			       const struct route *route, unsigned int set)
{
	char reason[NAT_REASON_SIZE];

	for (size_t i = 0; i < route->n_chains && set; i++) {
		set = nat_walk_base(walk, route->chains[i], set);
		/* Another destination does not keep it from having another source. */
		set |= rewritten(walk);
		memset(walk->endings, 0, sizeof(walk->endings));
		if (note_doubt(evaluation, walk))
			return 0;
		if (walk->not_tracked.rule) {
			nat_reason_print(reason, "the VXLAN packet is not tracked: %s",
					 name_of(evaluation, &walk->not_tracked).text);
			note(evaluation, ANSWER_NO, WEIGHT_CLEARED, reason);
			return 0;
		}
		set = marked(walk, set);
		if (!set && walk->clearing.rule) {
			nat_reason_print(reason, "%s clears the mark of the VXLAN packet",
					 name_of(evaluation, &walk->clearing).text);
			note(evaluation, ANSWER_NO, WEIGHT_CLEARED, reason);
		}
	}
	return set;
}

static bool same_place(const struct nat_place *one, const struct nat_place *other)
{
	return one->rule == other->rule;
}

static void note_rewritten(struct evaluation *evaluation, const struct encapsulation *encapsulation,
			   const struct nat_ending *ending)
{
	const struct nat_table *table = &evaluation->ruleset->tables[ending->place.chain->table];
	const struct nat_place_name name = name_of(evaluation, &ending->place);
	const struct nat_mark *mark = encapsulation->mark;
	char reason[NAT_REASON_SIZE];

	if (ending->full_random &&
	    (!encapsulation->place.rule || same_place(&encapsulation->place, &ending->place))) {
		nat_reason_print(
			reason,
			"%s masquerades fully-random while the mark 0x%x/0x%x is set, which "
			"nothing clears",
			name.text, mark->value, mark->mask);
		note(evaluation, ANSWER_YES, WEIGHT_CLEARED, reason);
	} else if (ending->full_random) {
		nat_reason_print(reason,
				 "%s ends the walk with the mark 0x%x/0x%x still set, by which %s "
				 "masquerades the VXLAN packet fully-random",
				 name_of(evaluation, &encapsulation->place).text, mark->value,
				 mark->mask, name.text);
		note(evaluation, ANSWER_YES, WEIGHT_CLEARED, reason);
	} else if (!table->shows_full_random) {
		nat_reason_print(reason,
				 "%s masquerades, and this iptables-save is too old to show "
				 "--random-fully",
				 name.text);
		note(evaluation, ANSWER_UNKNOWN, WEIGHT_PLAIN, reason);
	} else {
		nat_reason_print(reason, "%s masquerades, but not fully-random", name.text);
		note(evaluation, ANSWER_NO, WEIGHT_PLAIN, reason);
	}
}

/* The outer packet, all of its way. */
static void judge_wrapped(struct evaluation *evaluation, const struct encapsulation *encapsulation)
{
	struct nat_walk walk = begin_walk(evaluation, &encapsulation->packet, encapsulation->mark,
					  encapsulation->value);
	unsigned int set = 1;

	set = walk_outer(evaluation, &walk, &evaluation->output, set);
	set = walk_outer(evaluation, &walk, &evaluation->before, set);
	for (size_t i = 0; i < evaluation->nat.n_chains && set; i++) {
		set = nat_walk_base(&walk, evaluation->nat.chains[i], set);
		if (note_doubt(evaluation, &walk))
			return;
	}
	for (size_t i = 0; i < walk.n_values; i++) {
		if (walk.endings[i].rewritten)
			note_rewritten(evaluation, encapsulation, &walk.endings[i]);
	}
}

static void judge_ports(struct evaluation *evaluation, struct encapsulation *encapsulation,
			unsigned int port)
{
	encapsulation->packet.outer = true;
	for (size_t i = 0; i < N_ELEMENTS(usual_ports); i++) {
		encapsulation->packet.port = port ? port : usual_ports[i];
		judge_wrapped(evaluation, encapsulation);
		if (port)
			return;
	}
}

static void note_cleared(struct evaluation *evaluation, const struct nat_walk *walk)
{
	char reason[NAT_REASON_SIZE];

	if (!walk->clearing.rule)
		return;
	nat_reason_print(reason, "%s clears the mark 0x%x/0x%x",
			 name_of(evaluation, &walk->clearing).text, walk->mark->value,
			 walk->mark->mask);
	note(evaluation, ANSWER_NO, WEIGHT_CLEARED, reason);
}

/* The inner packets, which are wrapped with this value of the mark unless it is changed at last. */
static void judge_left(struct evaluation *evaluation, const struct nat_walk *inner, size_t index,
		       const struct nat_rules_device *device)
{
	struct nat_walk walk =
		begin_walk(evaluation, &inner->packet, inner->mark, inner->values[index]);
	unsigned int set = 1;

	for (size_t i = 0; i < evaluation->after.n_chains && set; i++) {
		set = nat_walk_base(&walk, evaluation->after.chains[i], set);
		if (note_doubt(evaluation, &walk))
			return;
	}
	set = marked(&walk, set);
	if (!set)
		note_cleared(evaluation, inner->clearing.rule ? inner : &walk);
	for (size_t i = 0; i < walk.n_values; i++) {
		struct encapsulation encapsulation = {
			.mark = walk.mark,
			.value = walk.values[i],
			.place = inner->endings[index].place,
			.packet = walk.packet,
		};

		if (set & 1u << i)
			judge_ports(evaluation, &encapsulation, device->port);
	}
}

/*
 * A packet with the mark that leaves by the device. Its mark was set where destinations are
 * translated: what it may have passed before POSTROUTING is not looked at, since none that is
 * forwarded passes OUTPUT, and none of this node's own FORWARD.
 */
static void judge_inner(struct evaluation *evaluation, const struct nat_mark *mark,
			const struct nat_rules_device *device)
{
	const struct nat_packet packet = {.device = device->name, .ipv6 = evaluation->ipv6};
	struct nat_walk walk = begin_walk(evaluation, &packet, mark, mark->value);
	const struct route *const routes[] = {&evaluation->before, &evaluation->nat};
	unsigned int set = 1;

	for (size_t i = 0; i < N_ELEMENTS(routes); i++) {
		for (size_t j = 0; j < routes[i]->n_chains && set; j++) {
			set = nat_walk_base(&walk, routes[i]->chains[j], set);
			if (note_doubt(evaluation, &walk))
				return;
		}
	}
	set |= rewritten(&walk);
	for (size_t i = 0; i < walk.n_values; i++) {
		if (set & 1u << i)
			judge_left(evaluation, &walk, i, device);
	}
}

/*
 * Does `a` come before `b`? Chains of programs that print text are of unknown order among those of
 * the same priority: `first` is the one that is taken to be the first.
 */
static bool comes_before(const struct nat_chain *a, const struct nat_chain *b,
			 const struct nat_chain *first)
{
	if (a->priority != b->priority)
		return a->priority < b->priority;
	if (a == first || b == first)
		return a == first;
	return a->order > b->order;
}

static void add_to_route(struct evaluation *evaluation, struct route *route,
			 struct nat_chain *chain, const struct nat_chain *first)
{
	size_t place = route->n_chains;

	if (route->n_chains == ROUTE_MAX) {
		note(evaluation, ANSWER_UNKNOWN, WEIGHT_NOTHING, "there are too many base chains");
		return;
	}
	for (; place > 0 && comes_before(chain, route->chains[place - 1], first); place--)
		route->chains[place] = route->chains[place - 1];
	route->chains[place] = chain;
	route->n_chains++;
}

/* Lays the routes of the family, with one of the chains before all others of its priority. */
static void lay_routes(struct evaluation *evaluation, const struct nat_chain *first)
{
	const struct nat_ruleset *ruleset = evaluation->ruleset;
	const unsigned int family = evaluation->ipv6 ? NAT_FAMILY_IPV6 : NAT_FAMILY_IPV4;

	evaluation->output.n_chains = evaluation->before.n_chains = 0;
	evaluation->nat.n_chains = evaluation->after.n_chains = 0;
	for (size_t i = 0; i < ruleset->n_chains; i++) {
		struct nat_chain *chain = ruleset->chains[i];

		if (!(ruleset->tables[chain->table].families & family))
			continue;
		if (chain->hook == NAT_HOOK_OUTPUT)
			add_to_route(evaluation, &evaluation->output, chain, first);
		else if (chain->hook == NAT_HOOK_POSTROUTING && chain->translates)
			add_to_route(evaluation, &evaluation->nat, chain, first);
		else if (chain->hook == NAT_HOOK_POSTROUTING)
			add_to_route(evaluation,
				     chain->priority < NAT_PRIORITY_SOURCE ? &evaluation->before
									   : &evaluation->after,
				     chain, first);
	}
}

static void judge_routes(struct evaluation *evaluation, const struct nat_rules_device devices[],
			 size_t n_devices)
{
	static const struct nat_rules_device any = {NULL, 0};

	if (n_devices == 0 || n_devices > DEVICES_MAX) {
		devices = &any;
		n_devices = 1;
	}
	for (size_t i = 0; i < evaluation->marks.count * n_devices; i++)
		judge_inner(evaluation, &evaluation->marks.list[i / n_devices],
			    &devices[i % n_devices]);
}

/* Every order that the kernel may have: see comes_before(). */
static void judge_orders(struct evaluation *evaluation, const struct nat_rules_device devices[],
			 size_t n_devices)
{
	struct route all;

	lay_routes(evaluation, NULL);
	judge_routes(evaluation, devices, n_devices);
	all = evaluation->nat;
	for (size_t i = 0; i < all.n_chains && all.n_chains > 1; i++) {
		if (all.chains[i]->order)
			continue;
		lay_routes(evaluation, all.chains[i]);
		judge_routes(evaluation, devices, n_devices);
	}
}

/* The rules of one family. */
static void judge_family(struct evaluation *evaluation, bool ipv6,
			 const struct nat_rules_device devices[], size_t n_devices)
{
	char reason[NAT_REASON_SIZE];
	int result;

	evaluation->ipv6 = ipv6;
	result = nat_marks_learn(evaluation->ruleset, ipv6 ? NAT_FAMILY_IPV6 : NAT_FAMILY_IPV4,
				 &evaluation->marks);
	if (result == -ENOMEM)
		evaluation->error = result;
	else if (result == -E2BIG)
		note(evaluation, ANSWER_UNKNOWN, WEIGHT_NOTHING,
		     "too many different marks are set");
	else if (result < 0)
		note(evaluation, ANSWER_UNKNOWN, WEIGHT_NOTHING,
		     "which mark Kubernetes uses cannot be read");
	judge_orders(evaluation, devices, n_devices);
	if (evaluation->marks.count == 0)
		return;
	nat_reason_print(reason, "no rule masquerades by the mark 0x%x/0x%x",
			 evaluation->marks.list[0].value, evaluation->marks.list[0].mask);
	note(evaluation, ANSWER_NO, WEIGHT_NO_RULE, reason);
}

static void judge_whole(struct evaluation *evaluation)
{
	const struct nat_ruleset *ruleset = evaluation->ruleset;

	if (ruleset->fault)
		note(evaluation, ANSWER_UNKNOWN, WEIGHT_NOTHING, ruleset->fault);
	for (size_t i = 0; i < ruleset->n_tables; i++) {
		if (!ruleset->tables[i].committed)
			note(evaluation, ANSWER_UNKNOWN, WEIGHT_NOTHING,
			     "a table ends before its COMMIT");
	}
}

int nat_rules_judge(struct nat_ruleset *ruleset, const struct nat_rules_device devices[],
		    size_t n_devices, struct nat_rules_outcome *ret_outcome)
{
	struct evaluation evaluation = {
		.ruleset = ruleset,
		.visits_left = VISITS_MAX,
		.verdict = {ANSWER_NO, WEIGHT_NOTHING,
			    "no rule of kube-proxy or kubelet sets a mark for masquerading"},
	};
	char *reason;

	judge_whole(&evaluation);
	judge_family(&evaluation, false, devices, n_devices);
	judge_family(&evaluation, true, devices, n_devices);
	if (evaluation.error < 0)
		return evaluation.error;
	reason = strdup(evaluation.verdict.reason);
	if (!reason)
		return -ENOMEM;
	*ret_outcome = (struct nat_rules_outcome){
		.vulnerable = evaluation.verdict.vulnerable,
		.reason = reason,
		.absent = evaluation.verdict.vulnerable == ANSWER_NO &&
			  evaluation.verdict.weight == WEIGHT_NOTHING,
	};
	return 0;
}

void nat_rules_outcome_clear(struct nat_rules_outcome *outcome)
{
	free(outcome->reason);
	*outcome = (struct nat_rules_outcome){0};
}
