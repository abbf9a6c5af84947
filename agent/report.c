/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/report.h"

#include "agent/exit_code.h"
#include "agent/text.h"
#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *state_name(enum state state)
{
	static const char *const names[STATES] = {
		[STATE_NOT_AFFECTED] = "not-affected", [STATE_NOT_EXPOSED] = "not-exposed",
		[STATE_MITIGATED] = "mitigated",       [STATE_VULNERABLE] = "vulnerable",
		[STATE_UNKNOWN] = "unknown",
	};

	return names[state];
}

int state_exit_code(enum state state)
{
	switch (state) {
	case STATE_NOT_AFFECTED:
	case STATE_NOT_EXPOSED:
	case STATE_MITIGATED:
		return EXIT_CODE_OK;
	case STATE_VULNERABLE:
		return EXIT_CODE_VULNERABLE;
	case STATE_UNKNOWN:
	case STATES:
		break;
	}
	return EXIT_CODE_UNKNOWN;
}

/*
 * Writes the summary; one that is too long ends in "...". Versions and names in it come from
 * outside, and it is shown on a terminal.
 */
static void summarize(struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void summarize(struct report *report, const char *format, ...)
{
	char text[REPORT_SUMMARY_SIZE];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length >= (int)sizeof(text))
		strcpy(text + sizeof(text) - 4, "...");
	text_clean(text, report->summary, sizeof(report->summary));
}

/* How the exposed NICs stand. */
struct tally {
	size_t n_exposed; /* whose exposure is certain or in doubt */
	size_t n_on; /* with a required feature of an affected rule on */
	size_t n_in_doubt; /* with one on that a rule of unknown verdict requires off */
	size_t n_unreadable; /* that could not be read */
	const char *unnamed; /* a rule that requires off what the kernel has no name for; or NULL */
	const struct nic *first_exposed, *first_on, *first_unreadable;
	struct feature_mask on; /* of first_on: what makes it count */
};

static void tally_nic(struct tally *tally, const struct nic *nic, bool dry_run)
{
	struct feature_mask active = nic->features.active, on, in_doubt;

	if (!nic->plan.exposed || nic->error == -ENODEV)
		return;
	if (tally->n_exposed++ == 0)
		tally->first_exposed = nic;
	if (!tally->unnamed)
		tally->unnamed = nic->plan.unnamed;
	if (nic->error < 0) {
		if (tally->n_unreadable++ == 0)
			tally->first_unreadable = nic;
		return;
	}
	if (dry_run)
		active = feature_mask_or(feature_mask_without(active, nic->todo.turn_off),
					 nic->todo.give_back);
	on = feature_mask_and(active, nic->plan.required);
	in_doubt = feature_mask_and(active, nic->plan.in_doubt);
	if (!feature_mask_is_empty(&on) && tally->n_on++ == 0) {
		tally->first_on = nic;
		tally->on = on;
	}
	tally->n_in_doubt += !feature_mask_is_empty(&in_doubt);
}

/* The first of the rule's required names that means one of the features; NULL when none does. */
static const char *required_name(const struct report *report, const struct rule *rule,
				 struct feature_mask features)
{
	for (size_t i = 0; rule->required[i]; i++) {
		struct feature_mask meant;

		if (ethtool_nl_mask(report->inspection->handle, rule->required[i], &meant) < 0)
			continue;
		meant = feature_mask_and(meant, features);
		if (!feature_mask_is_empty(&meant))
			return rule->required[i];
	}
	return NULL;
}

/* Features that a rule requires off, in people's words: the name or group that the rule gives. */
static void name_features(const struct report *report, struct feature_mask features, char *text,
			  size_t size)
{
	const struct plan *plan = &report->inspection->plan;

	snprintf(text, size, "offload");
	for (size_t i = 0; i < plan->n_rules; i++) {
		const struct rule_judgement *judged = plan->rules[i].judgement;
		const char *feature = required_name(report, judged->rule, features);

		if (judged->verdict == ANSWER_NO || !feature)
			continue;
		if (strcmp(feature, "tx") == 0 || strcmp(feature, "rx") == 0)
			snprintf(text, size, "%s checksum offload", feature);
		else
			snprintf(text, size, "%s", feature);
		return;
	}
}

static void name_nics(const struct nic *first, size_t n_nics, char *text, size_t size)
{
	char name[LINK_NAME_SIZE];

	text_clean(first->link.name, name, sizeof(name));
	if (n_nics == 1)
		snprintf(text, size, "%s", name);
	else
		snprintf(text, size, "%s and %zu more", name, n_nics - 1);
}

static void summarize_not_affected(struct report *report)
{
	const struct facts *facts = &report->inspection->facts;

	if (report->inspection->judgement.n_rules == 0)
		summarize(report, "Not affected: no rule is enabled");
	else if (facts->kubernetes.present == ANSWER_NO)
		summarize(report, "Not affected: no trace of Kubernetes on this node");
	else
		summarize(report, "Not affected: Kubernetes %s, kernel %s",
			  facts->kubernetes.version ? facts->kubernetes.version : "unknown",
			  facts->kernel.release ? facts->kernel.release : "unknown");
}

/* The first condition that nobody can answer is what is missing. */
static void summarize_unknown(struct report *report)
{
	const struct judgement *judgement = &report->inspection->judgement;

	for (size_t i = 0; i < judgement->n_rules; i++) {
		const struct rule_judgement *judged = &judgement->rules[i];

		for (size_t j = 0; judged->verdict == ANSWER_UNKNOWN && j < judged->n_conditions;
		     j++) {
			if (judged->conditions[j].outcome == ANSWER_UNKNOWN) {
				summarize(report, "Unknown: %s", judged->conditions[j].reason);
				return;
			}
		}
	}
	summarize(report, "Unknown: the state cannot be told");
}

static void summarize_exposed(struct report *report, const struct tally *tally)
{
	const struct link_plan *plan = &tally->first_exposed->plan;
	char features[64], nics[64];

	if (tally->n_on) {
		name_features(report, tally->on, features, sizeof(features));
		name_nics(tally->first_on, tally->n_on, nics, sizeof(nics));
		report->state = STATE_VULNERABLE;
		summarize(report, "Vulnerable: %s %s %s on", nics,
			  tally->n_on == 1 ? "has" : "have", features);
	} else if (tally->n_unreadable) {
		name_nics(tally->first_unreadable, tally->n_unreadable, nics, sizeof(nics));
		report->state = STATE_UNKNOWN;
		summarize(report, "Unknown: the features of %s cannot be read", nics);
	} else if (tally->unnamed) {
		report->state = STATE_UNKNOWN;
		summarize(report, "Unknown: rule %s names no feature that this kernel has",
			  tally->unnamed);
	} else if (tally->n_in_doubt) {
		report->state = STATE_UNKNOWN;
		summarize_unknown(report);
	} else {
		name_features(report, feature_mask_or(plan->required, plan->in_doubt), features,
			      sizeof(features));
		name_nics(tally->first_exposed, tally->n_exposed, nics, sizeof(nics));
		report->state = STATE_MITIGATED;
		summarize(report, "Mitigation: %s off on %s", features, nics);
	}
}

/*
 * A node that is known by its facts alone has no features to look at: an exposed device, or not
 * knowing whether there is one, counts as vulnerable until somebody looks.
 */
static void summarize_facts_only(struct report *report)
{
	const struct inspection *inspection = report->inspection;
	size_t n_exposed = 0;

	for (size_t i = 0; i < inspection->n_nics; i++)
		n_exposed += inspection->nics[i].plan.exposed;
	if (inspection->facts.links_known && n_exposed == 0) {
		report->state = STATE_NOT_EXPOSED;
		summarize(report, "Not exposed: a rule applies, but no exposed device is listed");
	} else {
		report->state = STATE_VULNERABLE;
		summarize(report, "Vulnerable: affected, as far as these facts tell");
	}
}

void report_make(const struct inspection *inspection, bool dry_run, struct report *ret_report)
{
	struct report report = {.inspection = inspection, .dry_run = dry_run};
	struct tally tally = {0};

	for (size_t i = 0; i < inspection->n_nics; i++)
		tally_nic(&tally, &inspection->nics[i], dry_run);

	if (inspection->judgement.verdict == ANSWER_NO) {
		report.state = STATE_NOT_AFFECTED;
		summarize_not_affected(&report);
	} else if (inspection->judgement.verdict == ANSWER_YES && !inspection->handle) {
		summarize_facts_only(&report);
	} else if (inspection->handle && tally.n_exposed) {
		summarize_exposed(&report, &tally);
	} else if (inspection->judgement.verdict == ANSWER_YES) {
		report.state = STATE_NOT_EXPOSED;
		summarize(&report,
			  "Not exposed: a rule applies, but no exposed device is here now");
	} else {
		report.state = STATE_UNKNOWN;
		summarize_unknown(&report);
	}
	*ret_report = report;
}
