/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Do the node's own nat rules rewrite the packets of a VXLAN device a second time? Walks the rules
 * as the kernel would: first with a packet that carries Kubernetes' mark and leaves by the VXLAN
 * device, then with the UDP packet around it, which inherits the mark.
 *
 * Yes: a fully-random masquerade is reached with the mark still set. No: the mark is cleared
 * before, the UDP packet is not tracked, or there is no such rule. Pure, but for chains that are
 * loaded on the way; what it takes is limited.
 */

#include "policy/answer.h"
#include "policy/nat/nat_ruleset.h"

#include <stdbool.h>
#include <stddef.h>

struct nat_rules_device {
	const char *name; /* borrowed */
	unsigned int port; /* UDP; 0 = not known: the usual ones */
};

struct nat_rules_outcome {
	enum answer vulnerable;
	char *reason; /* one line of printable ASCII, never NULL */
	bool absent; /* "no", for there is no rule that masquerades by a mark; or not yet */
};

/*
 * Judges the rules. The VXLAN devices say which interface names are theirs; without any, every name
 * might be. Anything that cannot be read or understood is an outcome, "unknown".
 * Returns 0 or -ENOMEM. The caller clears the outcome with nat_rules_outcome_clear().
 */
int nat_rules_judge(struct nat_ruleset *ruleset, const struct nat_rules_device devices[],
		    size_t n_devices, struct nat_rules_outcome *ret_outcome);
void nat_rules_outcome_clear(struct nat_rules_outcome *outcome);
