/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is said of nat rules, in one line of printable ASCII. */

#include "policy/nat/nat_ruleset.h"

#define NAT_REASON_SIZE 320

/* Prints to a buffer of NAT_REASON_SIZE bytes; what is not printable ASCII becomes '?'. */
void nat_reason_print(char reason[static NAT_REASON_SIZE], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A rule in its chain; a zeroed one is none. */
struct nat_place {
	const struct nat_chain *chain;
	const struct nat_rule *rule;
};

/* Long enough for real names; longer ones are cut. */
struct nat_place_name {
	char text[96];
};

/* "KUBE-POSTROUTING rule 2", or, of another table than nat, "mangle POSTROUTING rule 1". */
struct nat_place_name nat_place_name(const struct nat_ruleset *ruleset,
				     const struct nat_place *place);
