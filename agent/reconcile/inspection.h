/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One look at the node: the policy in force, the record, and the NICs as they are now. What the
 * commands have in common before each does its own.
 */

#include "agent/links/checksum_counters.h"
#include "agent/links/network_namespace.h"
#include "agent/reconcile/nics.h"

#include <stdbool.h>

struct ethtool_nl;
struct link_kinds;
struct policy_in_force;
struct route_interest;
struct service_status;
struct sources;
struct symptom_facts;
struct symptoms;
struct trusted_record;

struct inspection {
	struct policy_in_force *policy; /* owned, as all of them */
	struct trusted_record *record;
	struct symptoms *symptoms; /* what was seen on NICs, of all namespaces; NULL = nothing */
	struct ethtool_nl *handle; /* NULL: the facts are a file's, there is no kernel to ask */
	struct network_namespace network_namespace; /* whose NICs these are */
	struct nics nics;
	struct checksum_counters counters; /* read with the NICs; the service reads them again */
	bool asks_carried; /* rules ask which tunnels NICs of this node carry ... */
	struct route_interest *carried_by; /* ... and what may change it; NULL = nobody has asked */
	bool brief; /* only NICs of concern will be seen: read no other links, and no drivers
		       that no rule asks for */
	bool whole; /* the facts will be seen: read what a rule asks for that does not apply, too */
};

/*
 * The functions below return 0, or the exit code of the program after having said on standard
 * error what is wrong.
 */

/* Loads the policy and judges the node: policy_in_force_judge(). */
int inspection_judge(const struct sources *sources, int directory_fd, struct inspection *inspection,
		     struct service_status *ret_service);

/* Opens the back end and makes the plan; without inspection_judge() for no rules at all. */
int inspection_open(const struct sources *sources, struct inspection *inspection);

/*
 * Reads, anew when it is called again, the record of changes (from the folder `directory_fd`, -1
 * for none), the links, and the features of the NICs that are selected, exposed or recorded. On
 * failure the NICs stay as they were.
 */
int inspection_read(int directory_fd, struct inspection *inspection);

/*
 * Forgets the veths that are of no concern: a node has one for each pod, and who stays would keep
 * them for ever, as they were once.
 */
void inspection_drop_pods(const struct inspection *inspection);

/* inspection_open(), then inspection_read(). */
int inspection_look(const struct sources *sources, int directory_fd, struct inspection *inspection);

/*
 * Reads the record again if another process has written it: what it says now is what counts.
 * Returns 0 or a negative errno.
 */
int inspection_read_record(int directory_fd, struct inspection *inspection);

/*
 * Of which kinds the links are that can be of concern: by configuration, rules or record, from
 * which the names are borrowed. Returns 0 or -ENOMEM; the caller ends with link_kinds_clear().
 */
int inspection_kinds(const struct inspection *inspection, struct link_kinds *ret_kinds);

/* nics_asked_links() of its NICs. */
ssize_t inspection_asked_links(const struct inspection *inspection, struct asked_link **ret_links);

/* Does any rule ask for symptoms? */
bool inspection_needs_symptoms(const struct inspection *inspection);

/* Adds what was seen on a link here and now to the symptoms, and to the facts. Returns 0 or
 * -ENOMEM.
 */
int inspection_add_symptom(struct inspection *inspection, const struct symptom_facts *seen);

/* Fills the todo of every NIC from the plan. */
void inspection_plan_todos(struct inspection *inspection);

/* The NICs of a facts file: nothing but what it says of them. */
int inspection_take_links(struct inspection *inspection);

/* A zeroed inspection, or one that failed half-way, can be cleared. */
void inspection_clear(struct inspection *inspection);
