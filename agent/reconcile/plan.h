/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the policy asks of one NIC, and what is still to be done for it. Pure: no kernel, no file.
 */

#include "agent/reconcile/link_plan.h"

#include <stdbool.h>
#include <stddef.h>

struct agent_config;
struct complaints;
struct judgement;
struct link_facts;
struct rule_judgement;

/* One judged rule, its feature names turned into the running kernel's features. */
struct plan_rule {
	const struct rule_judgement *judgement; /* borrowed */
	/* Its targets are switched: one of mode "act", affected or unknown with on_unknown =
	 * "turn-off" */
	bool acts;
	struct feature_mask turn_off;
	struct feature_mask required;
	bool unnamed; /* the kernel knows none of the names that it requires off */
};

/* The policy, ready to be asked about links. */
struct plan {
	const struct agent_config *config; /* borrowed */
	struct plan_rule *rules;
	size_t n_rules;
};

/*
 * Prepares the policy for the kernel behind `handle` (NULL: no kernel, hence no features). A
 * feature of a rule that this kernel does not know is nothing to turn off, but with none that it
 * knows nobody can call the rule's devices mitigated; one that the configuration names is a
 * complaint. What is borrowed must outlive the plan. Returns 0, -EBADMSG with a complaint, -ENOMEM.
 * The caller ends with plan_clear().
 */
int plan_init(const struct ethtool_nl *handle, const struct agent_config *config,
	      const struct judgement *judgement, struct complaints *complaints,
	      struct plan *ret_plan);
void plan_clear(struct plan *plan);

/* The union of what `names` mean to this kernel; what it does not know adds nothing. */
struct feature_mask plan_mask(const struct ethtool_nl *handle, char *const names[]);

/* Does any selector or rule ask for a link's driver? */
bool plan_needs_drivers(const struct agent_config *config, const struct judgement *judgement);

/* Asks the policy about one link. */
void plan_link(const struct plan *plan, const struct link_facts *link,
	       struct link_plan *ret_link_plan);

/*
 * Compares the wish with the kernel: of the targets, what is changeable and still on or wanted is
 * to be turned off; of `recorded` (what the agent has turned off on it), what is no target any
 * more and still not wanted is to be given back, if the plan gives back at all. What is wanted
 * again, whoever did it, is back already.
 */
struct todo plan_todo(const struct plan *plan, const struct link_plan *link_plan,
		      const struct featureset *features, struct feature_mask recorded);

/* May anything be given back? Not while a verdict is left unknown, and not against on_not_affected.
 */
bool plan_gives_back(const struct plan *plan);
