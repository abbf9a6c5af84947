/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* By what documents are judged. */

struct policy_in_force;
struct rules;

/* All borrowed. */
struct assess_policy {
	const struct rules *rules;
	/* The same rules with the configuration, for facts: what was judged by it before is lost.
	 */
	struct policy_in_force *policy;
};
