/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which marks Kubernetes sets on what is to be masqueraded: read from its rules, since the bit is
 * configured.
 */

#include "policy/nat/nat_ruleset.h"
#include "policy/nat/nat_walk.h"

#define NAT_MARKS_MAX 8

struct nat_marks {
	struct nat_mark list[NAT_MARKS_MAX];
	size_t count;
};

/*
 * Finds the marks in the tables of the family (NAT_FAMILY_): those that kube-proxy and kubelet set
 * in chains of their own, and, where the marking stands elsewhere, those that their rules for
 * POSTROUTING ask for. `ret_marks` is filled in any case.
 * Returns 0; -E2BIG when there are too many; -ENOMEM; or what a chain's source returns.
 */
int nat_marks_learn(struct nat_ruleset *ruleset, unsigned int family, struct nat_marks *ret_marks);
