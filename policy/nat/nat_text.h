/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The text that iptables-save prints, as a rule set. Its rules are found at once, and read when a
 * walk comes to them (nat_text_rule.h).
 */

#include "policy/nat/nat_ruleset.h"

#include <stddef.h>

/*
 * Adds what is in `text`, which must outlive the rule set: of one program, or several one after the
 * other. When it is something else than iptables-save prints, or more than is looked at, nothing is
 * added but the fault.
 * Returns 0 or -ENOMEM.
 */
int nat_text_read(const char *text, size_t size, struct nat_ruleset *ruleset);
