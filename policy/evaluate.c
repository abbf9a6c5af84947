/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/evaluate.h"

#include "cleanup.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <string.h>

const char *condition_name(enum condition_name name)
{
	return name == CONDITION_KUBERNETES ? "kubernetes" : "kernel";
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
	const struct range *hit;
	struct version version;

	condition->name = CONDITION_KUBERNETES;
	if (kubernetes->present == ANSWER_NO)
		return conclude(condition, ANSWER_NO, "no trace of Kubernetes on this node");
	if (!kubernetes->version)
		return conclude(condition, ANSWER_UNKNOWN,
				"the version of Kubernetes is not known");
	if (asprintf(&subject, "%s%s%s%s", kubernetes->version, kubernetes->component ? " (" : "",
		     kubernetes->component ? kubernetes->component : "",
		     kubernetes->component ? ")" : "") < 0) {
		subject = NULL;
		return -ENOMEM;
	}
	if (version_parse_kubernetes(kubernetes->version, &version) < 0)
		return conclude(condition, ANSWER_UNKNOWN, "%s is no Kubernetes version", subject);
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

/*
 * Sets what the version said against what the node's nat rules say: `believe` tells whether the
 * rules are the answer; what is not is only told.
 */
static int weigh_nat_rules(const struct nat_rules_facts *nat_rules, bool believe,
			   struct condition *condition)
{
	const enum answer version = condition->outcome;
	const enum answer found = nat_rules->read ? nat_rules->vulnerable : ANSWER_UNKNOWN;
	const char *reason = nat_rules->reason ? nat_rules->reason : "nobody looked";
	const bool disagree =
		found != version && found != ANSWER_UNKNOWN && version != ANSWER_UNKNOWN;
	_cleanup_free_ char *lookup = TAKE_PTR(condition->reason);

	if (believe)
		return conclude(condition, found, "nat rules%s: %s; by the version%s: %s",
				nat_rules->read ? "" : " not read", reason,
				disagree ? ", which disagrees" : "", lookup);
	return conclude(condition, version, "%s; nat rules%s: %s", lookup,
			disagree ? " disagree (see kubernetes.evidence)" : "", reason);
}

static int judge_kubernetes_by(const struct rule *rule, const struct facts *facts,
			       const struct evidence *evidence, struct condition *condition)
{
	int result = judge_kubernetes(rule, &facts->kubernetes, condition);

	if (result < 0 || (!evidence->kubernetes_rules && !facts->nat_rules.read))
		return result;
	return weigh_nat_rules(&facts->nat_rules, evidence->kubernetes_rules, condition);
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

static int judge_number(const struct kernel_line *line, const char *number, const char *subject,
			struct condition *condition)
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
	return subject ? judge_number(line, number, subject, condition) : -ENOMEM;
}

static enum answer measured_answer(const struct rule *rule, const struct measured_facts *measured)
{
	if (!measured->source)
		return ANSWER_UNKNOWN;
	return rule->probe == RULE_PROBE_ZERO_CHECKSUM ? measured->zero_checksum
						       : measured->udp_checksum;
}

/* How one answer stands to the other one; both are told side by side. */
static const char *relation(enum answer one, enum answer other)
{
	if (one == ANSWER_UNKNOWN || other == ANSWER_UNKNOWN)
		return "says";
	return one == other ? "agrees" : "disagrees";
}

/* What was measured is the answer; what the table says is told. */
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

static int judge_rule(const struct rule *rule, const struct facts *facts,
		      const struct evidence *evidence, struct rule_judgement *judged)
{
	int result = 0;

	judged->rule = rule;
	judged->verdict = ANSWER_YES;
	if (rule->has_kubernetes)
		result = judge_kubernetes_by(rule, facts, evidence,
					     &judged->conditions[judged->n_conditions++]);
	if (result == 0 && rule->n_kernel > 0)
		result = judge_kernel_by(rule, facts, evidence,
					 &judged->conditions[judged->n_conditions++]);
	for (size_t i = 0; i < judged->n_conditions; i++)
		judged->verdict = answer_and(judged->verdict, judged->conditions[i].outcome);
	return result;
}

int policy_evaluate(const struct rules *rules, const struct facts *facts,
		    const struct evidence *evidence, struct judgement *ret_judgement)
{
	_cleanup_(judgement_clear) struct judgement judgement = {.verdict = ANSWER_NO};

	judgement.rules = calloc(rules->n_rules + 1, sizeof(*judgement.rules));
	if (!judgement.rules)
		return -ENOMEM;
	for (size_t i = 0; i < rules->n_rules; i++) {
		struct rule_judgement *judged = &judgement.rules[judgement.n_rules++];
		int result = judge_rule(&rules->rules[i], facts, evidence, judged);

		if (result < 0)
			return result;
		judgement.verdict = answer_or(judgement.verdict, judged->verdict);
	}
	*ret_judgement = judgement;
	judgement = (struct judgement){0};
	return 0;
}

void judgement_clear(struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->n_rules; i++) {
		for (size_t j = 0; j < judgement->rules[i].n_conditions; j++)
			free(judgement->rules[i].conditions[j].reason);
	}
	free(judgement->rules);
	*judgement = (struct judgement){0};
}
