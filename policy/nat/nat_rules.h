/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Do the node's own nat rules rewrite the packets of a VXLAN device a second time? Walks what
 * iptables-save printed as the kernel would: first with a packet that carries Kubernetes' mark and
 * leaves by the VXLAN device, then with the UDP packet around it, which inherits the mark.
 *
 * Yes: a fully-random masquerade is reached with the mark still set. No: the mark is cleared
 * before, the UDP packet is not tracked, or there is no such rule. Pure; what it takes is linear in
 * the text, and limited.
 */

#include "policy/answer.h"

#include <stddef.h>

struct nat_rules_device {
	const char *name; /* borrowed */
	unsigned int port; /* UDP; 0 = not known: the usual ones */
};

struct nat_rules_outcome {
	enum answer vulnerable;
	char *reason; /* one line of printable ASCII, never NULL */
};

/*
 * Judges `text`: of one program, or of several, one after the other. The VXLAN devices say which
 * interface names are theirs; without any, every name might be. Anything that cannot be read or
 * understood is an outcome, "unknown".
 * Returns 0 or -ENOMEM. The caller clears the outcome with nat_rules_outcome_clear().
 */
int nat_rules_judge(const char *text, size_t size, const struct nat_rules_device devices[],
		    size_t n_devices, struct nat_rules_outcome *ret_outcome);
void nat_rules_outcome_clear(struct nat_rules_outcome *outcome);
