/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/reconcile/policy_in_force.h"

#include "agent/base/failure.h"
#include "agent/reconcile/facts_source.h"
#include "agent/reconcile/rules_in_force.h"
#include "agent/reconcile/sources.h"
#include "cleanup.h"
#include "ethtool_nl/feature_mask.h"
#include "policy/file/diagnostics.h"
#include "policy/file/rule_file.h"

#include <errno.h>

void policy_in_force_clear(struct policy_in_force *policy)
{
	plan_clear(&policy->plan);
	judgement_clear(&policy->judgement);
	facts_clear(&policy->facts);
	rules_clear(&policy->rules);
	agent_config_clear(&policy->config);
	*policy = (struct policy_in_force){.config = {.nics = NULL}};
}

int policy_in_force_load_config(const struct sources *sources, struct policy_in_force *policy)
{
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};
	int result = agent_config_load(sources->config, &diagnostics, &policy->config);

	return result < 0 ? failure_tell(result, "configuration", &diagnostics) : 0;
}

static int load_rules(const struct sources *sources, struct diagnostics *diagnostics,
		      struct rules *ret_rules)
{
	const char *const installed[] = {OFFLOAD_AGENT_DATADIR "/rules.d",
					 OFFLOAD_AGENT_SYSCONFDIR "/rules.d", NULL};
	const char *const given[] = {sources->rules, NULL};

	return rule_files_load(sources->rules ? given : installed, diagnostics, ret_rules);
}

int policy_in_force_load(const struct sources *sources, struct policy_in_force *policy)
{
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};
	int config_result, rules_result;

	/* Both are read before either fails: who mends a file wants to know all faults. */
	config_result = agent_config_load(sources->config, &diagnostics, &policy->config);
	rules_result = load_rules(sources, &diagnostics, &policy->rules);
	if (config_result < 0 && config_result != -EBADMSG)
		return failure_tell(config_result, "configuration", NULL);
	if (rules_result < 0 && rules_result != -EBADMSG)
		return failure_tell(rules_result, "rules", NULL);
	if (config_result < 0 || rules_result < 0)
		return failure_tell(-EBADMSG, "configuration and rules", &diagnostics);
	rules_choose(&policy->rules, policy->config.choices, policy->config.n_choices);
	return 0;
}

int rules_in_force_load(const struct sources *sources, struct rules *ret_rules)
{
	_cleanup_(policy_in_force_clear) struct policy_in_force policy = {.config = {.nics = NULL}};
	int result = policy_in_force_load(sources, &policy);

	if (result != 0)
		return result;
	*ret_rules = policy.rules;
	policy.rules = (struct rules){0};
	return 0;
}

int policy_in_force_judge(const struct sources *sources, int directory_fd,
			  struct policy_in_force *policy, struct service_status *ret_service)
{
	struct detect_options detection;
	int result;

	result = policy_in_force_load(sources, policy);
	if (result != 0)
		return result;
	detection = policy_in_force_detection(policy, sources);
	result = facts_source_find(sources, &detection, directory_fd, &policy->facts, ret_service);
	if (result != 0)
		return result;
	result = policy_evaluate(&policy->rules, &policy->facts, &policy->config.evidence,
				 &policy->judgement);
	return result < 0 ? failure_tell(result, "judging the node", NULL) : 0;
}

/* The plan borrows from the judgement: both are replaced, or neither. */
static int replace_plan(struct policy_in_force *policy, const struct judgement *judgement,
			const struct ethtool_nl *handle)
{
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};
	struct plan plan = {0};
	int result;

	result = plan_init(handle, &policy->config, judgement, &policy->facts, &diagnostics, &plan);
	if (result < 0)
		return failure_tell(result, "planning", &diagnostics);
	plan_clear(&policy->plan);
	policy->plan = plan;
	return 0;
}

int policy_in_force_plan(struct policy_in_force *policy, const struct ethtool_nl *handle)
{
	return replace_plan(policy, &policy->judgement, handle);
}

int policy_in_force_judge_again(struct policy_in_force *policy, const struct ethtool_nl *handle)
{
	struct judgement judgement = {0};
	int result;

	result = policy_evaluate(&policy->rules, &policy->facts, &policy->config.evidence,
				 &judgement);
	if (result < 0)
		return failure_tell(result, "judging the node", NULL);
	result = replace_plan(policy, &judgement, handle);
	if (result != 0) {
		judgement_clear(&judgement);
		return result;
	}
	judgement_clear(&policy->judgement);
	policy->judgement = judgement;
	return 0;
}

static void swap_files(struct policy_in_force *policy, struct policy_in_force *fresh)
{
	struct agent_config config = policy->config;
	struct rules rules = policy->rules;

	policy->config = fresh->config;
	policy->rules = fresh->rules;
	fresh->config = config;
	fresh->rules = rules;
}

int policy_in_force_replace(struct policy_in_force *policy, struct policy_in_force *fresh,
			    const struct ethtool_nl *handle)
{
	int result;

	swap_files(policy, fresh);
	result = policy_in_force_judge_again(policy, handle);
	if (result == 0)
		return 0;
	swap_files(policy, fresh);
	return result;
}

struct detect_options policy_in_force_detection(const struct policy_in_force *policy,
						const struct sources *sources)
{
	const struct agent_config *config = &policy->config;
	struct detect_options detection = sources->detection;

	if (!detection.kubelet)
		detection.kubelet = config->kubelet;
	if (!detection.proxy_metrics)
		detection.proxy_metrics = config->proxy_metrics;
	if (!detection.kubernetes_version)
		detection.kubernetes_version = config->kubernetes_version;
	detection.nat_rules |= config->evidence.kubernetes_rules || rules_needs(&policy->rules).nat;
	detection.measure = config->evidence.kernel_measured;
	return detection;
}

static struct feature_mask add_credible(struct feature_mask credible,
					const struct ethtool_nl *handle, const struct rules *rules,
					char *const turn_off[])
{
	if (turn_off)
		credible = feature_mask_or(credible, plan_mask(handle, turn_off));
	for (size_t i = 0; i < rules->n_rules; i++)
		credible = feature_mask_or(credible, plan_mask(handle, rules->rules[i].turn_off));
	return credible;
}

/*
 * Who owns the folder of the record can write there what the agent never did; root must not turn
 * that on for him.
 */
struct feature_mask policy_in_force_credible(const struct policy_in_force *policy,
					     const struct sources *sources,
					     const struct ethtool_nl *handle)
{
	static char rx[] = "rx", tx[] = "tx";
	char *const shipped[] = {rx, tx, NULL};
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};
	_cleanup_(policy_in_force_clear) struct policy_in_force found = {.config = {.nics = NULL}};
	struct feature_mask credible = plan_mask(handle, shipped);

	credible = add_credible(credible, handle, &policy->rules, policy->config.turn_off);
	if (policy->rules.n_rules > 0)
		return credible;
	if (agent_config_load(sources->config, &diagnostics, &found.config) < 0)
		agent_config_clear(&found.config);
	if (load_rules(sources, &diagnostics, &found.rules) < 0)
		rules_clear(&found.rules);
	return add_credible(credible, handle, &found.rules, found.config.turn_off);
}
