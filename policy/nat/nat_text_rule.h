/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One rule as iptables-save prints it. */

#include "policy/nat/nat_rule.h"

/*
 * Reads what stands behind "-A CHAIN", `length` bytes, into `steps`, which are empty. What is not
 * understood is a step of its own. The caller ends with nat_steps_clear().
 */
void nat_text_rule_read(const char *text, size_t length, struct nat_steps *steps);
