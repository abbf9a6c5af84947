/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/report/report.h"

#include "agent/base/text.h"
#include "agent/reconcile/inspection.h"
#include "agent/reconcile/nic.h"
#include "agent/reconcile/policy_in_force.h"
#include "agent/reconcile/trusted_record.h"
#include "agent/record/service_status.h"
#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Makes the text fit into `size` bytes: what is too long ends in "..." behind a whole word. */
static void shorten(char *text, size_t size)
{
	size_t length = strlen(text);

	if (length < size)
		return;
	length = size - sizeof("...");
	/* Words of outside may be as long as the line. */
	for (size_t i = length; i > size / 2; i--) {
		if (text[i] == ' ') {
			length = i;
			break;
		}
	}
	while (length > 0 && strchr(" ,:;(", text[length - 1]))
		length--;
	strcpy(text + length, "...");
}

/*
 * Writes the summary; one that is too long ends in "...". Versions and names in it come from
 * outside, and it is shown on a terminal.
 */
static void summarize(struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void summarize(struct report *report, const char *format, ...)
{
	char text[2 * REPORT_SUMMARY_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	shorten(text, sizeof(report->summary));
	text_clean(text, report->summary, sizeof(report->summary));
}

/* How the NICs that some rules expose stand. */
struct tally {
	bool acting; /* by the rules that act alone, not by all */
	bool dry_run; /* as they would be after their todo */
	size_t n_exposed; /* whose exposure is certain or in doubt */
	size_t n_on; /* with a required feature of an affected rule on */
	size_t n_in_doubt; /* with one on of a rule whose verdict or exposure is unknown */
	size_t n_unreadable; /* that could not be read */
	const char *unnamed; /* a rule that requires off what the kernel has no name for; or NULL */
	const struct nic *first_exposed, *first_on, *first_in_doubt, *first_unreadable;
	struct feature_mask on; /* of first_on: what makes it count */
};

static void tally_features(struct tally *tally, const struct nic *nic,
			   const struct link_exposure *exposure)
{
	struct feature_mask active = nic->features.active, on, in_doubt;

	if (tally->dry_run)
		active = feature_mask_or(feature_mask_without(active, nic->todo.turn_off),
					 nic->todo.give_back);
	on = feature_mask_and(active, exposure->required);
	in_doubt = feature_mask_and(active, exposure->in_doubt);
	if (!feature_mask_is_empty(&on) && tally->n_on++ == 0) {
		tally->first_on = nic;
		tally->on = on;
	}
	if (!feature_mask_is_empty(&in_doubt) && tally->n_in_doubt++ == 0)
		tally->first_in_doubt = nic;
}

static void tally_nic(struct tally *tally, const struct nic *nic)
{
	const struct link_exposure *exposure = tally->acting ? &nic->plan.acting : &nic->plan.all;

	if (!exposure->exposed || nic->error == -ENODEV)
		return;
	if (tally->n_exposed++ == 0)
		tally->first_exposed = nic;
	if (!tally->unnamed)
		tally->unnamed = exposure->unnamed;
	if (nic->error == 0)
		tally_features(tally, nic, exposure);
	else if (tally->n_unreadable++ == 0)
		tally->first_unreadable = nic;
}

static void tally_nics(struct tally *tally, const struct report *report)
{
	for (size_t i = 0; i < report->n_nics; i++)
		tally_nic(tally, &report->nics[i]);
}

enum answer report_rule_exposes(const struct report *report, size_t place, const char **ret_name)
{
	enum answer answer = report->facts->links_known ? ANSWER_NO : ANSWER_UNKNOWN;

	for (size_t i = 0; i < report->n_nics && answer != ANSWER_YES; i++) {
		const struct nic *nic = &report->nics[i];
		enum answer exposes;

		if (nic->error == -ENODEV)
			continue;
		exposes = plan_rule_exposes(report->plan, place, &nic->link, nic_features(nic),
					    nic->recorded, NULL);
		if (ret_name && exposes != ANSWER_NO && (!*ret_name || exposes == ANSWER_YES))
			*ret_name = nic->link.name;
		answer = answer_or(answer, exposes);
	}
	return answer;
}

size_t report_rule_count(const struct report *report, size_t place)
{
	size_t n_sure = 0, n_unknown = 0;

	for (size_t i = 0; i < report->n_nics; i++) {
		const struct nic *nic = &report->nics[i];
		enum answer exposes;

		if (nic->error == -ENODEV)
			continue;
		exposes = plan_rule_exposes(report->plan, place, &nic->link, nic_features(nic),
					    nic->recorded, NULL);
		n_sure += exposes == ANSWER_YES;
		n_unknown += exposes == ANSWER_UNKNOWN;
	}
	return n_sure > 0 ? n_sure : n_unknown;
}

const char *report_rule_unknown(const struct report *report, size_t place)
{
	const char *unknown = NULL;

	for (size_t i = 0; i < report->n_nics; i++) {
		const struct nic *nic = &report->nics[i];

		if (nic->error != -ENODEV &&
		    plan_rule_exposes(report->plan, place, &nic->link, nic_features(nic),
				      nic->recorded, &unknown) == ANSWER_UNKNOWN)
			return unknown;
	}
	return NULL;
}

bool report_rule_is_vulnerable(const struct report *report, size_t place)
{
	if (report->judgement->rules[place].verdict != ANSWER_YES)
		return false;
	if (!report->handle)
		return report_rule_exposes(report, place, NULL) == ANSWER_YES;
	for (size_t i = 0; i < report->n_nics; i++) {
		const struct nic *nic = &report->nics[i];
		const struct feature_mask on =
			feature_mask_and(nic->features.active, report->plan->rules[place].required);

		if (nic->error == 0 && !feature_mask_is_empty(&on) &&
		    plan_rule_exposes(report->plan, place, &nic->link, nic_features(nic),
				      nic->recorded, NULL) == ANSWER_YES)
			return true;
	}
	return false;
}

enum answer report_rule_verdict(const struct report *report, size_t place)
{
	const struct rule_judgement *judged = &report->judgement->rules[place];

	if (!rule_is_decided_by_nics(judged->rule))
		return judged->verdict;
	return answer_and(judged->verdict, report_rule_exposes(report, place, NULL));
}

bool report_rule_looked_at(const struct report *report, size_t place)
{
	const struct rule_judgement *judged = &report->judgement->rules[place];

	if (report->facts->links_known || !rule_is_decided_by_nics(judged->rule))
		return !judged->not_looked_at;
	if (judged->verdict == ANSWER_YES)
		return judged->rule->mode != RULE_ADVISE;
	return judged->verdict == ANSWER_NO;
}

/* Does it advise, and may it be about this node? Then some NIC's exposure decides. */
static bool may_advise(const struct report *report, size_t place)
{
	const struct rule_judgement *judged = &report->judgement->rules[place];

	return judged->rule->mode == RULE_ADVISE && judged->verdict != ANSWER_NO &&
	       report->facts->links_known;
}

size_t report_count_advice(const struct report *report, const char **ret_id, const char **ret_name)
{
	size_t count = 0;

	for (size_t i = 0; i < report->judgement->n_rules; i++) {
		const char *name = NULL;

		if (!may_advise(report, i) || report_rule_exposes(report, i, &name) == ANSWER_NO ||
		    report_rule_mode(report, i) != RULE_ADVISE)
			continue;
		if (count++ > 0)
			continue;
		*ret_id = report->judgement->rules[i].rule->id;
		*ret_name = name;
	}
	return count;
}

/* May one of those rules ask for that feature of the NIC to be off? */
static bool one_may_require(const struct report *report, const struct nic *nic, unsigned int bit,
			    bool (*is_meant)(const struct report *report, size_t place))
{
	for (size_t i = 0; i < report->judgement->n_rules; i++) {
		if (feature_mask_has(&report->plan->rules[i].required, bit) &&
		    is_meant(report, i) &&
		    plan_rule_exposes(report->plan, i, &nic->link, nic_features(nic), nic->recorded,
				      NULL) != ANSWER_NO)
			return true;
	}
	return false;
}

bool report_advises(const struct report *report, const struct nic *nic, unsigned int bit)
{
	return one_may_require(report, nic, bit, may_advise);
}

static bool is_open(const struct report *report, size_t place)
{
	return report->judgement->rules[place].verdict != ANSWER_NO &&
	       !report_rule_looked_at(report, place);
}

bool report_leaves_open(const struct report *report, const struct nic *nic, unsigned int bit)
{
	return one_may_require(report, nic, bit, is_open);
}

/* Where an acting rule's feature is on: would `apply` turn it off? */
static void note_cure(const struct nic *nic, struct report *report)
{
	const struct feature_mask on =
		feature_mask_and(nic->features.active, nic->plan.acting.required);
	const struct feature_mask targets = feature_mask_and(on, nic->plan.target);

	if (nic->error != 0 || feature_mask_is_empty(&on))
		return;
	report->apply_helps |= !feature_mask_is_empty(&targets);
	if (feature_mask_is_empty(&targets) && !report->unselected)
		report->unselected = nic->link.name;
}

enum rule_mode report_rule_mode(const struct report *report, size_t place)
{
	const struct rule *rule = report->judgement->rules[place].rule;
	const struct symptom_facts *seen;
	const char *reason;

	if (rule->mode == RULE_ADVISE &&
	    report_rule_symptom(report, place, &seen, &reason) == ANSWER_YES)
		return RULE_TELL;
	return rule->mode;
}

/* Why nothing was looked at; NULL when it was. */
static const char *why_not_looked(const struct report *report)
{
	if (!report->handle)
		return report->facts->symptoms_known ? NULL : "these facts do not tell";
	if (!report->service->running)
		return "no service runs, and only the service looks";
	if (!plan_sweeps(report->plan))
		return "the service looks with its sweep, which the configuration turns off";
	return NULL;
}

enum answer report_rule_symptom(const struct report *report, size_t place,
				const struct symptom_facts **ret_seen, const char **ret_reason)
{
	const struct rule *rule = report->judgement->rules[place].rule;
	const char *reason;

	for (size_t i = 0; rule->symptom != SYMPTOM_NONE && i < report->n_nics; i++) {
		const struct nic *nic = &report->nics[i];
		const struct symptom_facts *seen =
			symptom_find(report->facts, rule->symptom, &nic->link);

		if (!seen || nic->error == -ENODEV ||
		    plan_rule_exposes(report->plan, place, &nic->link, nic_features(nic),
				      nic->recorded, NULL) == ANSWER_NO)
			continue;
		*ret_seen = seen;
		return ANSWER_YES;
	}
	reason = why_not_looked(report);
	if (!reason)
		return ANSWER_NO;
	*ret_reason = reason;
	return ANSWER_UNKNOWN;
}

static void count_nics(struct report *report)
{
	for (size_t i = 0; i < report->n_nics; i++) {
		const struct nic *nic = &report->nics[i];

		report->n_shown += nic_is_shown(nic);
		if (nic->error == -ENODEV)
			continue;
		report->n_selected += nic->plan.selected;
		report->n_exposed += nic->plan.all.exposed;
		report->n_vulnerable += nic_is_vulnerable(nic);
		note_cure(nic, report);
	}
}

/*
 * The verdict of the rules that count, where no link is exposed: a rule that only tells, and surely
 * exposes none, leaves nothing unknown; one about devices that are not here says nothing.
 */
static enum answer verdict_unexposed(const struct judgement *judgement, bool acting)
{
	enum answer by_acting = ANSWER_NO, by_telling = ANSWER_NO;

	for (size_t i = 0; i < judgement->n_rules; i++) {
		const struct rule_judgement *judged = &judgement->rules[i];

		if (judged->not_looked_at || rule_is_decided_by_nics(judged->rule))
			continue;
		if (judged->rule->mode == RULE_ACT)
			by_acting = answer_or(by_acting, judged->verdict);
		else
			by_telling = answer_or(by_telling, judged->verdict);
	}
	if (acting || by_acting != ANSWER_NO || by_telling == ANSWER_NO)
		return by_acting;
	return ANSWER_YES;
}

/* An advice that tells: by the NICs on which its symptom was seen. */
static enum answer verdict_by_symptom(const struct report *report, size_t place)
{
	const struct rule_judgement *judged = &report->judgement->rules[place];
	enum answer exposed = ANSWER_NO;

	for (size_t i = 0; i < report->n_nics; i++) {
		const struct nic *nic = &report->nics[i];

		if (nic->error != -ENODEV &&
		    plan_rule_mode(report->plan, place, &nic->link) == RULE_TELL)
			exposed = answer_or(
				exposed, plan_rule_exposes(report->plan, place, &nic->link,
							   nic_features(nic), nic->recorded, NULL));
	}
	return answer_and(judged->verdict, exposed);
}

/* What the rules about devices say of the node by its NICs, those that only advise left out. */
static enum answer verdict_by_devices(const struct report *report, bool acting)
{
	enum answer verdict = ANSWER_NO;

	for (size_t i = 0; i < report->judgement->n_rules; i++) {
		const struct rule *rule = report->judgement->rules[i].rule;
		const enum rule_mode mode = report_rule_mode(report, i);

		if (mode == RULE_ADVISE || (acting && mode != RULE_ACT) ||
		    !report_rule_looked_at(report, i))
			continue;
		if (rule->mode == RULE_ADVISE)
			verdict = answer_or(verdict, verdict_by_symptom(report, i));
		else if (rule_is_about_devices(rule))
			verdict = answer_or(verdict, report_rule_verdict(report, i));
	}
	return verdict;
}

/* Without a kernel there are no features to look at: what is exposed counts as vulnerable. */
static enum state state_by_facts(const struct report *report, const struct tally *tally)
{
	if (report->facts->links_known && tally->n_exposed == 0)
		return STATE_NOT_EXPOSED;
	return STATE_VULNERABLE;
}

static enum state state_of(const struct report *report, const struct tally *tally)
{
	const enum answer unexposed = verdict_unexposed(report->judgement, tally->acting);
	const enum answer by_devices = verdict_by_devices(report, tally->acting);

	if (report->handle && tally->n_exposed) {
		if (tally->n_on)
			return STATE_VULNERABLE;
		if (tally->n_unreadable || tally->unnamed || tally->n_in_doubt)
			return STATE_UNKNOWN;
		return STATE_MITIGATED;
	}
	if (!report->handle && by_devices == ANSWER_YES)
		return STATE_VULNERABLE;
	if (tally->n_exposed && report->judgement->verdict == ANSWER_UNKNOWN)
		return STATE_UNKNOWN;
	switch (unexposed) {
	case ANSWER_NO:
		return !report->handle && by_devices == ANSWER_UNKNOWN ? STATE_UNKNOWN
								       : STATE_NOT_AFFECTED;
	case ANSWER_YES:
		return report->handle ? STATE_NOT_EXPOSED : state_by_facts(report, tally);
	case ANSWER_UNKNOWN:
		break;
	}
	return STATE_UNKNOWN;
}

/* The first of the rule's required names that means one of the features; NULL when none does. */
static const char *required_name(const struct report *report, const struct rule *rule,
				 struct feature_mask features)
{
	for (size_t i = 0; rule->required[i]; i++) {
		struct feature_mask meant;

		if (ethtool_nl_mask(report->handle, rule->required[i], &meant) < 0)
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
	const struct judgement *judgement = report->judgement;

	snprintf(text, size, "offload");
	for (size_t i = 0; i < judgement->n_rules; i++) {
		const struct rule *rule = judgement->rules[i].rule;
		const char *feature = required_name(report, rule, features);

		if (!feature || report_rule_mode(report, i) == RULE_ADVISE ||
		    report_rule_verdict(report, i) == ANSWER_NO)
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

static bool asks_kubernetes(const struct judgement *judgement)
{
	bool asks = false;

	for (size_t i = 0; i < judgement->n_rules; i++)
		asks |= judgement->rules[i].rule->has_kubernetes;
	return asks;
}

/* Do the facts leave out what a rule is about? */
static bool has_not_looked_at_nics(const struct report *report)
{
	bool missed = false;

	for (size_t i = 0; i < report->judgement->n_rules && !report->facts->links_known; i++)
		missed |= rule_is_about_devices(report->judgement->rules[i].rule) &&
			  report_rule_mode(report, i) != RULE_ADVISE &&
			  !report_rule_looked_at(report, i);
	return missed;
}

static void summarize_advice(struct report *report, size_t count, const char *id, const char *nic)
{
	char name[LINK_NAME_SIZE];

	text_clean(nic, name, sizeof(name));
	if (count == 1)
		summarize(report, "Not affected: only advice about %s (%s)", name, id);
	else
		summarize(report, "Not affected: only advice about %s (%s), and %zu more", name, id,
			  count - 1);
}

static void summarize_not_affected(struct report *report)
{
	const struct facts *facts = report->facts;
	const char *id = NULL, *nic = NULL;
	size_t n_advice = report_count_advice(report, &id, &nic);

	if (report->judgement->n_rules == 0)
		summarize(report, "Not affected: no rule is enabled");
	else if (nic)
		summarize_advice(report, n_advice, id, nic);
	else if (has_not_looked_at_nics(report))
		summarize(report, "Not affected: as far as these facts tell, which name no NIC");
	else if (!asks_kubernetes(report->judgement))
		summarize(report, "Not affected: no rule concerns this node");
	else if (facts->kubernetes.present == ANSWER_NO)
		summarize(report, "Not affected: no trace of Kubernetes on this node");
	else
		summarize(report, "Not affected: Kubernetes %s, kernel %s",
			  facts->kubernetes.version ? facts->kubernetes.version : "unknown",
			  facts->kernel.release ? facts->kernel.release : "unknown");
}

/*
 * What cannot be answered. A reason that begins with the kernel's name and is too long would be cut
 * where it says something: all of it stands in the rule's line.
 */
static void summarize_reason(struct report *report, const char *reason)
{
	static const char prefix[] = "Unknown: ";
	const char *release = report->facts->kernel.release;
	const char *place = release ? strstr(reason, release) : NULL;

	if (sizeof(prefix) + strlen(reason) > sizeof(report->summary) && place &&
	    place < reason + sizeof(report->summary) / 2)
		summarize(report, "%swhether kernel %s is affected", prefix, release);
	else
		summarize(report, "%s%s", prefix, reason);
}

/* The first condition that cannot be answered is what is missing. */
static void summarize_in_doubt(struct report *report, const struct tally *tally)
{
	const struct judgement *judgement = report->judgement;
	char nics[64];

	for (size_t i = 0; i < judgement->n_rules; i++) {
		const struct rule_judgement *judged = &judgement->rules[i];

		if (judged->verdict == ANSWER_UNKNOWN &&
		    report_rule_mode(report, i) != RULE_ADVISE &&
		    report_rule_looked_at(report, i) &&
		    report_rule_verdict(report, i) != ANSWER_NO) {
			summarize_reason(report, rule_judgement_reason(judged));
			return;
		}
	}
	for (size_t i = 0; i < judgement->n_rules && !tally->first_in_doubt; i++) {
		const struct rule *rule = judgement->rules[i].rule;
		const char *name = NULL;

		if (report_rule_mode(report, i) == RULE_ADVISE || !rule_is_about_devices(rule) ||
		    !report_rule_looked_at(report, i) ||
		    report_rule_verdict(report, i) != ANSWER_UNKNOWN)
			continue;
		report_rule_exposes(report, i, &name);
		if (name)
			summarize(report, "Unknown: whether %s shows %s is not known", name,
				  rule->id);
		else
			summarize(report, "Unknown: these facts name no NIC; %s asks for one",
				  rule->id);
		return;
	}
	if (!tally->first_in_doubt) {
		summarize(report, "Unknown: the state cannot be told");
		return;
	}
	name_nics(tally->first_in_doubt, tally->n_in_doubt, nics, sizeof(nics));
	summarize(report, "Unknown: a rule applies, but whether %s shows it is not known", nics);
}

static void summarize_unknown(struct report *report, const struct tally *tally)
{
	char nics[64];

	if (report->handle && tally->n_unreadable) {
		name_nics(tally->first_unreadable, tally->n_unreadable, nics, sizeof(nics));
		summarize(report, "Unknown: the features of %s cannot be read", nics);
	} else if (tally->unnamed) {
		summarize(report, "Unknown: rule %s names no feature that this kernel has",
			  tally->unnamed);
	} else {
		summarize_in_doubt(report, tally);
	}
}

/* There is no kernel to ask what is on. */
static void summarize_by_facts(struct report *report)
{
	for (size_t i = 0; i < report->judgement->n_rules; i++) {
		const struct rule *rule = report->judgement->rules[i].rule;
		const char *name = NULL;

		if (report_rule_mode(report, i) == RULE_ADVISE || !rule_is_about_devices(rule) ||
		    report_rule_verdict(report, i) != ANSWER_YES)
			continue;
		report_rule_exposes(report, i, &name);
		summarize(report, "Vulnerable: %s shows %s, as far as these facts tell", name,
			  rule->id);
		return;
	}
	summarize(report, "Vulnerable: affected, as far as these facts tell");
}

static void summarize_vulnerable(struct report *report, const struct tally *tally)
{
	char features[64], nics[64];

	if (!tally->n_on) {
		summarize_by_facts(report);
		return;
	}
	name_features(report, tally->on, features, sizeof(features));
	name_nics(tally->first_on, tally->n_on, nics, sizeof(nics));
	summarize(report, "Vulnerable: %s %s %s on", nics, tally->n_on == 1 ? "has" : "have",
		  features);
}

static void summarize_mitigated(struct report *report, const struct tally *tally)
{
	const struct link_exposure *exposure = &tally->first_exposed->plan.all;
	char features[64], nics[64];

	name_features(report, feature_mask_or(exposure->required, exposure->in_doubt), features,
		      sizeof(features));
	name_nics(tally->first_exposed, tally->n_exposed, nics, sizeof(nics));
	summarize(report, "Mitigation: %s off on %s", features, nics);
}

/* Every format shows the first line, so that it is where a contradiction must not be missing. */
static void add_contradiction(struct report *report)
{
	static const char suffix[] = "; witnesses disagree";
	const size_t room = sizeof(report->summary) - sizeof(suffix);
	size_t place = 0;

	if (!judgement_contradiction(report->judgement, &place))
		return;
	shorten(report->summary, room + 1);
	strcat(report->summary, suffix);
}

static void summarize_state(struct report *report, const struct tally *tally)
{
	switch (report->state) {
	case STATE_NOT_AFFECTED:
		summarize_not_affected(report);
		break;
	case STATE_NOT_EXPOSED:
		summarize(report, "Not exposed: a rule applies, but no exposed device is %s",
			  report->handle ? "here now" : "listed");
		break;
	case STATE_MITIGATED:
		summarize_mitigated(report, tally);
		break;
	case STATE_VULNERABLE:
		summarize_vulnerable(report, tally);
		break;
	case STATE_UNKNOWN:
	case STATES:
		summarize_unknown(report, tally);
		break;
	}
}

void report_make(const struct inspection *inspection, const struct service_status *service,
		 bool dry_run, struct report *ret_report)
{
	static const struct service_status none = {.running = false};
	struct report report = {
		.dry_run = dry_run,
		.facts = &inspection->policy->facts,
		.rules = &inspection->policy->rules,
		.judgement = &inspection->policy->judgement,
		.plan = &inspection->policy->plan,
		.handle = inspection->handle,
		.nics = inspection->nics.nics,
		.n_nics = inspection->nics.n_nics,
		.last_change = inspection->record->changes.last_change,
		.counters = &inspection->counters,
		.service = service ? service : &none,
	};
	struct tally all = {.dry_run = dry_run}, acting = {.dry_run = dry_run, .acting = true};

	count_nics(&report);
	tally_nics(&all, &report);
	tally_nics(&acting, &report);
	report.state = state_of(&report, &all);
	report.acting_state = state_of(&report, &acting);
	summarize_state(&report, &all);
	add_contradiction(&report);
	*ret_report = report;
}

int report_judge_facts(struct policy_in_force *policy, struct facts *facts,
		       void (*take)(void *data, const struct report *report), void *data)
{
	struct trusted_record nothing = {.is_damaged = false};
	struct inspection inspection = {.policy = policy, .record = &nothing};
	struct report report;
	int result;

	facts_clear(&policy->facts);
	policy->facts = *facts;
	*facts = (struct facts){.links_known = false};
	result = policy_in_force_judge_again(policy, NULL);
	if (result == 0)
		result = inspection_take_links(&inspection);
	if (result == 0) {
		report_make(&inspection, NULL, false, &report);
		take(data, &report);
	}
	nics_clear(&inspection.nics);
	return result;
}
