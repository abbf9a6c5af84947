/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The table of the NICs that the agent is concerned with, by ifindex: it says which links are in
 * it, and keeps the plan's and the record's word for each.
 */

#include "policy/symptom.h"

#include <stddef.h>
#include <sys/types.h>

struct ethtool_nl;
struct link_facts;
struct nic;
struct plan;
struct trusted_record;

struct nics {
	struct nic *nics; /* ascending by ifindex */
	size_t n_nics, allocated, spared; /* as of array_grow_spared() */
};

/* The NIC of that ifindex, or NULL. Pointers to NICs hold until one is added or removed. */
struct nic *nics_find(const struct nics *nics, unsigned int ifindex);

/*
 * Adds a link that is not in the table yet, if it concerns the agent: by the plan, or because it is
 * on record. `ret_nic` gets it, or NULL if it does not. Its features are not read. Returns 0 or
 * -ENOMEM.
 */
int nics_add(struct nics *nics, const struct plan *plan, const struct trusted_record *record,
	     const struct link_facts *link, struct nic **ret_nic);
void nics_remove(struct nics *nics, struct nic *nic);

/* Asks plan and record anew about a NIC whose link is now as `link` says. */
void nics_plan_one(struct nic *nic, const struct plan *plan, const struct trusted_record *record,
		   const struct link_facts *link);

/* A table of those of the links that concern the agent. Returns 0 or -ENOMEM. */
int nics_choose(const struct plan *plan, const struct trusted_record *record,
		const struct link_facts *links, size_t n_links, struct nics *ret_nics);

/* Its features were read: asks the plan again, where a rule asks for them. */
void nic_plan_again(struct nic *nic, const struct plan *plan);

/*
 * Reads the features of all of them, and plans them again. Until then they are not known: the error
 * of a NIC is -ENODATA. Returns 0 or a negative errno.
 */
int nics_read_all(const struct nics *nics, const struct plan *plan, struct ethtool_nl *handle);

/* Looks whether packets are forwarded, for those that have LRO on record; sets their `kept_off`. */
void nics_look_forwarding(const struct ethtool_nl *handle, struct nic *const nics[], size_t n_nics);

/* The todo of a NIC whose features could be read, from the plan. */
void nic_plan_todo(struct nic *nic, const struct plan *plan);

/* Asks for the drivers that are not known yet. Returns 0, or a negative errno without a socket. */
int nics_read_drivers(const struct nics *nics);

/* Fills the todo of every NIC from the plan. */
void nics_plan_todos(const struct nics *nics, const struct plan *plan);

/* The record was read anew: takes what it says now over into every NIC. */
void nics_take_record(const struct nics *nics, const struct trusted_record *record);

/* Their links, as rtnetlink listed them. Returns NULL when memory is short; the caller frees. */
struct link_facts *nics_copy_links(const struct nics *nics);

/* A NIC that is here, and the symptom of it that rules ask for. */
struct asked_link {
	const struct link_facts *link; /* borrowed, until NICs are added or removed */
	enum symptom symptom; /* may be none */
};

/* All of them, in their order. Returns how many, or -ENOMEM; the caller frees the array. */
ssize_t nics_asked_links(const struct nics *nics, const struct plan *plan,
			 struct asked_link **ret_links);

/* Pointers to all of them. Returns NULL when memory is short; the caller frees the array. */
struct nic **nics_all(const struct nics *nics);

/*
 * Pointers to those that something is to be done for, be it in the record alone. Returns how many,
 * or -ENOMEM; the caller frees the array.
 */
ssize_t nics_with_todo(const struct nics *nics, struct nic ***ret_nics);

/* A zeroed table is empty, and can be cleared. */
void nics_clear(struct nics *nics);
