/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One look at the node: configuration, rules, facts, verdict, and the NICs as they are now. What
 * the commands have in common before each does its own.
 */

#include "agent/reconcile/nic.h"
#include "agent/reconcile/plan.h"
#include "agent/record/changes.h"
#include "agent/record/publisher.h"
#include "agent/settings/config.h"
#include "agent/settings/options.h"
#include "policy/evaluate.h"
#include "policy/facts.h"
#include "policy/rule.h"

struct inspection {
	/* inspection_judge(): */
	struct agent_config config;
	struct rules rules;
	struct facts facts;
	struct judgement judgement;
	/* inspection_look(): */
	struct ethtool_nl *handle;
	struct plan plan;
	struct network_namespace network_namespace;
	struct changes changes;
	struct feature_mask credible; /* what the rules or the configuration can have turned off */
	bool record_is_anothers; /* of a user with less power: it counts as far as it is credible */
	bool record_damaged; /* the record could not be read wholly */
	struct nic *nics; /* ascending by ifindex */
	size_t n_nics, allocated_nics;
	bool brief; /* only NICs of concern will be seen: read no other links, and no drivers */
	/* Who else is at work: */
	bool service_running;
	struct publisher publisher; /* what the running service says of itself */
};

/*
 * The functions below return 0, or the exit code of the program after having said on standard
 * error what is wrong.
 */

/* Reads the configuration alone. */
int inspection_load_config(const struct options *options, struct inspection *inspection);

/* Reads configuration and rules; for `check` and as the first step of inspection_judge(). */
int inspection_load(const struct options *options, struct inspection *inspection);

/*
 * inspection_load(), then learns the facts (facts_source.h says where from, and what `directory_fd`
 * is) and judges them.
 */
int inspection_judge(const struct options *options, int directory_fd,
		     struct inspection *inspection);

/* Judges the node again, after its facts or the rules have changed, and prepares the plan anew. */
int inspection_judge_again(struct inspection *inspection);

/*
 * Puts the configuration and the rules of `fresh` (as inspection_load() made it) into force; when
 * the running kernel does not take them, the old ones stay. The losers are left in `fresh`.
 */
int inspection_replace_policy(struct inspection *inspection, struct inspection *fresh);

/* Opens the back end and prepares the plan. */
int inspection_prepare(const struct options *options, struct inspection *inspection);

/*
 * Reads, anew when it is called again, the links, the record of changes (from the folder
 * `directory_fd`, -1 for none), and the features of the NICs that are selected, exposed or
 * recorded.
 */
int inspection_refresh(int directory_fd, struct inspection *inspection);

/*
 * Reads the record of the folder (-1: there is none) again if it is not the one in memory. What
 * could not be read is told. Returns 0 or a negative errno.
 */
int inspection_load_changes(int directory_fd, struct inspection *inspection);

/* inspection_prepare(), then inspection_refresh(). */
int inspection_look(const struct options *options, int directory_fd, struct inspection *inspection);

/* The NIC of that ifindex, or NULL. Pointers to NICs hold until one is added or removed. */
struct nic *inspection_find_nic(const struct inspection *inspection, unsigned int ifindex);

/*
 * Adds a link that is not among the NICs yet, if it concerns the agent; `ret_nic` gets it, or NULL
 * if it does not. Its features are not read. Returns 0 or -ENOMEM.
 */
int inspection_add_nic(struct inspection *inspection, const struct link_facts *link,
		       struct nic **ret_nic);
void inspection_remove_nic(struct inspection *inspection, struct nic *nic);

/* What the record in memory says of the NIC. */
void inspection_take_record(const struct inspection *inspection, struct nic *nic);

/* Asks the plan anew about a NIC whose link is now as `link` says. */
void inspection_plan_nic(struct inspection *inspection, struct nic *nic,
			 const struct link_facts *link);

/* Fills the todo of every NIC from the plan. */
void inspection_plan_todos(struct inspection *inspection);

/* The NICs of a facts file: nothing but what it says of them. */
int inspection_take_links(struct inspection *inspection);

/* A zeroed inspection, or one that failed half-way, can be cleared. */
void inspection_clear(struct inspection *inspection);
