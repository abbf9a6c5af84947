/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What all outputs print: the state of the node, in one line and in detail.
 */

#include "agent/report/state.h"
#include "policy/answer.h"
#include "policy/rule.h"

#include <stdbool.h>
#include <stddef.h>

struct checksum_counters;
struct ethtool_nl;
struct facts;
struct inspection;
struct judgement;
struct nic;
struct plan;
struct policy_in_force;
struct rules;
struct service_status;
struct symptom_facts;

/* A message of node-problem-detector is cut at 80 characters. */
#define REPORT_SUMMARY_SIZE 81

struct report {
	enum state state; /* by all rules */
	enum state acting_state; /* by the rules that act: what `apply` answers for */
	char summary[REPORT_SUMMARY_SIZE]; /* "Vulnerable: ..." */
	bool dry_run; /* judged as if every NIC's todo were done */
	size_t n_shown, n_selected, n_exposed, n_vulnerable; /* NICs that are here */
	bool apply_helps; /* what an acting rule requires off is on, and a target */
	const char *unselected; /* the first NIC where it is on and no target, borrowed; or NULL */
	/* What it is about; borrowed: */
	const struct facts *facts;
	const struct rules *rules;
	const struct judgement *judgement;
	const struct plan *plan; /* of that judgement: its rules have the same places */
	const struct ethtool_nl *handle; /* names features; NULL: there is no kernel to ask */
	const struct nic *nics;
	size_t n_nics;
	const char *last_change; /* of any NIC, ever; "" = none */
	const struct checksum_counters *counters;
	const struct service_status *service; /* whether it runs, and what it says of itself */
};

/*
 * Does the rule at that place of the judgement show through a NIC that is here? `ret_name` (may be
 * NULL, else holds NULL) gets the name of the first that surely does, else of the first that may,
 * borrowed. Unknown, too, where facts tell of no NIC at all.
 */
enum answer report_rule_exposes(const struct report *report, size_t place, const char **ret_name);

/* How many NICs that are here it exposes; if none surely, of how many that is unknown. */
size_t report_rule_count(const struct report *report, size_t place);

/* What is not known of the first NIC of which that is unknown, borrowed; NULL = nothing. */
const char *report_rule_unknown(const struct report *report, size_t place);

/*
 * Is a feature on that the rule at that place requires to be off, on a NIC that it surely shows
 * through? Without a kernel: is there such a NIC?
 */
bool report_rule_is_vulnerable(const struct report *report, size_t place);

/*
 * Is the node affected by that rule? By its conditions, and, if it is about devices alone or only
 * advises, by a NIC that is here.
 */
enum answer report_rule_verdict(const struct report *report, size_t place);

/*
 * Could anybody look at what the rule at that place asks for? Else it takes no part in the state:
 * nat rules were not read; or it is about NICs, of which these facts do not tell, and nothing else
 * that they tell says that it is about this node.
 */
bool report_rule_looked_at(const struct report *report, size_t place);

/*
 * How many advices may concern NICs of this node? Of the first `ret_id` gets the rule, and
 * `ret_name` a NIC; both are borrowed, and left alone when there is none.
 */
size_t report_count_advice(const struct report *report, const char **ret_id, const char **ret_name);

/* May an advice ask for that feature of the NIC to be off? */
bool report_advises(const struct report *report, const struct nic *nic, unsigned int bit);

/* The same of a rule that nobody could look at. */
bool report_leaves_open(const struct report *report, const struct nic *nic, unsigned int bit);

/* In what mode is the rule at that place in force on this node: an advice may tell of one NIC. */
enum rule_mode report_rule_mode(const struct report *report, size_t place);

/*
 * Was the symptom that the rule at that place asks for seen on a NIC that it exposes? Unknown:
 * nobody looked, for which `ret_reason` gets the reason; it is left alone otherwise. `ret_seen`
 * gets what was seen first.
 */
enum answer report_rule_symptom(const struct report *report, size_t place,
				const struct symptom_facts **ret_seen, const char **ret_reason);

/*
 * Judges what was inspected; `service` NULL: none runs. For a dry run it judges the node as it
 * would be after every NIC's todo; whether the kernel would refuse is not known before.
 */
void report_make(const struct inspection *inspection, const struct service_status *service,
		 bool dry_run, struct report *ret_report);

/*
 * Judges, as `explain --facts` does, what a document says of another node, by the configuration and
 * the rules of `policy`, whose facts they become; `take` gets the report, which is gone afterwards.
 * Returns 0, or the exit code of the program after having said on standard error what is wrong.
 */
int report_judge_facts(struct policy_in_force *policy, struct facts *facts,
		       void (*take)(void *data, const struct report *report), void *data);
