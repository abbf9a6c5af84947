/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/reconcile/plan.h"

#include "agent/settings/config.h"
#include "ethtool_nl/feature_mask.h"
#include "policy/evaluate.h"
#include "policy/file/complaint.h"

#include <errno.h>
#include <stdlib.h>

struct feature_mask plan_mask(const struct ethtool_nl *handle, char *const names[])
{
	struct feature_mask all = {0}, one;

	for (size_t i = 0; handle && names[i]; i++) {
		if (ethtool_nl_mask(handle, names[i], &one) == 0)
			all = feature_mask_or(all, one);
	}
	return all;
}

/* A name in a rule may be for other kernels; one in the configuration is for this node. */
static int check_config_names(const struct ethtool_nl *handle, const struct agent_config *config,
			      struct complaints *complaints)
{
	struct feature_mask mask;
	int result = 0;

	for (size_t i = 0; handle && config->turn_off && config->turn_off[i]; i++) {
		if (ethtool_nl_mask(handle, config->turn_off[i], &mask) == 0)
			continue;
		result = complaints_refuse(
			complaints,
			"%s: turn_off: this kernel has no feature or group \"%s\"; "
			"'ethtool -k' lists them",
			config->turn_off_source, config->turn_off[i]);
		if (result == -ENOMEM)
			return result;
	}
	return result;
}

static bool rule_acts(const struct rule_judgement *judged, const struct agent_config *config)
{
	if (judged->rule->mode != RULE_ACT || judged->not_looked_at)
		return false;
	return judged->verdict == ANSWER_YES ||
	       (judged->verdict == ANSWER_UNKNOWN && config->turn_off_on_unknown);
}

int plan_init(const struct ethtool_nl *handle, const struct agent_config *config,
	      const struct judgement *judgement, struct complaints *complaints,
	      struct plan *ret_plan)
{
	struct plan plan = {.config = config, .n_rules = judgement->n_rules};
	int result;

	result = check_config_names(handle, config, complaints);
	if (result < 0)
		return result;
	plan.rules = calloc(judgement->n_rules + 1, sizeof(*plan.rules));
	if (!plan.rules)
		return -ENOMEM;
	for (size_t i = 0; i < judgement->n_rules; i++) {
		const struct rule_judgement *judged = &judgement->rules[i];

		plan.rules[i] = (struct plan_rule){
			.judgement = judged,
			.acts = rule_acts(judged, config),
			.turn_off = plan_mask(handle, config->turn_off ? config->turn_off
								       : judged->rule->turn_off),
			.required = plan_mask(handle, judged->rule->required),
		};
		plan.rules[i].unnamed = handle && feature_mask_is_empty(&plan.rules[i].required);
	}
	*ret_plan = plan;
	return 0;
}

void plan_clear(struct plan *plan)
{
	free(plan->rules);
	*plan = (struct plan){0};
}

static bool config_names(const struct agent_config *config, const struct link_facts *link)
{
	for (size_t i = 0; i < config->n_nics; i++) {
		if (link_match_test(&config->nics[i], link) == ANSWER_YES)
			return true;
	}
	return false;
}

bool plan_needs_drivers(const struct agent_config *config, const struct judgement *judgement)
{
	for (size_t i = 0; i < config->n_nics; i++) {
		if (config->nics[i].driver)
			return true;
	}
	for (size_t i = 0; i < judgement->n_rules; i++) {
		const struct rule *rule = judgement->rules[i].rule;

		for (size_t j = 0; j < rule->n_exposed; j++) {
			if (rule->exposed[j].drivers)
				return true;
		}
	}
	return false;
}

static void expose(struct link_exposure *exposure, const struct plan_rule *planned, bool certain)
{
	struct feature_mask *mask = certain ? &exposure->required : &exposure->in_doubt;

	exposure->exposed = true;
	*mask = feature_mask_or(*mask, planned->required);
	if (planned->unnamed && !exposure->unnamed)
		exposure->unnamed = planned->judgement->rule->id;
}

static void ask_rule(const struct plan *plan, const struct plan_rule *planned,
		     const struct link_facts *link, struct link_plan *asked)
{
	const bool named = !plan->config->nics_exposed;
	const struct rule_judgement *judged = planned->judgement;
	const struct rule *rule = judged->rule;
	const enum answer exposes = rule_exposes(rule, link, &device_not_known, NULL);
	const bool certain = exposes == ANSWER_YES && judged->verdict == ANSWER_YES;
	bool target;

	/* A rule whose target it is exposes it, so that it is selected by then at the latest. */
	if (!named && rule->mode == RULE_ACT && exposes != ANSWER_NO)
		asked->selected = true;
	target = asked->selected && planned->acts && rule_acts_on(rule, exposes, link, named);
	asked->shown = feature_mask_or(asked->shown,
				       feature_mask_or(planned->turn_off, planned->required));
	if (judged->verdict == ANSWER_NO || judged->not_looked_at)
		return;
	if (exposes != ANSWER_NO)
		expose(&asked->all, planned, certain);
	if (exposes != ANSWER_NO && rule->mode == RULE_ACT)
		expose(&asked->acting, planned, certain);
	if (target)
		asked->target = feature_mask_or(asked->target, planned->turn_off);
	if ((target || exposes != ANSWER_NO) && !asked->rule_id)
		asked->rule_id = rule->id;
}

void plan_link(const struct plan *plan, const struct link_facts *link,
	       struct link_plan *ret_link_plan)
{
	struct link_plan asked = {.selected = config_names(plan->config, link)};

	for (size_t i = 0; i < plan->n_rules; i++)
		ask_rule(plan, &plan->rules[i], link, &asked);
	*ret_link_plan = asked;
}

bool plan_gives_back(const struct plan *plan)
{
	if (!plan->config->restore_on_not_affected)
		return false;
	for (size_t i = 0; i < plan->n_rules; i++) {
		const struct rule_judgement *judged = plan->rules[i].judgement;

		if (judged->rule->mode == RULE_ACT && judged->verdict == ANSWER_UNKNOWN &&
		    !plan->rules[i].acts)
			return false;
	}
	return true;
}

struct todo plan_todo(const struct plan *plan, const struct link_plan *link_plan,
		      const struct featureset *features, struct feature_mask recorded)
{
	struct feature_mask still_on = feature_mask_or(features->active, features->wanted);
	struct todo todo = {0};

	todo.turn_off = feature_mask_and(feature_mask_and(link_plan->target, features->changeable),
					 still_on);
	todo.is_back = feature_mask_without(feature_mask_and(recorded, features->wanted),
					    link_plan->target);
	if (!plan_gives_back(plan))
		return todo;
	todo.give_back = feature_mask_without(recorded, link_plan->target);
	todo.give_back = feature_mask_without(todo.give_back, features->wanted);
	todo.give_back = feature_mask_and(todo.give_back, features->changeable);
	return todo;
}
