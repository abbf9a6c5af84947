/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/report_json.h"

#include "agent/facts_json.h"
#include "agent/json.h"
#include "ethtool_nl/feature_mask.h"

#include <errno.h>

static json_t *feature_json(const struct ethtool_nl *handle, const struct nic *nic,
			    unsigned int bit)
{
	bool target = feature_mask_has(&nic->plan.target, bit);
	json_t *json;

	json = json_pack("{s:o, s:b, s:b, s:b, s:o, s:o}", "name",
			 json_text(ethtool_nl_feature_name(handle, bit)), "active",
			 feature_mask_has(&nic->features.active, bit), "wanted",
			 feature_mask_has(&nic->features.wanted, bit), "fixed",
			 !feature_mask_has(&nic->features.changeable, bit), "target",
			 target ? json_false() : json_null(), "outcome",
			 json_text_or_null(nic_outcome(nic, bit)));
	if (feature_mask_has(&nic->refused, bit) && nic->message[0])
		json_object_set_new(json, "message", json_text(nic->message));
	return json;
}

static json_t *features_json(const struct ethtool_nl *handle, const struct nic *nic)
{
	struct feature_mask shown = nic_shown_features(nic);
	json_t *features = json_array();

	for (unsigned int bit = feature_mask_next(&shown, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(&shown, bit + 1))
		json_array_append_new(features, feature_json(handle, nic, bit));
	return features;
}

static json_t *nic_json(const struct report *report, const struct nic *nic)
{
	const struct ethtool_nl *handle = report->inspection->handle;
	struct feature_mask side_effects = nic_side_effects(nic);
	const char *backend = NULL;
	json_t *json;

	if (handle)
		backend = ethtool_nl_backend_name(ethtool_nl_backend(handle));
	json = json_pack("{s:o, s:I, s:o, s:o, s:b, s:b, s:o, s:o, s:o, s:o}", "name",
			 json_text(nic->link.name), "ifindex", (json_int_t)nic->link.ifindex,
			 "kind", json_text_or_null(nic->link.kind[0] ? nic->link.kind : NULL),
			 "driver", json_text_or_null(nic->link.driver[0] ? nic->link.driver : NULL),
			 "selected", nic->plan.selected, "exposed", nic->plan.exposed, "rule",
			 json_text_or_null(nic->plan.rule_id), "backend",
			 json_text_or_null(backend), "features", features_json(handle, nic),
			 "side_effects", json_feature_names(handle, &side_effects));
	if (json && report->dry_run) {
		json_object_set_new(json, "would_turn_off",
				    json_feature_names(handle, &nic->todo.turn_off));
		json_object_set_new(json, "would_give_back",
				    json_feature_names(handle, &nic->todo.give_back));
	}
	return json;
}

static json_t *rule_json(const struct rule_judgement *judged)
{
	json_t *references = json_array(), *conditions = json_array();

	for (size_t i = 0; judged->rule->references && judged->rule->references[i]; i++)
		json_array_append_new(references, json_text(judged->rule->references[i]));
	for (size_t i = 0; i < judged->n_conditions; i++) {
		const struct condition *condition = &judged->conditions[i];

		json_array_append_new(conditions,
				      json_pack("{s:s, s:s, s:o}", "name",
						condition_name(condition->name), "outcome",
						answer_name(condition->outcome), "reason",
						json_text(condition->reason)));
	}
	return json_pack("{s:s, s:o, s:s, s:o, s:o}", "id", judged->rule->id, "title",
			 json_text(judged->rule->title), "verdict", verdict_name(judged->verdict),
			 "references", references, "conditions", conditions);
}

static json_t *rules_json(const struct judgement *judgement)
{
	json_t *rules = json_array();

	for (size_t i = 0; i < judgement->n_rules; i++)
		json_array_append_new(rules, rule_json(&judgement->rules[i]));
	return rules;
}

static json_t *agent_json(const struct inspection *inspection)
{
	const struct publisher *publisher = &inspection->publisher;
	const char *last_change = inspection->changes.last_change;
	bool running = inspection->service_running;

	return json_pack("{s:b, s:o, s:o, s:I, s:I, s:o}", "running", running, "pid",
			 running ? json_integer(publisher->pid) : json_null(), "since",
			 running ? json_text(publisher->since) : json_null(), "corrections",
			 (json_int_t)publisher->corrections, "paused",
			 (json_int_t)publisher->n_paused, "last_change",
			 json_text_or_null(last_change[0] ? last_change : NULL));
}

/*
 * Members of the top object one by one, NICs one by one: a tree of a thousand NICs would be the
 * largest thing in memory.
 */
static int print_member(FILE *output, const char *key, json_t *value)
{
	fprintf(output, ",\n\"%s\":", key);
	return json_print_and_free(output, value);
}

static int print_nics(FILE *output, const struct report *report)
{
	int result = 0;

	fputs(",\n\"nics\":[", output);
	for (size_t i = 0; i < report->inspection->n_nics && result == 0; i++) {
		fputs(i ? ",\n" : "\n", output);
		result =
			json_print_and_free(output, nic_json(report, &report->inspection->nics[i]));
	}
	fputs("]", output);
	return result;
}

int report_print_json(FILE *output, const struct report *report)
{
	const struct inspection *inspection = report->inspection;
	int result;

	fputs("{\"schema\":1", output);
	result = print_member(output, "state", json_string(state_name(report->state)));
	if (result == 0)
		result = print_member(output, "verdict",
				      json_string(verdict_name(inspection->judgement.verdict)));
	if (result == 0)
		result = print_member(output, "summary", json_text(report->summary));
	if (result == 0 && report->dry_run)
		result = print_member(output, "dry_run", json_true());
	if (result == 0)
		result = print_member(output, "agent", agent_json(inspection));
	if (result == 0)
		result = print_member(output, "facts",
				      facts_json_build(&inspection->facts, &inspection->rules));
	if (result == 0)
		result = print_member(output, "rules", rules_json(&inspection->judgement));
	if (result == 0)
		result = print_nics(output, report);
	fputs("}\n", output);
	return result == 0 && ferror(output) ? -EIO : result;
}
