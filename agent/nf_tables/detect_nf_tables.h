/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is in nf_tables, read from the kernel: the tables of iptables-nft, kube-proxy's own, any
 * others. Only chains that a walk comes through are read. Needs CAP_NET_ADMIN.
 */

#include "policy/nat/nat_ruleset.h"

#include <stdint.h>

struct nf_tables;

/*
 * The generation of all rules: another number whenever one of them has changed. A module that is
 * not loaded is not loaded for this: then there are no rules. Returns 0; -EOPNOTSUPP when this
 * kernel has no nf_tables, or has not loaded it; -EPERM; another negative errno.
 */
int nf_tables_generation(uint32_t *ret_generation);

/*
 * Adds the tables and base chains to the rule set, and makes it load what else is walked; so the
 * result must live as long. A ruleset that changes meanwhile makes loading fail with -EINTR, or has
 * another generation in the end.
 * Returns 0; -EOPNOTSUPP; -EPERM; -E2BIG when there are too many tables; -EINTR; another negative
 * errno. The caller ends with nf_tables_free().
 */
int nf_tables_read(struct nat_ruleset *ruleset, struct nf_tables **ret_nf_tables);

/* NULL is fine. Returns NULL. */
struct nf_tables *nf_tables_free(struct nf_tables *nf_tables);
