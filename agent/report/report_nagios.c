/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/report/report_nagios.h"

#include "agent/base/exit_code.h"
#include "agent/links/checksum_counters.h"
#include "agent/record/service_status.h"
#include "agent/report/report.h"
#include "policy/evaluate.h"

#include <errno.h>
#include <inttypes.h>

enum nagios_code nagios_code(enum state state)
{
	switch (state_exit_code(state)) {
	case EXIT_CODE_OK:
		return NAGIOS_OK;
	case EXIT_CODE_VULNERABLE:
		return NAGIOS_CRITICAL;
	default:
		return NAGIOS_UNKNOWN;
	}
}

static const char *code_word(enum nagios_code code)
{
	switch (code) {
	case NAGIOS_OK:
		return "OK";
	case NAGIOS_CRITICAL:
		return "CRITICAL";
	case NAGIOS_UNKNOWN:
		break;
	}
	return "UNKNOWN";
}

/* A NIC's name may hold the bar that the performance data begins with. */
static void print_text(FILE *output, const char *text)
{
	for (; *text; text++)
		putc(*text == '|' ? '?' : *text, output);
}

static void print_performance(FILE *output, const struct report *report)
{
	/* label=value[unit];[warning];[critical];[minimum];[maximum] */
	fprintf(output,
		"selected=%zu;;;0 exposed=%zu;;;0 vulnerable=%zu;;0;0 corrections=%" PRIu64 "c",
		report->n_selected, report->n_exposed, report->n_vulnerable,
		report->service->corrections);
	if (report->counters->known)
		fprintf(output,
			" udp_checksum_errors=%" PRIu64 "c tcp_checksum_errors=%" PRIu64 "c",
			report->counters->udp + report->counters->udp6, report->counters->tcp);
	if (report->service->rates.known)
		fprintf(output,
			" udp_checksum_errors_per_minute=%" PRIu64
			";;;0 tcp_checksum_errors_per_minute=%" PRIu64 ";;;0",
			report->service->rates.udp, report->service->rates.tcp);
	putc('\n', output);
}

/* What follows the first line is shown where a person looks at the check: rules that apply, or may.
 */
static void print_rules(FILE *output, const struct report *report)
{
	for (size_t i = 0; i < report->judgement->n_rules; i++) {
		const struct rule *rule = report->judgement->rules[i].rule;
		const enum answer verdict = report_rule_verdict(report, i);

		if (verdict != ANSWER_NO)
			fprintf(output, "%s: %s (%s)\n", rule->id, verdict_name(verdict),
				rule_mode_name(report_rule_mode(report, i)));
	}
}

void report_print_nagios(FILE *output, const struct report *report)
{
	fprintf(output, "OFFLOAD-AGENT %s - ", code_word(nagios_code(report->state)));
	print_text(output, report->summary);
	fputs(" | ", output);
	print_performance(output, report);
	print_rules(output, report);
}

void nagios_print_failure(FILE *output, int exit_code)
{
	const char *reason = "internal error";

	if (exit_code == EXIT_CODE_BAD_INPUT)
		reason =
			"bad configuration, rules or record; 'offload-agent check' names the fault";
	else if (exit_code == EXIT_CODE_NO_BACKEND)
		reason = "this kernel offers neither back end";
	else if (exit_code == EXIT_CODE_NO_PERMISSION)
		reason = "no permission";
	fprintf(output, "OFFLOAD-AGENT UNKNOWN - %s\n", reason);
}
