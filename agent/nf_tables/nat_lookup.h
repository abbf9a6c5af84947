/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sets and maps of nf_tables, and what it means for a packet to be looked up in one. */

#include "agent/nf_tables/nat_extensions.h"
#include "agent/nf_tables/nat_symbol.h"
#include "policy/nat/nat_rule.h"

#include <stdbool.h>
#include <stdint.h>

/* An element of a set or a map. */
struct nat_element {
	uint8_t key[NF_VALUE_SIZE];
	uint8_t end[NF_VALUE_SIZE]; /* the last key of a range; like `key` for a single one */
	bool any; /* fits what no other does */
	/* Of a verdict map: */
	int32_t verdict; /* NF_ACCEPT, NFT_JUMP, ... */
	char *chain; /* where to; owned, may be NULL */
};

struct nat_set {
	unsigned int key_size; /* bytes */
	struct nat_element *elements;
	size_t n_elements, allocated;
	bool cut; /* there are more elements than are looked at */
};

void nat_set_clear(struct nat_set *set);

/* What a rule refers to, from wherever it is read. */
struct nat_source {
	void *data;
	nat_set_name *ipset_name;
	/*
	 * Reads how long the keys are of a set of the rule's table, or its elements, too. Each
	 * returns 0 or a negative errno. The caller ends with nat_set_clear().
	 */
	int (*read_key_size)(void *data, const char *set, unsigned int *ret_key_size);
	int (*read_set)(void *data, const char *set, struct nat_set *ret_set);
};

/* A set's key: a concatenation has several fields, each in registers of its own. */
#define NAT_FIELDS_MAX 5

/* More verdicts of one map than there are where packets are masqueraded. */
#define NAT_BRANCHES_MAX 64

/* One way through a verdict map: what a packet's key must be, and what comes of it. */
struct nat_branch {
	struct nat_step steps[NAT_FIELDS_MAX];
	size_t n_steps;
	int32_t verdict;
	const char *chain; /* borrowed of the map; may be NULL */
};

struct nat_branches {
	struct nat_set map;
	struct nat_branch list[NAT_BRANCHES_MAX];
	size_t count;
};

/*
 * Adds the match whether the key that begins in a register is in the set.
 * Returns 0 or a negative errno of the source.
 */
int nat_lookup_add_match(const struct nat_registers *registers, uint32_t number,
			 const struct nat_source *source, const char *set, bool negated,
			 struct nat_steps *steps);

/*
 * Finds the ways through a map of verdicts; with too many of them, or a key that is not understood,
 * the steps are damaged. The map is for some packets, unless all of its key is known.
 * Returns 0 or a negative errno of the source. The caller ends with nat_set_clear() of the map.
 */
int nat_lookup_find_branches(const struct nat_registers *registers, uint32_t number,
			     const struct nat_source *source, const char *map,
			     struct nat_steps *steps, struct nat_branches *branches);
