/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/report/report_prometheus.h"

#include "agent/base/text.h"
#include "agent/base/utc_time.h"
#include "agent/links/checksum_counters.h"
#include "agent/reconcile/nic.h"
#include "agent/record/service_status.h"
#include "agent/report/report.h"
#include "array.h"
#include "ethtool_nl/feature_mask.h"
#include "policy/evaluate.h"
#include "policy/facts.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define PREFIX "offload_agent_"

static void begin_metric(FILE *output, const char *name, const char *type, const char *help)
{
	fprintf(output, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name, help, name, type);
}

/* A label's value between its quotes. What is no text was made fit before. */
static void print_escaped(FILE *output, const char *text)
{
	char clean[256];

	for (text = text_clean(text, clean, sizeof(clean)); *text; text++) {
		if (*text == '\\' || *text == '"')
			putc('\\', output);
		putc(*text, output);
	}
}

static void print_label(FILE *output, const char *separator, const char *name, const char *value)
{
	fprintf(output, "%s%s=\"", separator, name);
	print_escaped(output, value ? value : "");
	putc('"', output);
}

static void print_single(FILE *output, const char *name, const char *type, const char *help,
			 uint64_t value)
{
	begin_metric(output, name, type, help);
	fprintf(output, PREFIX "%s %" PRIu64 "\n", name, value);
}

static void print_infos(FILE *output, const struct facts *facts, const char *version)
{
	begin_metric(output, "build_info", "gauge",
		     "Always 1; the program's version is in the label.");
	fputs(PREFIX "build_info", output);
	print_label(output, "{", "version", version);
	fputs("} 1\n", output);

	begin_metric(output, "node_info", "gauge",
		     "Always 1; what the node is judged by, empty where it is unknown.");
	fputs(PREFIX "node_info", output);
	print_label(output, "{", "kernel_release", facts->kernel.release);
	print_label(output, ",", "kubernetes_version", facts->kubernetes.version);
	fputs("} 1\n", output);
}

static void print_states(FILE *output, enum state now)
{
	begin_metric(output, "state", "gauge",
		     "The state of the node: 1 for the one that it is in, 0 for all others.");
	for (enum state state = 0; state < STATES; state++)
		fprintf(output, PREFIX "state{state=\"%s\"} %d\n", state_name(state), state == now);
}

static void print_verdicts(FILE *output, const struct report *report)
{
	static const enum answer verdicts[] = {ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN};

	begin_metric(output, "rule_verdict", "gauge",
		     "What each rule says of the node: 1 for its verdict, 0 for the others.");
	for (size_t i = 0; i < report->judgement->n_rules; i++) {
		const char *id = report->judgement->rules[i].rule->id;
		const enum answer verdict = report_rule_verdict(report, i);

		for (size_t j = 0; j < N_ELEMENTS(verdicts); j++)
			fprintf(output, PREFIX "rule_verdict{rule=\"%s\",verdict=\"%s\"} %d\n", id,
				verdict_name(verdicts[j]), verdict == verdicts[j]);
	}
}

static void print_rule_infos(FILE *output, const struct report *report)
{
	begin_metric(output, "rule_info", "gauge",
		     "Always 1; what the rule does when it applies, and what its bug does.");
	for (size_t i = 0; i < report->judgement->n_rules; i++) {
		const struct rule *rule = report->judgement->rules[i].rule;

		fputs(PREFIX "rule_info", output);
		print_label(output, "{", "rule", rule->id);
		print_label(output, ",", "mode", rule_mode_name(report_rule_mode(report, i)));
		print_label(output, ",", "effect", rule_effect_name(rule->effect));
		fputs("} 1\n", output);
	}
}

static void print_contradictions(FILE *output, const struct judgement *judgement)
{
	begin_metric(output, "rule_contradiction", "gauge",
		     "Do two witnesses of the rule's condition say the opposite of each other?");
	for (size_t i = 0; i < judgement->n_rules; i++) {
		const struct rule_judgement *judged = &judgement->rules[i];

		for (size_t j = 0; j < judged->n_conditions; j++)
			fprintf(output,
				PREFIX "rule_contradiction{rule=\"%s\",condition=\"%s\"} %d\n",
				judged->rule->id, condition_name(judged->conditions[j].name),
				judged->conditions[j].contradiction != NULL);
	}
}

static void print_device(FILE *output, const struct nic *nic)
{
	char clean[LINK_NAME_SIZE], unique[LINK_NAME_SIZE + 16];

	/* Two names that were made fit may be the same, and a series may be there only once. */
	snprintf(unique, sizeof(unique), "%s#%u", text_clean(nic->link.name, clean, sizeof(clean)),
		 nic->link.ifindex);
	print_label(output, "{", "device", strcmp(clean, nic->link.name) == 0 ? clean : unique);
}

static void print_nics(FILE *output, const struct report *report, const char *name,
		       const char *help, bool (*value)(const struct nic *nic))
{
	begin_metric(output, name, "gauge", help);
	for (size_t i = 0; i < report->n_nics; i++) {
		if (report->nics[i].error == -ENODEV || !nic_is_shown(&report->nics[i]))
			continue;
		fprintf(output, PREFIX "%s", name);
		print_device(output, &report->nics[i]);
		fprintf(output, "} %d\n", value(&report->nics[i]));
	}
}

static bool is_selected(const struct nic *nic)
{
	return nic->plan.selected;
}

static bool is_exposed(const struct nic *nic)
{
	return nic->plan.all.exposed;
}

static void print_features_of(FILE *output, const struct ethtool_nl *handle, const struct nic *nic,
			      const char *name, const struct feature_mask *set)
{
	struct feature_mask shown = nic_shown_features(nic);

	/* What was read earlier may be so no more. */
	if (nic->error < 0 || !nic_is_shown(nic))
		return;
	for (unsigned int bit = feature_mask_next(&shown, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(&shown, bit + 1)) {
		fprintf(output, PREFIX "%s", name);
		print_device(output, nic);
		print_label(output, ",", "feature", ethtool_nl_feature_name(handle, bit));
		fprintf(output, "} %d\n", feature_mask_has(set, bit));
	}
}

static void print_features(FILE *output, const struct report *report)
{
	begin_metric(output, "nic_feature_active", "gauge", "Is the feature on now?");
	for (size_t i = 0; i < report->n_nics; i++)
		print_features_of(output, report->handle, &report->nics[i], "nic_feature_active",
				  &report->nics[i].features.active);
	begin_metric(output, "nic_feature_wanted", "gauge",
		     "Does the kernel note a wish that the feature be on?");
	for (size_t i = 0; i < report->n_nics; i++)
		print_features_of(output, report->handle, &report->nics[i], "nic_feature_wanted",
				  &report->nics[i].features.wanted);
}

/* A time as the agent writes it, in seconds since 1970; nothing is printed for one that is not. */
static void print_time(FILE *output, const char *name, const char *help, const char *text)
{
	time_t moment;

	if (utc_time_parse(text, &moment))
		print_single(output, name, "gauge", help, moment);
}

static void print_service(FILE *output, const struct report *report)
{
	const struct service_status *service = report->service;

	print_single(output, "service_running", "gauge", "Is the service running?",
		     service->running);
	print_single(output, "corrections_total", "counter",
		     "NICs that the service corrected since it started, after another program had "
		     "turned offload on.",
		     service->corrections);
	print_single(output, "nics_paused", "gauge",
		     "NICs that another program fights for; their corrections pause.",
		     service->n_paused);
	if (service->running)
		print_time(output, "service_start_time_seconds",
			   "When the service started, in seconds since 1970.", service->since);
	print_time(output, "last_change_timestamp_seconds",
		   "When the agent last changed a NIC, in seconds since 1970.",
		   report->last_change);
}

static void print_counters(FILE *output, const struct checksum_counters *counters)
{
	const struct {
		const char *protocol;
		uint64_t value;
	} series[] = {{"udp", counters->udp}, {"udp6", counters->udp6}, {"tcp", counters->tcp}};

	if (!counters->known)
		return;
	begin_metric(
		output, "checksum_errors_total", "counter",
		"Packets that this node received and dropped for a wrong checksum, whoever sent "
		"them.");
	for (size_t i = 0; i < N_ELEMENTS(series); i++)
		fprintf(output, PREFIX "checksum_errors_total{protocol=\"%s\"} %" PRIu64 "\n",
			series[i].protocol, series[i].value);
}

static void print_rates(FILE *output, const struct checksum_rates *rates)
{
	if (!rates->known)
		return;
	begin_metric(
		output, "checksum_errors_per_minute", "gauge",
		"Packets a minute dropped for a wrong checksum, as of the service's last sweep; "
		"udp is IPv4 and IPv6.");
	fprintf(output, PREFIX "checksum_errors_per_minute{protocol=\"udp\"} %" PRIu64 "\n",
		rates->udp);
	fprintf(output, PREFIX "checksum_errors_per_minute{protocol=\"tcp\"} %" PRIu64 "\n",
		rates->tcp);
}

static void print_wire_packets(FILE *output, const struct wire_seen *seen)
{
	const struct {
		const char *checksum;
		uint64_t value;
	} series[] = {
		{"right", seen->right},
		{"zero", seen->zero},
		{"unfinished", seen->unfinished},
		{"wrong", seen->wrong},
		{"vouched-wrong", seen->vouched_wrong},
		{"inner-wrong", seen->inner_wrong},
	};

	begin_metric(output, "wire_packets", "gauge",
		     "TCP SYNs that came through VXLAN during the last look, by their checksums.");
	for (size_t i = 0; i < N_ELEMENTS(series); i++)
		fprintf(output, PREFIX "wire_packets{checksum=\"%s\"} %" PRIu64 "\n",
			series[i].checksum, series[i].value);
}

static void print_wire_senders(FILE *output, const struct wire_seen *seen)
{
	begin_metric(
		output, "wire_sender_wrong", "gauge",
		"TCP SYNs with a wrong checksum from that peer during the last look; the first "
		"peers alone are named.");
	for (size_t i = 0; i < seen->n_listed; i++) {
		fputs(PREFIX "wire_sender_wrong", output);
		print_label(output, "{", "peer", seen->listed[i].address);
		print_label(output, ",", "looks_like", seen->listed[i].looks_like);
		fprintf(output, "} %" PRIu64 "\n",
			seen->listed[i].wrong + seen->listed[i].inner_wrong);
	}
}

/* What peers send: nothing of it is this node's state. */
static void print_wire(FILE *output, const struct wire_seen *seen)
{
	print_single(output, "wire_wanted", "gauge", "Is the service to look at the wire?",
		     seen->wanted);
	if (!seen->wanted)
		return;
	print_single(output, "wire_failed", "gauge", "Was the last try to look at it none?",
		     seen->failure[0] != '\0');
	print_single(output, "wire_looks_total", "counter",
		     "Looks at the wire since the service started.", seen->looks);
	if (!seen->looks)
		return;
	print_time(output, "wire_look_timestamp_seconds",
		   "When the last look ended, in seconds since 1970.", seen->time);
	print_single(output, "wire_peers", "gauge", "Peers seen during the last look.",
		     seen->n_peers);
	print_single(output, "wire_wrong_peers", "gauge",
		     "Peers that sent wrong checksums during the last look.", seen->n_wrong);
	print_wire_packets(output, seen);
	print_wire_senders(output, seen);
}

void report_print_prometheus(FILE *output, const struct report *report, const char *version)
{

	print_infos(output, report->facts, version);
	print_states(output, report->state);
	print_verdicts(output, report);
	print_rule_infos(output, report);
	print_contradictions(output, report->judgement);
	print_service(output, report);
	print_nics(output, report, "nic_selected", "Does the configuration name the NIC?",
		   is_selected);
	print_nics(output, report, "nic_exposed", "Does a bug show through the NIC?", is_exposed);
	print_nics(output, report, "nic_vulnerable",
		   "Is a feature on that an affected rule requires to be off?", nic_is_vulnerable);
	print_features(output, report);
	print_counters(output, report->counters);
	print_rates(output, &report->service->rates);
	print_wire(output, &report->service->wire);
}
