/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/probe/probe_result.h"

#include <stddef.h>
#include <string.h>

/* Is it a measurement that the node can have at all? */
static bool counts(const struct probe_result *result, const struct probe_measurement *measurement)
{
	return !(measurement->ipv6 && result->no_ipv6);
}

/* One seen to corrupt is enough; one not measured leaves it open. */
static enum answer conclude_fault(const struct probe_result *result, bool udp_csum, bool tx)
{
	enum answer corrupts = ANSWER_NO;

	for (size_t i = 0; i < PROBE_MEASUREMENTS; i++) {
		const struct probe_measurement *measurement = &result->measurements[i];

		if (counts(result, measurement) && measurement->udp_csum == udp_csum &&
		    measurement->tx == tx)
			corrupts = answer_or(corrupts, measurement->corrupts);
	}
	return corrupts;
}

static enum answer negate(enum answer answer)
{
	if (answer == ANSWER_UNKNOWN)
		return ANSWER_UNKNOWN;
	return answer == ANSWER_YES ? ANSWER_NO : ANSWER_YES;
}

void probe_conclude(struct probe_result *result)
{
	result->zero_checksum = conclude_fault(result, false, true);
	result->udp_checksum = conclude_fault(result, true, true);
	result->corrupts = answer_or(result->zero_checksum, result->udp_checksum);
	result->cured = negate(answer_or(conclude_fault(result, false, false),
					 conclude_fault(result, true, false)));
	result->reason[0] = '\0';
	for (size_t i = 0; i < PROBE_MEASUREMENTS && !result->reason[0]; i++) {
		if (counts(result, &result->measurements[i]))
			memcpy(result->reason, result->measurements[i].reason, PROBE_REASON_SIZE);
	}
}
