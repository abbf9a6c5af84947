/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/reconcile/plan.h"

#include "agent/settings/config.h"
#include "ethtool_nl/feature_mask.h"
#include "policy/evaluate.h"
#include "policy/file/diagnostics.h"
#include "policy/string_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
			      struct diagnostics *diagnostics)
{
	struct feature_mask mask;
	int result = 0;

	for (size_t i = 0; handle && config->turn_off && config->turn_off[i]; i++) {
		if (ethtool_nl_mask(handle, config->turn_off[i], &mask) == 0)
			continue;
		result = diagnostics_refuse(
			diagnostics,
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

static void ask_feature(const struct ethtool_nl *handle, struct plan *plan, char *name)
{
	for (size_t i = 0; i < plan->n_asked; i++) {
		if (strcmp(plan->asked[i].name, name) == 0)
			return;
	}
	if (plan->n_asked == PLAN_ASKED_MAX) {
		plan->asked_too_many = true;
		return;
	}
	plan->asked[plan->n_asked].name = name;
	if (ethtool_nl_mask(handle, name, &plan->asked[plan->n_asked].mask) == 0)
		plan->n_asked++;
}

/* The features that rules ask for: one that this kernel does not have is neither on nor changeable.
 */
static void ask_features(const struct ethtool_nl *handle, const struct rule *rule,
			 struct plan *plan)
{
	for (size_t i = 0; handle && rule->mode != RULE_OFF && i < rule->n_exposed; i++) {
		char *const *on = rule->exposed[i].features_on;
		char *const *changeable = rule->exposed[i].features_changeable;

		for (; on && *on; on++)
			ask_feature(handle, plan, *on);
		for (; changeable && *changeable; changeable++)
			ask_feature(handle, plan, *changeable);
	}
}

static void plan_rule_init(const struct ethtool_nl *handle, const struct agent_config *config,
			   const struct rule_judgement *judged, struct plan_rule *planned)
{
	char *const *turn_off = config->turn_off ? config->turn_off : judged->rule->turn_off;
	struct rule_needs needs = {0};

	rule_add_needs(judged->rule, &needs);
	*planned = (struct plan_rule){
		.judgement = judged,
		.acts = rule_acts(judged, config),
		.asks_devices = judged->verdict != ANSWER_NO && rule_needs_devices(&needs),
		.turn_off = plan_mask(handle, turn_off),
		.required = plan_mask(handle, judged->rule->required),
	};
	planned->unnamed = handle && feature_mask_is_empty(&planned->required);
}

/*
 * What segments tunnels and UDP stays on, by the kernel's word, when all TX checksums of a NIC are
 * off, but is used no more: net/core/dev.c, harmonize_features().
 */
static void learn_segmentation(const struct ethtool_nl *handle, struct plan *plan)
{
	static char ipv4[] = "tx-checksum-ipv4", ipv6[] = "tx-checksum-ipv6",
		    generic[] = "tx-checksum-ip-generic", udp[] = "tx-udp-segmentation",
		    tunnel[] = "tx-udp_tnl-segmentation",
		    tunnel_sum[] = "tx-udp_tnl-csum-segmentation", gre[] = "tx-gre-segmentation",
		    gre_sum[] = "tx-gre-csum-segmentation", ipip[] = "tx-ipxip4-segmentation",
		    ipip6[] = "tx-ipxip6-segmentation";
	char *const checksums[] = {ipv4, ipv6, generic, NULL};
	char *const segmentation[] = {udp, tunnel, tunnel_sum, gre, gre_sum, ipip, ipip6, NULL};

	plan->checksums = plan_mask(handle, checksums);
	plan->segmentation = plan_mask(handle, segmentation);
}

static struct feature_mask dead_features(const struct plan *plan, const struct featureset *features)
{
	const struct feature_mask sums = feature_mask_and(plan->checksums, features->active);

	return feature_mask_is_empty(&sums) ? plan->segmentation : (struct feature_mask){0};
}

int plan_init(const struct ethtool_nl *handle, const struct agent_config *config,
	      const struct judgement *judgement, const struct facts *facts,
	      struct diagnostics *diagnostics, struct plan *ret_plan)
{
	struct plan plan = {.config = config, .facts = facts, .n_rules = judgement->n_rules};
	int result;

	result = check_config_names(handle, config, diagnostics);
	if (result < 0)
		return result;
	plan.rules = calloc(judgement->n_rules + 1, sizeof(*plan.rules));
	if (!plan.rules)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_nics; i++)
		plan.needs.drivers |= config->nics[i].driver != NULL;
	for (size_t i = 0; i < judgement->n_rules; i++) {
		const struct rule_judgement *judged = &judgement->rules[i];

		plan_rule_init(handle, config, judged, &plan.rules[i]);
		rule_add_needs(judged->rule, &plan.needs);
		ask_features(handle, judged->rule, &plan);
	}
	learn_segmentation(handle, &plan);
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

static void drop_dead(struct link_exposure *exposure, struct feature_mask dead)
{
	exposure->required = feature_mask_without(exposure->required, dead);
	exposure->in_doubt = feature_mask_without(exposure->in_doubt, dead);
}

static void expose(struct link_exposure *exposure, const struct plan_rule *planned, bool certain)
{
	struct feature_mask *mask = certain ? &exposure->required : &exposure->in_doubt;

	exposure->exposed = true;
	*mask = feature_mask_or(*mask, planned->required);
	if (planned->unnamed && !exposure->unnamed)
		exposure->unnamed = planned->judgement->rule->id;
}

/* The features of a rule that acts or tells; of one about devices only when it may apply. */
static bool is_worth_showing(const struct rule_judgement *judged, enum rule_mode mode)
{
	if (mode == RULE_ADVISE)
		return false;
	return judged->verdict != ANSWER_NO || !rule_is_about_devices(judged->rule);
}

/* `could_expose`: whether the rule would show if the link's features were others. */
static void ask_rule(const struct plan *plan, const struct plan_rule *planned,
		     const struct link_facts *link, enum answer exposes, enum answer could_expose,
		     struct link_plan *asked)
{
	const bool named = !plan->config->nics_exposed;
	const struct rule_judgement *judged = planned->judgement;
	const struct rule *rule = judged->rule;
	const enum rule_mode mode = rule_mode_for(rule, plan->facts, link);
	const bool certain = exposes == ANSWER_YES && judged->verdict == ANSWER_YES;
	bool targeted, target;

	/* A rule whose target it is exposes it, so that it is selected by then at the latest. */
	if (!named && mode == RULE_ACT && exposes != ANSWER_NO)
		asked->selected = true;
	targeted = asked->selected && rule_acts_on(rule, exposes, link, named);
	target = planned->acts && targeted;
	if ((exposes != ANSWER_NO || targeted) && is_worth_showing(judged, mode))
		asked->shown = feature_mask_or(
			asked->shown, feature_mask_or(planned->turn_off, planned->required));
	if (judged->verdict == ANSWER_NO || judged->not_looked_at)
		return;
	asked->watched |= could_expose != ANSWER_NO;
	if (mode == RULE_ADVISE)
		return;
	if (exposes != ANSWER_NO)
		expose(&asked->all, planned, certain);
	if (exposes != ANSWER_NO && mode == RULE_ACT)
		expose(&asked->acting, planned, certain);
	if (target)
		asked->target = feature_mask_or(asked->target, planned->turn_off);
	if ((target || exposes != ANSWER_NO) && !asked->rule_id)
		asked->rule_id = rule->id;
}

/* A device with the names of its features that rules ask for; what the agent turned off was on. */
struct device_view {
	struct device_facts device;
	char *on[PLAN_ASKED_MAX + 1], *changeable[PLAN_ASKED_MAX + 1]; /* borrowed names */
};

/* Returns the device as it is known, with its features where those were read. */
static const struct device_facts *view_device(const struct plan *plan,
					      const struct device_facts *device,
					      const struct featureset *features,
					      struct feature_mask recorded,
					      struct device_view *view)
{
	size_t n_on = 0, n_changeable = 0;
	struct feature_mask on;

	if (!device || !features || !plan->needs.features || plan->asked_too_many)
		return device;
	*view = (struct device_view){.device = *device};
	on = feature_mask_or(feature_mask_without(features->active, dead_features(plan, features)),
			     recorded);
	for (size_t i = 0; i < plan->n_asked; i++) {
		const struct plan_feature *asked = &plan->asked[i];
		const struct feature_mask is_on = feature_mask_and(asked->mask, on);
		const struct feature_mask is_changeable =
			feature_mask_and(asked->mask, features->changeable);

		if (!feature_mask_is_empty(&is_on))
			view->on[n_on++] = asked->name;
		if (!feature_mask_is_empty(&is_changeable))
			view->changeable[n_changeable++] = asked->name;
	}
	view->device.features_known = true;
	view->device.features_on = view->on;
	view->device.features_changeable = view->changeable;
	return &view->device;
}

int plan_note_features(const struct plan *plan, const struct featureset *features,
		       struct feature_mask recorded, struct device_facts *device)
{
	struct device_view view;

	if (view_device(plan, device, features, recorded, &view) == device)
		return 0;
	device->features_on = strings_copy(view.on);
	device->features_changeable = strings_copy(view.changeable);
	device->features_known = device->features_on && device->features_changeable;
	return device->features_known ? 0 : -ENOMEM;
}

void plan_link(const struct plan *plan, const struct link_facts *link,
	       const struct featureset *features, struct feature_mask recorded,
	       struct link_plan *ret_link_plan)
{
	struct link_plan asked = {.selected = config_names(plan->config, link)};
	const struct device_facts *known = facts_device(plan->facts, link->ifindex);
	const struct device_facts *device;
	struct device_view view;

	device = view_device(plan, known, features, recorded, &view);
	for (size_t i = 0; i < plan->n_rules; i++) {
		const struct rule *rule = plan->rules[i].judgement->rule;
		const enum answer exposes = rule_exposes(rule, link, device, NULL);
		const enum answer could_expose =
			device == known ? exposes : rule_exposes(rule, link, known, NULL);

		ask_rule(plan, &plan->rules[i], link, exposes, could_expose, &asked);
	}
	if (features) {
		drop_dead(&asked.all, dead_features(plan, features));
		drop_dead(&asked.acting, dead_features(plan, features));
	}
	*ret_link_plan = asked;
}

enum answer plan_rule_exposes(const struct plan *plan, size_t place, const struct link_facts *link,
			      const struct featureset *features, struct feature_mask recorded,
			      const char **ret_unknown)
{
	struct device_view view;

	return rule_exposes(plan->rules[place].judgement->rule, link,
			    view_device(plan, facts_device(plan->facts, link->ifindex), features,
					recorded, &view),
			    ret_unknown);
}

enum rule_mode plan_rule_mode(const struct plan *plan, size_t place, const struct link_facts *link)
{
	return rule_mode_for(plan->rules[place].judgement->rule, plan->facts, link);
}

enum symptom plan_asked_symptom(const struct plan *plan, const struct link_facts *link,
				const struct featureset *features, struct feature_mask recorded)
{
	enum symptom asked = SYMPTOM_NONE;

	for (size_t i = 0; plan->needs.symptoms && i < plan->n_rules; i++) {
		const struct rule_judgement *judged = plan->rules[i].judgement;
		const struct rule *rule = judged->rule;

		if (rule->symptom == SYMPTOM_NONE || judged->verdict == ANSWER_NO ||
		    judged->not_looked_at || plan_rule_mode(plan, i, link) != RULE_ADVISE ||
		    plan_rule_exposes(plan, i, link, features, recorded, NULL) == ANSWER_NO)
			continue;
		if (asked != SYMPTOM_TX_STALL)
			asked = rule->symptom;
	}
	return asked;
}

bool plan_sweeps(const struct plan *plan)
{
	return plan->config->sweep > 0;
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

static bool asks_of_one(const struct rule *rule, const struct link_facts *links, size_t n_links)
{
	for (size_t i = 0; i < n_links; i++) {
		if (rule_asks_device(rule, &links[i]))
			return true;
	}
	return false;
}

struct rule_needs plan_needs_of_links(const struct plan *plan, const struct link_facts *links,
				      size_t n_links)
{
	struct rule_needs all = {0};

	for (size_t i = 0; i < plan->n_rules; i++) {
		const struct rule *rule = plan->rules[i].judgement->rule;

		if (plan->rules[i].asks_devices && asks_of_one(rule, links, n_links))
			rule_add_needs(rule, &all);
	}
	return all;
}
