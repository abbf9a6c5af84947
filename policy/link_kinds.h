/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Of which kinds the links are that selectors, rules and records can mean: the links of all others,
 * such as those of pods, need not be looked at. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

struct exposure;
struct link_match;
struct rule;

/* How many kinds are known that a program makes links of, and that none may be meant of. */
#define LINK_KINDS_COMMON 12

/* Begins zeroed: no link is meant. */
struct link_kinds {
	const char **named; /* borrowed; each once, ends with NULL; NULL = none */
	size_t n_named, allocated;
	bool without; /* links without a kind, as those of hardware are */
	/* Something does not name the kinds of its links: any can be meant, but for those of some
	 * common kinds: link_kinds_excluded(). */
	bool any;
	bool common_meant[LINK_KINDS_COMMON];
};

/* Adds what is meant; what is added must outlive the kinds. Returns 0 or -ENOMEM. */
int link_kinds_add(struct link_kinds *kinds, const char *kind); /* "" = without a kind */
int link_kinds_add_match(struct link_kinds *kinds, const struct link_match *match);
int link_kinds_add_rule(struct link_kinds *kinds, const struct rule *rule);

/*
 * Lists the common kinds of which no link is meant; ends with NULL. To be asked where any can be:
 * otherwise all but those named are.
 */
void link_kinds_excluded(const struct link_kinds *kinds,
			 const char *ret_names[static LINK_KINDS_COMMON + 1]);

/* Frees the list of names. */
void link_kinds_clear(struct link_kinds *kinds);
