/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/nat_witness.h"

#include "cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* The kernel forgets a one-way UDP flow after nf_conntrack_udp_timeout, 30 s by default. */
const char *nat_flows_describe(const struct nat_seen_facts *nat_seen, char *text)
{
	*text = '\0';
	if (nat_seen->looked && nat_seen->rewritten > 0)
		snprintf(text, NAT_FLOWS_SIZE,
			 "%u of %u VXLAN flows of the last 30 s were source-NATed",
			 nat_seen->rewritten, nat_seen->flows);
	return text;
}

static char *describe(const struct nat_rules_facts *rules, const char *flows, const char *example)
{
	const char *reason = rules->reason ? rules->reason : "nobody looked";
	char *text = NULL;
	int length;

	if (*flows)
		length = asprintf(&text, "%s%s%s; nat rules%s: %s", flows, example ? ": " : "",
				  example ? example : "", rules->read ? "" : " not read", reason);
	else
		length = asprintf(&text, "nat rules%s: %s", rules->read ? "" : " not read", reason);
	return length < 0 ? NULL : text;
}

int nat_witness_judge(const struct facts *facts, struct nat_witness *ret_witness)
{
	const struct nat_rules_facts *rules = &facts->nat_rules;
	struct nat_witness witness = {.outcome = ANSWER_UNKNOWN};
	char flows[NAT_FLOWS_SIZE];

	nat_flows_describe(&facts->nat_seen, flows);
	witness.looked = rules->read || *flows;
	if (rules->read)
		witness.outcome = rules->vulnerable;
	witness.absent = rules->read && rules->absent && !*flows;
	witness.flows_object = *flows && witness.outcome == ANSWER_NO;
	if (*flows && witness.outcome == ANSWER_UNKNOWN)
		witness.outcome = ANSWER_YES;
	witness.reason = describe(rules, flows, facts->nat_seen.example);
	if (!witness.reason)
		return -ENOMEM;
	*ret_witness = witness;
	return 0;
}

void nat_witness_clear(struct nat_witness *witness)
{
	free(witness->reason);
	*witness = (struct nat_witness){.outcome = ANSWER_UNKNOWN};
}
