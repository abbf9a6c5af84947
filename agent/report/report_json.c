/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/report/report_json.h"

#include "agent/base/json_writer.h"
#include "agent/facts/facts_json.h"
#include "agent/facts/features_json.h"
#include "agent/links/checksum_counters.h"
#include "agent/reconcile/nic.h"
#include "agent/record/service_status.h"
#include "agent/report/report.h"
#include "ethtool_nl/feature_mask.h"
#include "policy/evaluate.h"
#include "policy/rule.h"

static void write_feature(struct json_writer *writer, const struct ethtool_nl *handle,
			  const struct nic *nic, unsigned int bit)
{
	json_write_begin(writer, NULL, '{');
	json_write_string(writer, "name", ethtool_nl_feature_name(handle, bit));
	json_write_boolean(writer, "active", feature_mask_has(&nic->features.active, bit));
	json_write_boolean(writer, "wanted", feature_mask_has(&nic->features.wanted, bit));
	json_write_boolean(writer, "fixed", !feature_mask_has(&nic->features.changeable, bit));
	if (feature_mask_has(&nic->plan.target, bit))
		json_write_boolean(writer, "target", false);
	else
		json_write_null(writer, "target");
	json_write_text(writer, "outcome", nic_outcome(nic, bit));
	if (feature_mask_has(&nic->refused, bit) && nic->message[0])
		json_write_string(writer, "message", nic->message);
	json_write_end(writer, '}');
}

static void write_features(struct json_writer *writer, const struct ethtool_nl *handle,
			   const struct nic *nic)
{
	struct feature_mask shown = nic_shown_features(nic);

	json_write_begin(writer, "features", '[');
	for (unsigned int bit = feature_mask_next(&shown, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(&shown, bit + 1))
		write_feature(writer, handle, nic, bit);
	json_write_end(writer, ']');
}

/* Only where there is such a thing: most NICs have no LRO. */
static void write_kept_off(struct json_writer *writer, const struct ethtool_nl *handle,
			   const struct nic *nic)
{
	const struct feature_mask kept_off = feature_mask_and(nic->recorded, nic->kept_off);

	if (feature_mask_is_empty(&kept_off))
		return;
	features_json_write(writer, "stays_off", handle, &kept_off);
	json_write_string(writer, "stays_off_reason", nic->kept_off_why);
}

static void write_nic(struct json_writer *writer, const struct report *report,
		      const struct nic *nic)
{
	const struct ethtool_nl *handle = report->handle;
	struct feature_mask side_effects = nic_side_effects(nic);

	json_write_line(writer);
	json_write_begin(writer, NULL, '{');
	json_write_string(writer, "name", nic->link.name);
	json_write_integer(writer, "ifindex", nic->link.ifindex);
	json_write_text(writer, "kind", nic->link.kind[0] ? nic->link.kind : NULL);
	json_write_text(writer, "driver", nic->link.driver[0] ? nic->link.driver : NULL);
	json_write_boolean(writer, "selected", nic->plan.selected);
	json_write_boolean(writer, "exposed", nic->plan.all.exposed);
	json_write_text(writer, "rule", nic->plan.rule_id);
	json_write_text(writer, "backend",
			handle ? ethtool_nl_backend_name(ethtool_nl_backend(handle)) : NULL);
	write_features(writer, handle, nic);
	features_json_write(writer, "side_effects", handle, &side_effects);
	write_kept_off(writer, handle, nic);
	if (report->dry_run) {
		features_json_write(writer, "would_turn_off", handle, &nic->todo.turn_off);
		features_json_write(writer, "would_give_back", handle, &nic->todo.give_back);
	}
	json_write_end(writer, '}');
}

static void write_nics(struct json_writer *writer, const struct report *report)
{
	json_write_line(writer);
	json_write_begin(writer, "nics", '[');
	for (size_t i = 0; i < report->n_nics; i++) {
		if (nic_is_shown(&report->nics[i]))
			write_nic(writer, report, &report->nics[i]);
	}
	json_write_end(writer, ']');
}

static void write_condition(struct json_writer *writer, const struct condition *condition)
{
	json_write_begin(writer, NULL, '{');
	json_write_string(writer, "name", condition_name(condition->name));
	json_write_string(writer, "outcome", answer_name(condition->outcome));
	json_write_string(writer, "reason", condition->reason);
	if (condition->contradiction)
		json_write_string(writer, "contradiction", condition->contradiction);
	json_write_end(writer, '}');
}

void report_json_write_conditions(struct json_writer *writer, const struct rule_judgement *judged)
{
	json_write_begin(writer, "conditions", '[');
	for (size_t i = 0; i < judged->n_conditions; i++)
		write_condition(writer, &judged->conditions[i]);
	json_write_end(writer, ']');
}

/* The facts say what was seen, and when. */
static void write_symptom(struct json_writer *writer, const struct report *report, size_t place)
{
	const struct symptom_facts *seen;
	const char *reason;

	json_write_string(writer, "symptom",
			  symptom_name(report->judgement->rules[place].rule->symptom));
	json_write_string(writer, "symptom_seen",
			  answer_name(report_rule_symptom(report, place, &seen, &reason)));
}

static void write_rule(struct json_writer *writer, const struct report *report, size_t place)
{
	const struct rule_judgement *judged = &report->judgement->rules[place];

	json_write_line(writer);
	json_write_begin(writer, NULL, '{');
	json_write_string(writer, "id", judged->rule->id);
	json_write_string(writer, "title", judged->rule->title);
	json_write_string(writer, "mode", rule_mode_name(report_rule_mode(report, place)));
	json_write_string(writer, "verdict", verdict_name(report_rule_verdict(report, place)));
	json_write_boolean(writer, "looked_at", report_rule_looked_at(report, place));
	json_write_string(writer, "exposes", answer_name(report_rule_exposes(report, place, NULL)));
	if (judged->rule->symptom != SYMPTOM_NONE)
		write_symptom(writer, report, place);
	json_write_text(writer, "effect", rule_effect_name(judged->rule->effect));
	json_write_text(writer, "cost", judged->rule->cost);
	json_write_strings(writer, "remedies", judged->rule->remedies);
	json_write_strings(writer, "references", judged->rule->references);
	report_json_write_conditions(writer, judged);
	json_write_end(writer, '}');
}

static void write_rules(struct json_writer *writer, const struct report *report)
{
	json_write_line(writer);
	json_write_begin(writer, "rules", '[');
	for (size_t i = 0; i < report->judgement->n_rules; i++)
		write_rule(writer, report, i);
	json_write_end(writer, ']');
}

static void write_contradictions(struct json_writer *writer, const struct judgement *judgement)
{
	size_t place = 0;
	const char *text;

	json_write_line(writer);
	json_write_begin(writer, "contradictions", '[');
	while ((text = judgement_contradiction(judgement, &place)))
		json_write_string(writer, NULL, text);
	json_write_end(writer, ']');
}

static void write_agent(struct json_writer *writer, const struct report *report)
{
	const struct service_status *service = report->service;
	const char *last_change = report->last_change;

	json_write_line(writer);
	json_write_begin(writer, "agent", '{');
	json_write_boolean(writer, "running", service->running);
	if (service->running)
		json_write_integer(writer, "pid", service->pid);
	else
		json_write_null(writer, "pid");
	json_write_text(writer, "since",
			service->running && service->since[0] ? service->since : NULL);
	json_write_integer(writer, "corrections", service->corrections);
	json_write_integer(writer, "paused", service->n_paused);
	json_write_text(writer, "last_change", last_change[0] ? last_change : NULL);
	json_write_end(writer, '}');
}

static void write_counters(struct json_writer *writer, const struct checksum_counters *counters)
{
	if (!counters->known)
		return;
	json_write_line(writer);
	json_write_begin(writer, "checksum_errors", '{');
	json_write_integer(writer, "udp", (int64_t)counters->udp);
	json_write_integer(writer, "udp6", (int64_t)counters->udp6);
	json_write_integer(writer, "tcp", (int64_t)counters->tcp);
	json_write_end(writer, '}');
}

int report_print_json(FILE *output, const struct report *report)
{
	struct json_writer writer = {.output = output};

	json_write_begin(&writer, NULL, '{');
	json_write_integer(&writer, "schema", 1);
	json_write_line(&writer);
	json_write_string(&writer, "state", state_name(report->state));
	json_write_line(&writer);
	json_write_string(&writer, "verdict", verdict_name(report->judgement->verdict));
	json_write_line(&writer);
	json_write_string(&writer, "acting_state", state_name(report->acting_state));
	json_write_line(&writer);
	json_write_string(&writer, "summary", report->summary);
	write_contradictions(&writer, report->judgement);
	if (report->dry_run) {
		json_write_line(&writer);
		json_write_boolean(&writer, "dry_run", true);
	}
	write_agent(&writer, report);
	write_counters(&writer, report->counters);
	json_write_line(&writer);
	service_status_write_rates(&writer, &report->service->rates);
	json_write_line(&writer);
	service_status_write_wire(&writer, &report->service->wire);
	json_write_line(&writer);
	facts_json_write(&writer, "facts", report->facts, report->rules);
	write_rules(&writer, report);
	write_nics(&writer, report);
	json_write_end(&writer, '}');
	putc('\n', output);
	return json_write_result(&writer);
}

static void write_loaded_rule(struct json_writer *writer, const struct rule *rule)
{
	const char *keys[RULE_KEYS_MAX + 1];

	rule_asked_keys(rule, keys);
	json_write_line(writer);
	json_write_begin(writer, NULL, '{');
	json_write_string(writer, "id", rule->id);
	json_write_string(writer, "title", rule->title);
	json_write_text(writer, "effect", rule_effect_name(rule->effect));
	json_write_string(writer, "mode", rule_mode_name(rule->mode));
	json_write_text(writer, "review", rule->review);
	json_write_begin(writer, "needs", '[');
	for (size_t i = 0; keys[i]; i++)
		json_write_string(writer, NULL, keys[i]);
	json_write_end(writer, ']');
	json_write_string(writer, "file", rule->file);
	json_write_end(writer, '}');
}

int report_print_rules_json(FILE *output, const struct rules *rules)
{
	struct json_writer writer = {.output = output};

	json_write_begin(&writer, NULL, '{');
	json_write_integer(&writer, "schema", 1);
	json_write_begin(&writer, "rules", '[');
	for (size_t i = 0; i < rules->n_rules; i++)
		write_loaded_rule(&writer, &rules->rules[i]);
	json_write_end(&writer, ']');
	json_write_end(&writer, '}');
	putc('\n', output);
	return json_write_result(&writer);
}
