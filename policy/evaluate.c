/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/evaluate.h"

#include "array.h"
#include "cleanup.h"
#include "policy/nat_witness.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <string.h>

const char *condition_name(enum condition_name name)
{
	switch (name) {
	case CONDITION_KUBERNETES:
		return "kubernetes";
	case CONDITION_NAT:
		return "nat";
	case CONDITION_MACHINE:
		return "machine";
	case CONDITION_KERNEL:
	case CONDITIONS:
		break;
	}
	return "kernel";
}

const char *verdict_name(enum answer verdict)
{
	switch (verdict) {
	case ANSWER_NO:
		return "not-affected";
	case ANSWER_UNKNOWN:
		return "unknown";
	case ANSWER_YES:
		return "affected";
	}
	return "unknown";
}

static int conclude(struct condition *condition, enum answer outcome, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int conclude(struct condition *condition, enum answer outcome, const char *format, ...)
{
	va_list arguments;
	int length;

	condition->outcome = outcome;
	va_start(arguments, format);
	length = vasprintf(&condition->reason, format, arguments);
	va_end(arguments);
	if (length < 0) {
		condition->reason = NULL;
		return -ENOMEM;
	}
	return 0;
}

/*
 * Concludes for a version that no range holds: `subject` is the version in words, `passed` the
 * range that it is past, if any.
 */
static int conclude_outside(struct condition *condition, const char *subject,
			    const struct range *passed)
{
	const char *upper;

	if (!passed)
		return conclude(condition, ANSWER_NO, "%s is in no affected range", subject);
	/* What is not in a range that ends in "<X" is fixed from X on. */
	upper = passed->upper_inclusive ? NULL : strchr(passed->text, '<');
	if (!upper)
		return conclude(condition, ANSWER_NO, "%s is past %s", subject, passed->text);
	return conclude(condition, ANSWER_NO, "%s is past %s: fixed from %.*s on", subject,
			passed->text, (int)strcspn(upper + 1, " \t"), upper + 1);
}

static int judge_kubernetes(const struct rule *rule, const struct kubernetes_facts *kubernetes,
			    struct condition *condition)
{
	_cleanup_free_ char *subject = NULL;
	/* A source is this very node's, whose configuration can name the version. */
	const char *help = kubernetes->source ? ": set kubernetes.version" : "";
	const struct range *hit;
	struct version version;

	condition->name = CONDITION_KUBERNETES;
	if (kubernetes->present == ANSWER_NO)
		return conclude(condition, ANSWER_NO, "no trace of Kubernetes on this node");
	if (!kubernetes->version)
		return conclude(condition, ANSWER_UNKNOWN,
				"the version of Kubernetes is not known%s", help);
	if (asprintf(&subject, "%s%s%s%s", kubernetes->version, kubernetes->component ? " (" : "",
		     kubernetes->component ? kubernetes->component : "",
		     kubernetes->component ? ")" : "") < 0) {
		subject = NULL;
		return -ENOMEM;
	}
	if (version_parse_kubernetes(kubernetes->version, &version) < 0)
		return conclude(condition, ANSWER_UNKNOWN, "%s is no Kubernetes version%s", subject,
				help);
	switch (range_list_contains(&rule->kubernetes, &version, &hit)) {
	case ANSWER_YES:
		return conclude(condition, ANSWER_YES, "%s is in %s", subject, hit->text);
	case ANSWER_UNKNOWN:
		return conclude(condition, ANSWER_UNKNOWN,
				"%s was built between an affected version and one that is not",
				subject);
	case ANSWER_NO:
		break;
	}
	return conclude_outside(condition, subject, range_list_passed(&rule->kubernetes, &version));
}

/* What two witnesses say, the opposite of each other; nothing where one of them does not know. */
static int contradict(struct condition *condition, const char *one, enum answer said,
		      const char *other, enum answer says)
{
	if (said == ANSWER_UNKNOWN || says == ANSWER_UNKNOWN || said == says)
		return 0;
	if (asprintf(&condition->contradiction, "%s: %s, %s: %s", one, verdict_name(said), other,
		     verdict_name(says)) >= 0)
		return 0;
	condition->contradiction = NULL;
	return -ENOMEM;
}

/*
 * Sets what the version said against what the node's own masquerading shows: `believe` says
 * whether that is the answer; the other is only shown.
 */
static int weigh_nat(const struct nat_witness *nat, bool believe, struct condition *condition)
{
	const enum answer version = condition->outcome;
	_cleanup_free_ char *lookup = TAKE_PTR(condition->reason);
	int result = 0;

	if (!nat->absent)
		result = contradict(condition, "by its version Kubernetes is", version,
				    "by the node's own nat rules", nat->outcome);
	if (result < 0)
		return result;
	if (believe)
		return conclude(condition, nat->outcome, "%s; by the version%s: %s", nat->reason,
				condition->contradiction ? ", which disagrees" : "", lookup);
	return conclude(condition, version, "%s; %s%s", lookup,
			condition->contradiction ? "against it (see kubernetes.evidence): " : "",
			nat->reason);
}

static int judge_kubernetes_by(const struct rule *rule, const struct facts *facts,
			       const struct evidence *evidence, struct condition *condition)
{
	_cleanup_(nat_witness_clear) struct nat_witness nat = {0};
	int result = judge_kubernetes(rule, &facts->kubernetes, condition);

	if (result == 0)
		result = nat_witness_judge(facts, &nat);
	if (result < 0 || (!evidence->kubernetes_rules && !nat.looked))
		return result;
	return weigh_nat(&nat, evidence->kubernetes_rules, condition);
}

/* The node's own nat rules, whatever program wrote them. */
static int judge_nat(const struct facts *facts, struct condition *condition, bool *ret_looked)
{
	_cleanup_(nat_witness_clear) struct nat_witness nat = {0};
	int result = nat_witness_judge(facts, &nat);

	condition->name = CONDITION_NAT;
	if (result < 0)
		return result;
	*ret_looked = nat.looked;
	if (nat.flows_object)
		result = contradict(condition, "by its nat rules this node is", ANSWER_NO,
				    "by its VXLAN flows", ANSWER_YES);
	if (result < 0)
		return result;
	return conclude(condition, nat.outcome, "%s", nat.reason);
}

/* Are the first two numbers of `base` the series? */
static bool in_series(const char *series, const char *base)
{
	size_t length = strlen(series);

	return base && strncmp(series, base, length) == 0 &&
	       (base[length] == '.' || base[length] == '\0' || base[length] == '-');
}

static bool keys_fit(const struct kernel_line *line, const struct kernel_facts *kernel)
{
	if (line->series && !in_series(line->series, kernel->base))
		return false;
	if (line->flavour && (!kernel->flavour || strcmp(line->flavour, kernel->flavour) != 0))
		return false;
	if (line->release && (!kernel->release || fnmatch(line->release, kernel->release, 0) != 0))
		return false;
	if (line->version && (!kernel->version || fnmatch(line->version, kernel->version, 0) != 0))
		return false;
	return true;
}

static const struct kernel_line *find_family(const struct rule *rule,
					     const struct kernel_facts *kernel, const char *family)
{
	for (size_t i = 0; i < rule->n_kernel; i++) {
		if (strcmp(rule->kernel[i].family, family) == 0 &&
		    keys_fit(&rule->kernel[i], kernel))
			return &rule->kernel[i];
	}
	return NULL;
}

/* The family's own line, else the upstream one. */
static const struct kernel_line *find_line(const struct rule *rule,
					   const struct kernel_facts *kernel)
{
	const struct kernel_line *line = find_family(rule, kernel, kernel->family);

	return line ? line : find_family(rule, kernel, "upstream");
}

/* The range that the version passed last, be it an affected or an unknown one; or NULL. */
static const struct range *last_passed(const struct kernel_line *line,
				       const struct version *version)
{
	const struct range *affected = range_list_passed(&line->affected, version);
	const struct range *unknown = range_list_passed(&line->unknown, version);

	if (!affected || !unknown)
		return affected ? affected : unknown;
	return version_compare(&unknown->upper, &affected->upper) > 0 ? unknown : affected;
}

/*
 * For a kernel whose number says only what it has at least, "4.19" or a frozen 5.10.134: does the
 * table say the same of it and of all later ones of the series?
 */
static int judge_from(const struct kernel_line *line, const struct version *first, bool frozen,
		      const char *subject, struct condition *condition)
{
	enum answer affected = range_list_contains_from(&line->affected, first);
	enum answer unknown = range_list_contains_from(&line->unknown, first);

	if (affected == ANSWER_YES)
		return conclude(condition, ANSWER_YES,
				"%s: all of that series%s are affected (%s table)", subject,
				first->numbers[2] > 0 ? " from there on" : "", line->family);
	if (affected == ANSWER_NO && unknown == ANSWER_NO)
		return conclude_outside(condition, subject, last_passed(line, first));
	if (affected == ANSWER_NO && unknown == ANSWER_YES)
		return conclude(condition, ANSWER_UNKNOWN,
				"%s: nobody knows which of that series are affected (%s table)",
				subject, line->family);
	return conclude(condition, ANSWER_UNKNOWN,
			"%s: %sthe third number is not known, and it decides (%s table)", subject,
			frozen ? "it stands still while fixes are added, so that " : "",
			line->family);
}

/*
 * Does the line take a frozen number for what it says? One of the kernel's own family does, and one
 * that picks kernels by their strings: whoever wrote it knew those numbers. The common lines are
 * about upstream's.
 */
static bool takes_frozen(const struct kernel_line *line)
{
	return strcmp(line->family, "upstream") != 0 || line->release || line->version;
}

static int judge_number(const struct kernel_line *line, const char *number, bool frozen,
			const char *subject, struct condition *condition)
{
	const struct range *hit;
	struct version version;
	int result;

	if (line->affected.n_ranges == 0 && line->unknown.n_ranges == 0)
		return conclude(condition, ANSWER_NO, "no %s kernel of this kind is affected: %s",
				line->family, subject);
	result = line->by_build ? version_parse_build(number, &version)
				: version_parse_kernel(number, &version);
	if (result < 0)
		return conclude(condition, ANSWER_UNKNOWN, "%s has no number that can be compared",
				subject);
	frozen = frozen && !takes_frozen(line);
	if (!line->by_build && (frozen || version_is_kernel_series(number)))
		return judge_from(line, &version, frozen, subject, condition);
	if (range_list_contains(&line->affected, &version, &hit) == ANSWER_YES)
		return conclude(condition, ANSWER_YES, "%s is in %s (%s table)", subject, hit->text,
				line->family);
	if (range_list_contains(&line->unknown, &version, &hit) == ANSWER_YES)
		return conclude(condition, ANSWER_UNKNOWN,
				"%s is in %s (%s table), where nobody knows which are affected",
				subject, hit->text, line->family);
	return conclude_outside(condition, subject, last_passed(line, &version));
}

/* The number in words: "4.19.118 (debian 4.19.0-9-amd64)", "build 106.107 (ubuntu ...)". */
static char *kernel_subject(const struct kernel_facts *kernel, const char *number, bool by_build)
{
	bool plain = !kernel->release || strcmp(kernel->release, number) == 0;
	char *subject;
	int length;

	if (plain)
		length = asprintf(&subject, "%s%s", by_build ? "build " : "", number);
	else
		length = asprintf(&subject, "%s%s (%s %s)", by_build ? "build " : "", number,
				  kernel->family, kernel->release);
	return length < 0 ? NULL : subject;
}

static int judge_kernel(const struct rule *rule, const struct kernel_facts *kernel,
			struct condition *condition)
{
	_cleanup_free_ char *subject = NULL;
	const struct kernel_line *line;
	const char *number;

	condition->name = CONDITION_KERNEL;
	if (!kernel->family)
		return conclude(condition, ANSWER_UNKNOWN, "the kernel is not known");
	line = find_line(rule, kernel);
	if (!line)
		return conclude(condition, ANSWER_UNKNOWN, "the rule has no line for %s kernels",
				kernel->family);
	number = line->by_build ? kernel->build : kernel->base;
	if (!number)
		return conclude(condition, ANSWER_UNKNOWN, "%s (%s) does not tell its %s number",
				kernel->release ? kernel->release : "the kernel", kernel->family,
				line->by_build ? "build" : "upstream");
	subject = kernel_subject(kernel, number, line->by_build);
	return subject ? judge_number(line, number, kernel->frozen, subject, condition) : -ENOMEM;
}

static enum answer measured_answer(const struct rule *rule, const struct measured_facts *measured)
{
	if (!measured->source)
		return ANSWER_UNKNOWN;
	return rule->probe == RULE_PROBE_ZERO_CHECKSUM ? measured->zero_checksum
						       : measured->udp_checksum;
}

/* How one answer stands to the other one; both are shown side by side. */
static const char *relation(enum answer one, enum answer other)
{
	if (one == ANSWER_UNKNOWN || other == ANSWER_UNKNOWN)
		return "says";
	return one == other ? "agrees" : "disagrees";
}

/* What was measured is the answer; what the table says is shown beside it. */
static int conclude_measured(enum answer measurement, const char *source, const char *lookup,
			     enum answer table, struct condition *condition)
{
	if (measurement == ANSWER_UNKNOWN)
		return conclude(condition, ANSWER_UNKNOWN, "not measured: %s; the table says: %s",
				source ? source : "nobody tried", lookup);
	return conclude(condition, measurement, "measured %s (%s); the table %s: %s",
			corruption_name(measurement), source, relation(measurement, table), lookup);
}

/* Sets what the table said against what was measured. */
static int weigh_measurement(const struct rule *rule, const struct measured_facts *measured,
			     bool believe, struct condition *condition)
{
	const enum answer measurement = measured_answer(rule, measured), table = condition->outcome;
	_cleanup_free_ char *lookup = TAKE_PTR(condition->reason);
	int result = contradict(condition, "by the table this kernel is", table, "by measurement",
				measurement);

	if (result < 0)
		return result;
	if (believe)
		return conclude_measured(measurement, measured->source, lookup, table, condition);
	return conclude(condition, table, "%s; the measurement %s: %s (%s)", lookup,
			relation(measurement, table), corruption_name(measurement),
			measured->source);
}

static int judge_kernel_by(const struct rule *rule, const struct facts *facts,
			   const struct evidence *evidence, struct condition *condition)
{
	const struct measured_facts *measured = &facts->measured;
	int result = judge_kernel(rule, &facts->kernel, condition);

	if (result < 0 || rule->probe == RULE_PROBE_NONE)
		return result;
	if (!evidence->kernel_measured && measured_answer(rule, measured) == ANSWER_UNKNOWN)
		return 0;
	return weigh_measurement(rule, measured, evidence->kernel_measured, condition);
}

/* One word of the machine: "" is known not to be there. `why`, which may be NULL: it is not known.
 */
static int judge_word(const char *glob, const char *name, const char *word, const char *why,
		      struct condition *condition)
{
	enum answer outcome;

	if (!glob || condition->outcome == ANSWER_NO)
		return 0;
	if (!word)
		outcome = ANSWER_UNKNOWN;
	else
		outcome = fnmatch(glob, word, 0) == 0 ? ANSWER_YES : ANSWER_NO;
	if (condition->outcome == ANSWER_UNKNOWN && outcome != ANSWER_NO)
		return 0;
	free(condition->reason);
	if (outcome == ANSWER_UNKNOWN)
		return conclude(condition, outcome, "the machine's %s is not known%s%s", name,
				why ? ": " : "", why ? why : "");
	if (!*word)
		return conclude(condition, outcome, "the machine names no %s", name);
	return conclude(condition, outcome, "the machine's %s is \"%s\"%s%s%s", name, word,
			outcome == ANSWER_NO ? ", not \"" : "", outcome == ANSWER_NO ? glob : "",
			outcome == ANSWER_NO ? "\"" : "");
}

static int judge_machine(const struct machine_match *match, const struct machine_facts *machine,
			 struct condition *condition)
{
	const struct {
		const char *glob, *name, *word;
	} words[] = {
		{match->arch, "architecture", machine->arch},
		{match->vendor, "vendor", machine->vendor},
		{match->product, "product", machine->product},
		{match->model, "model", machine->model},
		{match->hypervisor, "hypervisor", machine->hypervisor},
	};

	condition->name = CONDITION_MACHINE;
	condition->outcome = ANSWER_YES;
	for (size_t i = 0; i < N_ELEMENTS(words); i++) {
		int result = judge_word(words[i].glob, words[i].name, words[i].word,
					machine->reason, condition);

		if (result < 0)
			return result;
	}
	return 0;
}

static struct condition *next_condition(struct rule_judgement *judged)
{
	return &judged->conditions[judged->n_conditions++];
}

/* Where one condition excludes the rule, it does not matter who disagrees about another. */
static void drop_contradictions(struct rule_judgement *judged)
{
	for (size_t i = 0; i < judged->n_conditions; i++) {
		struct condition *condition = &judged->conditions[i];

		for (size_t j = 0; j < judged->n_conditions; j++) {
			if (j == i || judged->conditions[j].outcome != ANSWER_NO)
				continue;
			free(condition->contradiction);
			condition->contradiction = NULL;
		}
	}
}

static int judge_rule(const struct rule *rule, const struct facts *facts,
		      const struct evidence *evidence, struct rule_judgement *judged)
{
	bool nat_looked = true;
	int result = 0;

	judged->rule = rule;
	judged->verdict = ANSWER_YES;
	if (rule->has_kubernetes)
		result = judge_kubernetes_by(rule, facts, evidence, next_condition(judged));
	if (result == 0 && rule->nat)
		result = judge_nat(facts, next_condition(judged), &nat_looked);
	if (result == 0 && rule->n_kernel > 0)
		result = judge_kernel_by(rule, facts, evidence, next_condition(judged));
	if (result == 0 && rule->machine)
		result = judge_machine(rule->machine, &facts->machine, next_condition(judged));
	if (result < 0)
		return result;
	for (size_t i = 0; i < judged->n_conditions; i++)
		judged->verdict = answer_and(judged->verdict, judged->conditions[i].outcome);
	judged->not_looked_at = !nat_looked && judged->verdict == ANSWER_UNKNOWN;
	drop_contradictions(judged);
	return 0;
}

int policy_evaluate(const struct rules *rules, const struct facts *facts,
		    const struct evidence *evidence, struct judgement *ret_judgement)
{
	_cleanup_(judgement_clear) struct judgement judgement = {.verdict = ANSWER_NO};

	judgement.rules = calloc(rules->n_rules + 1, sizeof(*judgement.rules));
	if (!judgement.rules)
		return -ENOMEM;
	for (size_t i = 0; i < rules->n_rules; i++) {
		struct rule_judgement *judged = &judgement.rules[judgement.n_rules];
		int result;

		if (rules->rules[i].mode == RULE_OFF)
			continue;
		judgement.n_rules++;
		result = judge_rule(&rules->rules[i], facts, evidence, judged);
		if (result < 0)
			return result;
		if (!judged->not_looked_at && !rule_is_decided_by_nics(judged->rule))
			judgement.verdict = answer_or(judgement.verdict, judged->verdict);
	}
	*ret_judgement = judgement;
	judgement = (struct judgement){0};
	return 0;
}

void judgement_clear(struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->n_rules; i++) {
		for (size_t j = 0; j < judgement->rules[i].n_conditions; j++) {
			free(judgement->rules[i].conditions[j].reason);
			free(judgement->rules[i].conditions[j].contradiction);
		}
	}
	free(judgement->rules);
	*judgement = (struct judgement){0};
}

const char *rule_judgement_reason(const struct rule_judgement *judged)
{
	for (size_t i = 0; judged->verdict != ANSWER_YES && i < judged->n_conditions; i++) {
		if (judged->conditions[i].outcome == judged->verdict)
			return judged->conditions[i].reason;
	}
	return NULL;
}

/* The contradiction at `place`, counted over all conditions of all rules, each of CONDITIONS. */
static const char *contradiction_at(const struct judgement *judgement, size_t place)
{
	const struct rule_judgement *judged = &judgement->rules[place / CONDITIONS];
	size_t condition = place % CONDITIONS;

	if (condition >= judged->n_conditions)
		return NULL;
	return judged->conditions[condition].contradiction;
}

const char *judgement_contradiction(const struct judgement *judgement, size_t *place)
{
	for (; *place < judgement->n_rules * CONDITIONS; (*place)++) {
		const char *text = contradiction_at(judgement, *place);
		bool repeated = false;

		for (size_t i = 0; text && i < *place; i++) {
			const char *earlier = contradiction_at(judgement, i);

			repeated |= earlier && strcmp(earlier, text) == 0;
		}
		if (text && !repeated) {
			(*place)++;
			return text;
		}
	}
	return NULL;
}
