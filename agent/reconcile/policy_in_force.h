/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The policy that is in force on this node: configuration and rules, the facts that they are judged
 * by, the verdict, and what follows for links. Its parts borrow from one another: they are replaced
 * together, or not at all.
 */

#include "agent/reconcile/plan.h"
#include "agent/settings/config.h"
#include "policy/evaluate.h"
#include "policy/facts.h"
#include "policy/rule.h"

struct ethtool_nl;
struct service_status;
struct sources;

struct policy_in_force {
	struct agent_config config;
	struct rules rules;
	struct facts facts;
	struct judgement judgement;
	struct plan plan; /* for one kernel, once there is one: policy_in_force_plan() */
};

/*
 * The functions below return 0, or the exit code of the program after having said on standard
 * error what is wrong.
 */

/* Reads the configuration alone. */
int policy_in_force_load_config(const struct sources *sources, struct policy_in_force *policy);

/* Reads configuration and rules; for `check` and as the first step of policy_in_force_judge(). */
int policy_in_force_load(const struct sources *sources, struct policy_in_force *policy);

/*
 * policy_in_force_load(), then learns the facts (facts_source.h says where from, and what
 * `directory_fd` and `ret_service` are) and judges them.
 */
int policy_in_force_judge(const struct sources *sources, int directory_fd,
			  struct policy_in_force *policy, struct service_status *ret_service);

/* Makes the plan for the kernel behind `handle` (NULL: there is none). */
int policy_in_force_plan(struct policy_in_force *policy, const struct ethtool_nl *handle);

/*
 * Judges the node again, after its facts or the rules have changed, and makes the plan anew. On
 * failure verdict and plan stay as they were.
 */
int policy_in_force_judge_again(struct policy_in_force *policy, const struct ethtool_nl *handle);

/*
 * Puts the configuration and the rules of `fresh` (as policy_in_force_load() made it) into force;
 * when the running kernel does not take them, the old ones stay. The losers are left in `fresh`.
 */
int policy_in_force_replace(struct policy_in_force *policy, struct policy_in_force *fresh,
			    const struct ethtool_nl *handle);

/*
 * How to detect: the sources come before the configuration, and what no rule asks for is not looked
 * at unless the sources say so. Borrows from both.
 */
struct detect_options policy_in_force_detection(const struct policy_in_force *policy,
						const struct sources *sources);

/*
 * The features that rules or configuration can have turned off: a record that claims others is not
 * believed, if it is another user's. Where no rules were loaded, as for `restore`, they are read
 * here as far as they can be; what the shipped rules turn off counts in any case.
 */
struct feature_mask policy_in_force_credible(const struct policy_in_force *policy,
					     const struct sources *sources,
					     const struct ethtool_nl *handle);

/* A zeroed policy, or one that failed half-way, can be cleared. */
void policy_in_force_clear(struct policy_in_force *policy);
