/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the policy asks of one NIC, and what is still to be done for it. Pure: no kernel, no file.
 */

#include "agent/reconcile/link_plan.h"
#include "policy/answer.h"
#include "policy/rule.h"

#include <stdbool.h>
#include <stddef.h>

struct agent_config;
struct device_facts;
struct diagnostics;
struct facts;
struct judgement;
struct link_facts;
struct rule_judgement;

/* One judged rule, its feature names turned into the running kernel's features. */
struct plan_rule {
	const struct rule_judgement *judgement; /* borrowed */
	/* Its targets are switched: one of mode "act", affected or unknown with on_unknown =
	 * "turn-off" */
	bool acts;
	bool asks_devices; /* it may apply, and asks of devices what no link says of itself */
	struct feature_mask turn_off;
	struct feature_mask required;
	bool unnamed; /* the kernel knows none of the names that it requires off */
};

/* How many features rules may ask for; beyond them none is known to be on or changeable. */
#define PLAN_ASKED_MAX 64

/* A feature that rules ask for: is it on, can it be switched? */
struct plan_feature {
	char *name; /* borrowed */
	struct feature_mask mask;
};

/* The policy, ready to be asked about links. */
struct plan {
	const struct agent_config *config; /* borrowed */
	const struct facts *facts; /* borrowed: its devices, as they are when the plan is asked */
	struct rule_needs needs; /* of configuration and rules */
	struct plan_feature asked[PLAN_ASKED_MAX];
	size_t n_asked;
	bool asked_too_many;
	struct feature_mask checksums, segmentation; /* see dead_features() in plan.c */
	struct plan_rule *rules;
	size_t n_rules;
};

/*
 * Prepares the policy for the kernel behind `handle` (NULL: no kernel, hence no features). A
 * feature of a rule that this kernel does not know is nothing to turn off, but with none that it
 * knows the rule's devices cannot be called mitigated; one that the configuration names is a
 * diagnostic. What is borrowed must outlive the plan. Returns 0, -EBADMSG with a diagnostic,
 * -ENOMEM. The caller ends with plan_clear().
 */
int plan_init(const struct ethtool_nl *handle, const struct agent_config *config,
	      const struct judgement *judgement, const struct facts *facts,
	      struct diagnostics *diagnostics, struct plan *ret_plan);
void plan_clear(struct plan *plan);

/* The union of what `names` mean to this kernel; what it does not know adds nothing. */
struct feature_mask plan_mask(const struct ethtool_nl *handle, char *const names[]);

/*
 * Asks the policy about one link. `features` is NULL while they have not been read; what of them
 * is `recorded`, the agent turned off, and counts as on where a rule asks.
 */
void plan_link(const struct plan *plan, const struct link_facts *link,
	       const struct featureset *features, struct feature_mask recorded,
	       struct link_plan *ret_link_plan);

/*
 * Takes down in `device` which of the features that rules ask for are on, or were turned off by the
 * agent (`recorded`), and which can be switched. Returns 0 or -ENOMEM.
 */
int plan_note_features(const struct plan *plan, const struct featureset *features,
		       struct feature_mask recorded, struct device_facts *device);

/* In what mode is the rule at that place in force for the link? */
enum rule_mode plan_rule_mode(const struct plan *plan, size_t place, const struct link_facts *link);

/*
 * The sign of the link that rules ask for which apply, or may, and do not have it yet. Who wants a
 * stall wants timeouts, too. The other parameters as above.
 */
enum symptom plan_asked_symptom(const struct plan *plan, const struct link_facts *link,
				const struct featureset *features, struct feature_mask recorded);

/* Does the service look without an event, too? */
bool plan_sweeps(const struct plan *plan);

/*
 * Does the rule at that place show through the link? The other parameters as above; for "unknown",
 * `ret_unknown` (may be NULL) gets what is not known, borrowed from the facts.
 */
enum answer plan_rule_exposes(const struct plan *plan, size_t place, const struct link_facts *link,
			      const struct featureset *features, struct feature_mask recorded,
			      const char **ret_unknown);

/*
 * Compares the wish with the kernel: of the targets, what is changeable and still on or wanted is
 * to be turned off; of `recorded` (what the agent has turned off on it), what is no target any
 * more and still not wanted is to be given back, if the plan gives back at all. What is wanted
 * again, by whatever program, is back already.
 */
struct todo plan_todo(const struct plan *plan, const struct link_plan *link_plan,
		      const struct featureset *features, struct feature_mask recorded);

/* May anything be given back? Not while a verdict is left unknown, and not against on_not_affected.
 */
bool plan_gives_back(const struct plan *plan);

/*
 * What is to be found out of devices for the rules that may apply to this node, and may show
 * through one of these links, whatever its device is. On most nodes nothing.
 */
struct rule_needs plan_needs_of_links(const struct plan *plan, const struct link_facts *links,
				      size_t n_links);
