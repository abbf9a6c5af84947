/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/report_text.h"

#include "agent/text.h"
#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <string.h>

#define COLOR_RED    "\033[31m"
#define COLOR_GREEN  "\033[32m"
#define COLOR_YELLOW "\033[33m"
#define COLOR_RESET  "\033[0m"

/* The longest text of a table's cell. */
#define CELL_SIZE 64

static const char *state_color(enum state state)
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
		fprintf(output, "%s%.*s%s%s\n", state_color(report->state), word, report->summary,
			COLOR_RESET, report->summary + word);
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

/* A rule that applies does so by all of its conditions; else one of them is enough to say. */
static void print_deciding_reason(FILE *output, const struct rule_judgement *judged)
{
	for (size_t i = 0; judged->verdict != ANSWER_YES && i < judged->n_conditions; i++) {
		if (judged->conditions[i].outcome != judged->verdict)
			continue;
		fputs(": ", output);
		print_clean(output, judged->conditions[i].reason);
		break;
	}
	fputs("\n", output);
}

/* The rules that made the verdict. */
static void print_deciding_rules(FILE *output, const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->n_rules; i++) {
		const struct rule_judgement *judged = &judgement->rules[i];

		if (judged->verdict != judgement->verdict)
			continue;
		fprintf(output, "  %-12s%s: %s", "rule", judged->rule->id,
			verdict_name(judged->verdict));
		print_deciding_reason(output, judged);
	}
}

static void print_service(FILE *output, const struct inspection *inspection)
{
	const struct publisher *publisher = &inspection->publisher;

	if (!inspection->service_running)
		return;
	fprintf(output, "  %-12srunning since %s, %llu corrections\n", "service", publisher->since,
		(unsigned long long)publisher->corrections);
}

static void print_advice(FILE *output, const struct report *report)
{
	const char *label = "to do", *advice = NULL;

	if (report->dry_run) {
		label = "dry run";
		advice = "nothing was changed; the first line tells what would be so afterwards";
	} else if (report->state == STATE_VULNERABLE && report->inspection->handle) {
		advice = "run 'offload-agent apply' as root; what it cannot change is named below";
	} else if (report->state == STATE_UNKNOWN) {
		advice = "see 'offload-agent explain'; an option or the configuration can tell it";
	}
	if (advice)
		fprintf(output, "  %-12s%s\n", label, advice);
}

struct row {
	char nic[CELL_SIZE], kind[CELL_SIZE], feature[CELL_SIZE], now[CELL_SIZE];
	char target[CELL_SIZE], remark[2 * CELL_SIZE + ETHTOOL_NL_MESSAGE_SIZE];
};

static void print_row(FILE *output, const struct row *row)
{
	char line[sizeof(*row) + 16];
	int length;

	length = snprintf(line, sizeof(line), "%-15s  %-7s  %-28s  %-19s  %-6s  %s", row->nic,
			  row->kind, row->feature, row->now, row->target, row->remark);
	while (length > 0 && line[length - 1] == ' ')
		length--;
	fprintf(output, "%.*s\n", length, line);
}

/* In ethtool's own words. */
static void describe_now(const struct nic *nic, unsigned int bit, char now[static CELL_SIZE])
{
	bool active = feature_mask_has(&nic->features.active, bit);
	bool wanted = feature_mask_has(&nic->features.wanted, bit);
	const char *mark = "";

	if (!feature_mask_has(&nic->features.changeable, bit))
		mark = " [fixed]";
	else if (active != wanted)
		mark = wanted ? " [requested on]" : " [requested off]";
	snprintf(now, CELL_SIZE, "%s%s", active ? "on" : "off", mark);
}

static void describe_remark(const struct report *report, const struct nic *nic, unsigned int bit,
			    struct row *row)
{
	const char *outcome = nic_outcome(nic, bit);
	const char *plan = "";

	if (report->dry_run && feature_mask_has(&nic->todo.turn_off, bit))
		plan = "would be turned off";
	else if (report->dry_run && feature_mask_has(&nic->todo.give_back, bit))
		plan = "would be given back";
	if (*plan)
		snprintf(row->remark, sizeof(row->remark), "%s", plan);
	else if (feature_mask_has(&nic->refused, bit) && nic->message[0])
		snprintf(row->remark, sizeof(row->remark), "refused: %s", nic->message);
	else
		snprintf(row->remark, sizeof(row->remark), "%s", outcome ? outcome : "");
}

/* Selected, exposed, or neither (only recorded). */
static const char *describe_role(const struct nic *nic)
{
	if (nic->plan.exposed && !nic->plan.selected)
		return "exposed, but not selected by the configuration";
	return "";
}

static void print_unreadable_nic(FILE *output, const struct nic *nic, struct row *row)
{
	if (nic->error == -ENODATA)
		snprintf(row->now, sizeof(row->now), "not looked at");
	else if (nic->error == -ENODEV)
		snprintf(row->now, sizeof(row->now), "gone");
	else
		snprintf(row->now, sizeof(row->now), "unreadable");
	if (nic->error != -ENODATA && nic->error != -ENODEV)
		snprintf(row->remark, sizeof(row->remark), "%s", strerror(-nic->error));
	print_row(output, row);
}

static void print_nic(FILE *output, const struct report *report, const struct nic *nic)
{
	const struct ethtool_nl *handle = report->inspection->handle;
	struct feature_mask shown = nic_shown_features(nic);
	struct feature_mask side_effects = nic_side_effects(nic);
	struct feature_mask rows = feature_mask_or(shown, side_effects);
	struct row row = {0};

	text_clean(nic->link.name, row.nic, sizeof(row.nic));
	text_clean(nic->link.kind[0] ? nic->link.kind : "-", row.kind, sizeof(row.kind));
	if (nic->error < 0) {
		print_unreadable_nic(output, nic, &row);
		return;
	}
	for (unsigned int bit = feature_mask_next(&rows, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(&rows, bit + 1)) {
		snprintf(row.feature, sizeof(row.feature), "%s",
			 ethtool_nl_feature_name(handle, bit));
		row.target[0] = row.remark[0] = '\0';
		if (feature_mask_has(&shown, bit)) {
			describe_now(nic, bit, row.now);
			describe_remark(report, nic, bit, &row);
			snprintf(row.target, sizeof(row.target), "%s",
				 feature_mask_has(&nic->plan.target, bit) ? "off" : "-");
			if (!row.remark[0])
				snprintf(row.remark, sizeof(row.remark), "%s", describe_role(nic));
		} else {
			snprintf(row.now, sizeof(row.now), "off [not requested]");
			snprintf(row.target, sizeof(row.target), "-");
		}
		print_row(output, &row);
		row.nic[0] = row.kind[0] = '\0';
	}
	if (row.nic[0]) { /* no feature to show */
		snprintf(row.now, sizeof(row.now), "nothing to turn off");
		print_row(output, &row);
	}
}

static void print_nics(FILE *output, const struct report *report)
{
	const struct row head = {"NIC", "KIND", "FEATURE", "NOW", "TARGET", "OUTCOME"};
	const struct inspection *inspection = report->inspection;

	fputs("\n", output);
	if (!inspection->facts.links_known) {
		fputs("These facts do not tell of any NIC.\n", output);
		return;
	}
	if (inspection->n_nics == 0) {
		fputs("No NIC is selected, and none is exposed.\n", output);
		return;
	}
	print_row(output, &head);
	for (size_t i = 0; i < inspection->n_nics; i++)
		print_nic(output, report, &inspection->nics[i]);
}

void report_print_status(FILE *output, const struct report *report, bool color)
{
	const struct inspection *inspection = report->inspection;

	print_summary(output, report, color);
	print_kubernetes(output, &inspection->facts.kubernetes);
	print_kernel(output, &inspection->facts.kernel);
	print_deciding_rules(output, &inspection->judgement);
	print_service(output, inspection);
	print_advice(output, report);
	print_nics(output, report);
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

static void print_facts(FILE *output, const struct facts *facts)
{
	const struct kubernetes_facts *kubernetes = &facts->kubernetes;
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
	print_fact(output, "kernel release", kernel->release ? kernel->release : "unknown",
		   kernel->source);
	print_fact(output, "kernel version", kernel->version, kernel->source);
	print_fact(output, "kernel signature", kernel->signature, kernel->source);
	print_fact(output, "kernel family", kernel->family ? kernel->family : "unknown",
		   "read from the above");
	print_fact(output, "kernel base", kernel->base, "read from the above");
	print_fact(output, "kernel build", kernel->build, "read from the above");
	print_fact(output, "kernel flavour", kernel->flavour, "read from the above");
	print_fact(output, "distribution",
		   facts->os.pretty_name ? facts->os.pretty_name : facts->os.id, facts->os.source);
}

static void print_rule(FILE *output, const struct rule_judgement *judged)
{
	fprintf(output, "\nRule %s: %s\n  ", judged->rule->id, verdict_name(judged->verdict));
	print_clean(output, judged->rule->title);
	fputs("\n", output);
	for (size_t i = 0; i < judged->n_conditions; i++) {
		const struct condition *condition = &judged->conditions[i];

		fprintf(output, "  %-11s %-8s", condition_name(condition->name),
			answer_name(condition->outcome));
		print_clean(output, condition->reason);
		fputs("\n", output);
	}
	for (size_t i = 0; judged->rule->references && judged->rule->references[i]; i++)
		fprintf(output, "  see         %s\n", judged->rule->references[i]);
}

void report_print_explain(FILE *output, const struct report *report, bool color)
{
	const struct inspection *inspection = report->inspection;

	print_summary(output, report, color);
	print_facts(output, &inspection->facts);
	for (size_t i = 0; i < inspection->judgement.n_rules; i++)
		print_rule(output, &inspection->judgement.rules[i]);
	print_nics(output, report);
}
