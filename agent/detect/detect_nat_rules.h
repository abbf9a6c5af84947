/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The node's own nat rules, judged by policy/nat/nat_rules.h: those in nf_tables as the kernel has
 * them, those in legacy tables as iptables-legacy-save prints them, since it walks the rules of
 * both.
 */

#include "agent/guarded/privileges.h"
#include "policy/facts.h"

#include <linux/capability.h>

/* nf_tables is read with the first alone; the legacy tables need both. */
#define DETECT_NAT_RULES_CAPABILITIES (PRIVILEGE(CAP_NET_ADMIN) | PRIVILEGE(CAP_NET_RAW))

/* How long all programs together may take. */
#define DETECT_NAT_RULES_LIMIT_MS 12000

/*
 * Reads and judges the rules; for a process that has the capabilities above and no other. What
 * cannot be read is a fact, with its reason. With `root` (NULL = none) nothing is read: programs
 * below it may be a container's, and rules are no files.
 * Returns 0 or -ENOMEM. The caller ends with nat_rules_facts_clear().
 */
int detect_nat_rules(const char *root, struct nat_rules_facts *ret_nat_rules);
