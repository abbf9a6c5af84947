/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Tables, their chains and the rules in them, from whatever source. A chain is read when a walk
 * first comes to it, and then once: of a node's rules few are ever walked.
 */

#include "policy/nat/nat_rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAT_TABLE_NAME_SIZE 64
#define NAT_TABLES_MAX	    64

/* Far more than any node has; a source with more is refused. */
#define NAT_RULES_MAX (1u << 20)

enum nat_hook {
	NAT_HOOK_NONE, /* reached by jumps alone */
	NAT_HOOK_OUTPUT,
	NAT_HOOK_POSTROUTING,
};

/* Where the kernel's own table nat, mangle, ... hook in (NF_IP_PRI_...). */
#define NAT_PRIORITY_RAW	 (-300)
#define NAT_PRIORITY_CONNTRACK	 (-200)
#define NAT_PRIORITY_MANGLE	 (-150)
#define NAT_PRIORITY_DESTINATION (-100)
#define NAT_PRIORITY_FILTER	 0
#define NAT_PRIORITY_SECURITY	 50
#define NAT_PRIORITY_SOURCE	 100

#define NAT_FAMILY_IPV4 1u
#define NAT_FAMILY_IPV6 2u

struct nat_ruleset;
struct nat_table;
struct nat_chain;

/*
 * Reads the chain's rules, as far as they are not there. Returns 0; -ENOENT when there is no such
 * chain; another negative errno.
 */
typedef int nat_load(struct nat_ruleset *ruleset, struct nat_chain *chain);

struct nat_table {
	char name[NAT_TABLE_NAME_SIZE]; /* "nat", "raw", "kube-proxy", ... */
	unsigned int families; /* bits */
	bool committed; /* nothing of it is missing */
	bool listed; /* all of its chains are in the rule set */
	bool shows_full_random; /* its source would show a fully-random masquerade */
	nat_load *load;
	void *source; /* for `load`; borrowed */
};

struct nat_chain {
	unsigned int table; /* an index of ruleset->tables */
	char *name;
	enum nat_hook hook;
	bool translates; /* a base chain of the type nat */
	int priority; /* of a base chain */
	uint64_t order; /* of several with the same priority the latest is first; 0 = not known */
	bool known; /* false: it was asked for, and is not there */
	bool loaded;
	struct nat_rule *rules;
	size_t n_rules, allocated;
};

struct nat_ruleset {
	struct nat_table tables[NAT_TABLES_MAX];
	size_t n_tables;
	struct nat_chain **chains; /* as they came */
	size_t n_chains, allocated;
	void *tree; /* the same, by table and name (tsearch) */
	size_t n_rules;
	const char *fault; /* why some of it is missing; a constant, NULL = nothing is */
};

/* A zeroed one is empty. NULL members are fine. */
void nat_ruleset_clear(struct nat_ruleset *ruleset);

/*
 * The chain of this name; NULL when there is none, or, with `add`, when memory is short. Its rules
 * need not be loaded.
 */
struct nat_chain *nat_ruleset_find(struct nat_ruleset *ruleset, unsigned int table,
				   const char *name, size_t length, bool add);

/*
 * The same for a walk: loaded. Returns 0; -ENOENT when there is no such chain; -ENOMEM; or what its
 * source returns.
 */
int nat_ruleset_load(struct nat_ruleset *ruleset, unsigned int table, const char *name,
		     struct nat_chain **ret_chain);

/*
 * Appends an empty rule. Returns it, for as long as no other is appended; NULL when memory is
 * short. nat_ruleset_is_full() says whether there are too many.
 */
struct nat_rule *nat_ruleset_add_rule(struct nat_ruleset *ruleset, struct nat_chain *chain);

static inline bool nat_ruleset_is_full(const struct nat_ruleset *ruleset)
{
	return ruleset->n_rules >= NAT_RULES_MAX;
}
