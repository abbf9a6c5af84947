/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A rule as nf_tables has it: expressions, which load what is known of a packet into registers,
 * change it, compare it, and act. Read from the kernel's message into steps (nat_rule.h).
 */

#include "agent/nf_tables/nat_lookup.h"
#include "policy/nat/nat_rule.h"

struct nlattr;

/*
 * Reads NFTA_RULE_EXPRESSIONS and calls `add` with the steps, which takes them over: once, or, for
 * a map of verdicts, once for each, as if they were rules one after the other. Returns 0, what
 * `add` returns, or a negative errno of `source`.
 */
int nat_expressions_read(const struct nlattr *expressions, const struct nat_source *source,
			 int (*add)(void *data, struct nat_steps *steps), void *data);
