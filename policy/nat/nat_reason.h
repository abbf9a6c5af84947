/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is said of nat rules, in one line of printable ASCII. */

#include "policy/nat/nat_rule.h"

struct nat_line;

#define NAT_REASON_SIZE 320

/* Prints to a buffer of NAT_REASON_SIZE bytes; what is not printable ASCII becomes '?'. */
void nat_reason_print(char reason[static NAT_REASON_SIZE], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "KUBE-POSTROUTING rule 2" */
struct nat_place {
	char text[NAT_RULE_CHAIN_SIZE + 32];
};

struct nat_place nat_place_of(const struct nat_line *line);
