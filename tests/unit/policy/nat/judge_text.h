/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What iptables-save printed, of one program or of several, read and judged at once. */

#include "cleanup.h"
#include "policy/nat/nat_rules.h"
#include "policy/nat/nat_text.h"

static inline int judge_text(const char *text, size_t size, const struct nat_rules_device devices[],
			     size_t n_devices, struct nat_rules_outcome *ret_outcome)
{
	_cleanup_(nat_ruleset_clear) struct nat_ruleset ruleset = {.n_tables = 0};
	int result = nat_text_read(text, size, &ruleset);

	if (result < 0)
		return result;
	return nat_rules_judge(&ruleset, devices, n_devices, ret_outcome);
}
