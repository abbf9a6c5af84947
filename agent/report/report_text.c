/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/report/report_text.h"

#include "agent/base/text.h"
#include "agent/links/checksum_counters.h"
#include "agent/record/service_status.h"
#include "agent/report/nic_table.h"
#include "agent/report/report.h"
#include "agent/report/report_wire.h"
#include "policy/evaluate.h"
#include "policy/facts.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define COLOR_RED    "\033[31m"
#define COLOR_GREEN  "\033[32m"
#define COLOR_YELLOW "\033[33m"

const char *report_color(enum state state)
{
	switch (state) {
	case STATE_NOT_AFFECTED:
	case STATE_NOT_EXPOSED:
	case STATE_MITIGATED:
		return COLOR_GREEN;
	case STATE_VULNERABLE:
		return COLOR_RED;
	case STATE_UNKNOWN:
	case STATES:
		break;
	}
	return COLOR_YELLOW;
}

static void print_summary(FILE *output, const struct report *report, bool color)
{
	int word = strcspn(report->summary, ":");

	if (color)
		fprintf(output, "%s%.*s%s%s\n", report_color(report->state), word, report->summary,
			REPORT_COLOR_RESET, report->summary + word);
	else
		fprintf(output, "%s\n", report->summary);
}

/* Strings of the facts come from files and other programs. */
static void print_clean(FILE *output, const char *text)
{
	char clean[512];

	fputs(text ? text_clean(text, clean, sizeof(clean)) : "unknown", output);
}

static void print_labelled(FILE *output, const char *label, const char *text)
{
	fprintf(output, "  %-12s", label);
	print_clean(output, text);
}

static void print_kubernetes(FILE *output, const struct kubernetes_facts *kubernetes)
{
	if (kubernetes->present == ANSWER_NO) {
		print_labelled(output, "Kubernetes", "no trace on this node");
		fputs("\n", output);
		return;
	}
	print_labelled(output, "Kubernetes", kubernetes->version);
	if (kubernetes->component) {
		fputs(" (", output);
		print_clean(output, kubernetes->component);
		fputs(")", output);
	}
	fputs("\n", output);
}

static void print_kernel(FILE *output, const struct kernel_facts *kernel)
{
	print_labelled(output, "kernel", kernel->release);
	if (kernel->family) {
		fputs(" (", output);
		print_clean(output, kernel->family);
		if (kernel->build || kernel->base) {
			fputs(" ", output);
			print_clean(output, kernel->build ? kernel->build : kernel->base);
		}
		fputs(")", output);
	}
	fputs("\n", output);
}

static void print_line(FILE *output, const char *label, const char *text)
{
	print_labelled(output, label, text);
	fputs("\n", output);
}

static void print_contradictions(FILE *output, const struct judgement *judgement)
{
	size_t place = 0;
	const char *text;

	while ((text = judgement_contradiction(judgement, &place)))
		print_line(output, "at odds", text);
}

/* What the node's own rules and flows show is what no version says. */
static void print_nat_reason(FILE *output, const struct rule_judgement *judged)
{
	for (size_t i = 0; judged->verdict == ANSWER_YES && i < judged->n_conditions; i++) {
		if (judged->conditions[i].name == CONDITION_NAT)
			print_line(output, "nat", judged->conditions[i].reason);
	}
}

/* What is unknown of a rule: one of its conditions, or whether a NIC that is here shows it. */
static void print_unknown(FILE *output, const struct report *report, size_t place)
{
	const char *reason = rule_judgement_reason(&report->judgement->rules[place]);
	const char *name = NULL;

	if (reason) {
		print_clean(output, reason);
		return;
	}
	report_rule_exposes(report, place, &name);
	fputs("whether ", output);
	print_clean(output, name);
	fputs(" shows it is not known", output);
}

static void print_rule_line(FILE *output, const struct report *report, size_t place)
{
	const struct rule_judgement *judged = &report->judgement->rules[place];
	const enum answer verdict = report_rule_verdict(report, place);

	fprintf(output, "  %-12s%s: %s%s", "rule", judged->rule->id, verdict_name(verdict),
		verdict == ANSWER_YES && report_rule_mode(report, place) == RULE_TELL
			? ", which only tells"
			: "");
	if (verdict == ANSWER_UNKNOWN) {
		fputs(": ", output);
		print_unknown(output, report, place);
	}
	fputs("\n", output);
	print_nat_reason(output, judged);
}

/* An advice that a NIC of this node may need. */
static void print_advice_line(FILE *output, const struct report *report, size_t place)
{
	const char *name = NULL;

	report_rule_exposes(report, place, &name);
	fprintf(output, "  %-12s%s: may concern ", "advice",
		report->judgement->rules[place].rule->id);
	print_clean(output, name);
	fputs("; see 'offload-agent explain'\n", output);
}

/* The rules that apply, or may: first those that make the state; all others are only counted. */
static void print_rules(FILE *output, const struct report *report)
{
	const struct judgement *judgement = report->judgement;
	size_t n_others = 0;

	for (size_t i = 0; i < judgement->n_rules; i++) {
		if (!report_rule_looked_at(report, i))
			continue;
		if (report_rule_verdict(report, i) == ANSWER_NO)
			n_others++;
		else if (report_rule_mode(report, i) != RULE_ADVISE)
			print_rule_line(output, report, i);
	}
	for (size_t i = 0; i < judgement->n_rules; i++) {
		if (report_rule_mode(report, i) == RULE_ADVISE &&
		    report_rule_looked_at(report, i) && report_rule_verdict(report, i) != ANSWER_NO)
			print_advice_line(output, report, i);
	}
	if (n_others > 0)
		fprintf(output,
			"  %-12s%zu rule%s not concern this node; 'offload-agent explain' says why\n",
			"others", n_others, n_others == 1 ? " does" : "s do");
}

static void print_not_looked_at(FILE *output, const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->n_rules; i++) {
		if (!judgement->rules[i].not_looked_at)
			continue;
		if (geteuid() != 0)
			print_line(output, "nat rules",
				   "not read; run it as root to look at them, too");
		else
			print_line(output, "nat", rule_judgement_reason(&judgement->rules[i]));
		return;
	}
}

/* The first affected rule that knows it: what its cure costs, and what would cure for good. */
static void print_remedy(FILE *output, const struct report *report)
{
	const struct judgement *judgement = report->judgement;

	if (report->state == STATE_NOT_AFFECTED || report->state == STATE_NOT_EXPOSED)
		return;
	for (size_t i = 0; i < judgement->n_rules; i++) {
		const struct rule *rule = judgement->rules[i].rule;

		if (judgement->rules[i].verdict != ANSWER_YES || !rule->remedies ||
		    report_rule_mode(report, i) == RULE_ADVISE ||
		    report_rule_verdict(report, i) == ANSWER_NO)
			continue;
		if (rule->cost && report->dry_run)
			print_line(output, "cost", rule->cost);
		if (rule->remedies[0])
			print_line(output, "for good", rule->remedies[0]);
		return;
	}
}

static void print_seen(FILE *output, const struct symptom_facts *seen)
{
	char text[sizeof(*seen)];

	snprintf(text, sizeof(text), "%s: %s, %s%s%s", seen->name, seen->symptom, seen->what,
		 seen->seen[0] ? ", since " : "", seen->seen);
	print_clean(output, text);
	fputs("\n", output);
}

/* What was seen on NICs that makes advices tell. */
static void print_symptoms(FILE *output, const struct report *report)
{
	for (size_t i = 0; i < report->judgement->n_rules; i++) {
		const struct symptom_facts *seen;
		const char *reason;

		if (report->judgement->rules[i].rule->mode != RULE_ADVISE ||
		    report_rule_symptom(report, i, &seen, &reason) != ANSWER_YES)
			continue;
		fprintf(output, "  %-12s", "seen");
		print_seen(output, seen);
	}
}

/* "5 UDP and 1 TCP"; not both are 0. */
static void print_packets(FILE *output, uint64_t udp, uint64_t tcp)
{
	if (udp > 0)
		fprintf(output, "%" PRIu64 " UDP", udp);
	if (tcp > 0)
		fprintf(output, "%s%" PRIu64 " TCP", udp > 0 ? " and " : "", tcp);
}

static void print_rates(FILE *output, const struct service_status *service)
{
	const struct checksum_rates *rates = &service->rates;

	if (!service->running) {
		print_line(output, "rising", "not known without the service");
		return;
	}
	if (!rates->known || (rates->udp == 0 && rates->tcp == 0))
		return;
	fprintf(output, "  %-12sby ", "rising");
	print_packets(output, rates->udp, rates->tcp);
	fputs(" packets a minute, as of the service's last sweep\n", output);
}

/* A hint that somebody sends wrong checksums; who does, the wire says. */
static void print_counters(FILE *output, const struct report *report)
{
	const struct checksum_counters *counters = report->counters;
	const uint64_t udp = counters->udp + counters->udp6;

	if (!counters->known || (udp == 0 && counters->tcp == 0))
		return;
	fprintf(output, "  %-12ssince boot ", "dropped");
	print_packets(output, udp, counters->tcp);
	fputs(" packets with a wrong checksum; 'offload-agent wire' says whose\n", output);
	print_rates(output, report->service);
}

static void print_service(FILE *output, const struct report *report)
{
	const struct service_status *service = report->service;

	if (!service->running)
		return;
	if (!service->since[0]) {
		print_labelled(output, "service", "running, but it cannot write what it finds");
		fputs("\n", output);
		return;
	}
	fprintf(output, "  %-12srunning since %s, %llu corrections\n", "service", service->since,
		(unsigned long long)service->corrections);
	if (service->n_paused == 0)
		return;
	print_labelled(output, "fight", "another program keeps turning offload on on ");
	print_clean(output, service->paused);
	fputs("; corrections pause, see the journal\n", output);
}

/* A rule that only tells makes the state: the agent does nothing about it unless configured to. */
static void print_telling_advice(FILE *output, const struct report *report)
{
	const struct judgement *judgement = report->judgement;
	size_t n_rules = 0;

	for (size_t i = 0; i < judgement->n_rules; i++) {
		if (report_rule_mode(report, i) != RULE_TELL || judgement->rules[i].not_looked_at ||
		    !report_rule_is_vulnerable(report, i))
			continue;
		if (n_rules++ == 0)
			fprintf(output, "  %-12scure it for good, or let the agent act: act = [ ",
				"to do");
		fprintf(output, "%s\"%s\"", n_rules > 1 ? ", " : "", judgement->rules[i].rule->id);
	}
	if (n_rules > 0)
		fputs(" ]; in the configuration\n", output);
}

static void print_vulnerable_advice(FILE *output, const struct report *report)
{
	const bool acting = report->acting_state == STATE_VULNERABLE && report->handle;

	if (acting && (report->apply_helps || !report->unselected))
		print_line(output, "to do",
			   "run 'offload-agent apply' as root; what it cannot change is named "
			   "below");
	if (acting && report->unselected) {
		fprintf(output, "  %-12s", "to do");
		print_clean(output, report->unselected);
		fputs(" is not selected: name it in nics of the configuration, or leave nics out\n",
		      output);
	}
	print_telling_advice(output, report);
}

static void print_advice(FILE *output, const struct report *report)
{
	if (report->dry_run)
		print_line(output, "dry run",
			   "nothing was changed; the first line tells what would be so afterwards");
	else if (report->state == STATE_VULNERABLE)
		print_vulnerable_advice(output, report);
	else if (report->state == STATE_UNKNOWN)
		print_line(output, "to do",
			   "see 'offload-agent explain'; an option or the configuration can tell "
			   "it");
}

void report_print_status(FILE *output, const struct report *report, bool color)
{

	print_summary(output, report, color);
	print_contradictions(output, report->judgement);
	print_kubernetes(output, &report->facts->kubernetes);
	print_kernel(output, &report->facts->kernel);
	print_rules(output, report);
	print_not_looked_at(output, report->judgement);
	print_remedy(output, report);
	print_symptoms(output, report);
	print_counters(output, report);
	report_print_wire_text(output, report->service);
	print_service(output, report);
	print_advice(output, report);
	fputs("\n", output);
	nic_table_print(output, report);
}

static void print_fact(FILE *output, const char *label, const char *value, const char *source)
{
	if (!value)
		return;
	fprintf(output, "  %-22s", label);
	print_clean(output, value);
	if (source) {
		fputs("  <- ", output);
		print_clean(output, source);
	}
	fputs("\n", output);
}

static void print_nat_rules(FILE *output, const struct nat_rules_facts *nat_rules)
{
	if (nat_rules->read) {
		print_fact(output, "nat rules vulnerable", answer_name(nat_rules->vulnerable),
			   nat_rules->source);
		print_fact(output, "", nat_rules->reason, NULL);
	} else if (nat_rules->reason) {
		print_fact(output, "nat rules", "not read", nat_rules->reason);
	}
}

static void print_nat_seen(FILE *output, const struct nat_seen_facts *nat_seen)
{
	char text[48];

	if (nat_seen->looked) {
		snprintf(text, sizeof(text), "%u, %u of them source-NATed", nat_seen->flows,
			 nat_seen->rewritten);
		print_fact(output, "VXLAN flows", text, "connection tracking, the last 30 s");
		print_fact(output, "", nat_seen->example, NULL);
	} else if (nat_seen->reason) {
		print_fact(output, "VXLAN flows", "not looked at", nat_seen->reason);
	}
}

static void print_facts(FILE *output, const struct facts *facts)
{
	const struct kubernetes_facts *kubernetes = &facts->kubernetes;
	const struct measured_facts *measured = &facts->measured;
	const struct kernel_facts *kernel = &facts->kernel;

	fputs("\nFacts\n", output);
	print_fact(output, "Kubernetes present", answer_name(kubernetes->present),
		   kubernetes->version ? NULL : kubernetes->source);
	print_fact(output, "Kubernetes version", kubernetes->version, kubernetes->source);
	for (size_t i = 0; i < kubernetes->n_answers; i++)
		print_fact(output, kubernetes->answers[i].component,
			   kubernetes->answers[i].version ? kubernetes->answers[i].version
							  : "unknown",
			   kubernetes->answers[i].source);
	print_nat_rules(output, &facts->nat_rules);
	print_nat_seen(output, &facts->nat_seen);
	print_fact(output, "kernel release", kernel->release ? kernel->release : "unknown",
		   kernel->source);
	print_fact(output, "kernel version", kernel->version, kernel->source);
	print_fact(output, "kernel signature", kernel->signature, kernel->source);
	print_fact(output, "kernel family", kernel->family ? kernel->family : "unknown",
		   "read from the above");
	print_fact(output, "kernel base", kernel->base,
		   kernel->frozen ? "read from the above; it stands still while fixes are added"
				  : "read from the above");
	print_fact(output, "kernel build", kernel->build, "read from the above");
	print_fact(output, "kernel flavour", kernel->flavour, "read from the above");
	if (measured->source) {
		print_fact(output, "zero checksum", corruption_name(measured->zero_checksum),
			   measured->source);
		print_fact(output, "complete checksum", corruption_name(measured->udp_checksum),
			   measured->source);
	}
	print_fact(output, "distribution",
		   facts->os.pretty_name ? facts->os.pretty_name : facts->os.id, facts->os.source);
}

static const char *describe_mode(enum rule_mode mode)
{
	switch (mode) {
	case RULE_TELL:
		return "; it only tells";
	case RULE_ADVISE:
		return "; it only advises";
	case RULE_ACT:
	case RULE_OFF:
		break;
	}
	return "";
}

/* The first NIC that the rule exposes, or may, and how many others. */
static void print_exposed(FILE *output, const struct report *report, size_t place, const char *name)
{
	const size_t count = report_rule_count(report, place);

	print_clean(output, name);
	if (count > 1)
		fprintf(output, " and %zu more", count - 1);
}

/*
 * A rule about devices is decided by those that are here; unless its conditions have said no by
 * then, so that nobody looked at them.
 */
static void print_devices(FILE *output, const struct report *report, size_t place)
{
	const struct rule_judgement *judged = &report->judgement->rules[place];
	const char *name = NULL, *unknown;
	enum answer exposes;

	if (!rule_is_decided_by_nics(judged->rule) || judged->verdict == ANSWER_NO)
		return;
	exposes = report_rule_exposes(report, place, &name);
	fprintf(output, "  %-11s %-8s", "device", answer_name(exposes));
	if (name)
		print_exposed(output, report, place, name);
	else
		fputs(exposes == ANSWER_NO ? "no NIC of this node shows it"
					   : "these facts do not tell of any NIC",
		      output);
	unknown = exposes == ANSWER_UNKNOWN ? report_rule_unknown(report, place) : NULL;
	if (unknown) {
		fputs("; not known: ", output);
		print_clean(output, unknown);
	}
	fputs("\n", output);
}

/* What an advice waits for in order to tell. */
static void print_rule_symptom(FILE *output, const struct report *report, size_t place)
{
	const struct rule *rule = report->judgement->rules[place].rule;
	const struct symptom_facts *seen = NULL;
	const char *reason = "not seen";
	enum answer answer;

	if (rule->symptom == SYMPTOM_NONE || rule->mode != RULE_ADVISE ||
	    report_rule_verdict(report, place) == ANSWER_NO)
		return;
	answer = report_rule_symptom(report, place, &seen, &reason);
	fprintf(output, "  %-11s %-8s", "symptom", answer_name(answer));
	if (seen)
		print_seen(output, seen);
	else
		fprintf(output, "%s: %s%s\n", symptom_name(rule->symptom),
			answer == ANSWER_UNKNOWN ? "not looked at: " : "", reason);
}

static void print_rule(FILE *output, const struct report *report, size_t place)
{
	const struct rule_judgement *judged = &report->judgement->rules[place];
	const struct rule *rule = judged->rule;

	fprintf(output, "\nRule %s: %s%s%s\n  ", rule->id,
		verdict_name(report_rule_verdict(report, place)),
		report_rule_looked_at(report, place) ? "" : ", not looked at",
		describe_mode(report_rule_mode(report, place)));
	print_clean(output, rule->title);
	fputs("\n", output);
	for (size_t i = 0; i < judged->n_conditions; i++) {
		const struct condition *condition = &judged->conditions[i];

		fprintf(output, "  %-11s %-8s", condition_name(condition->name),
			answer_name(condition->outcome));
		print_clean(output, condition->reason);
		fputs("\n", output);
	}
	print_devices(output, report, place);
	print_rule_symptom(output, report, place);
	if (rule->effect != RULE_EFFECT_NOT_SAID)
		print_line(output, "effect", rule_effect_name(rule->effect));
	if (rule->cost)
		print_line(output, "cost", rule->cost);
	for (size_t i = 0; rule->remedies && rule->remedies[i]; i++)
		print_line(output, i == 0 ? "for good" : "", rule->remedies[i]);
	for (size_t i = 0; rule->references && rule->references[i]; i++)
		print_line(output, "see", rule->references[i]);
}

void report_print_explain(FILE *output, const struct report *report, bool color)
{

	print_summary(output, report, color);
	print_contradictions(output, report->judgement);
	print_counters(output, report);
	report_print_wire_text(output, report->service);
	print_facts(output, report->facts);
	for (size_t i = 0; i < report->judgement->n_rules; i++)
		print_rule(output, report, i);
	fputs("\n", output);
	nic_table_print(output, report);
}
