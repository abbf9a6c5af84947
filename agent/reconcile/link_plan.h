/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the policy asks of one link, and what is still to be done for it: the answers of plan.h. */

#include "ethtool_nl/ethtool_nl.h"

#include <stdbool.h>

/* What some rules say of one link. */
struct link_exposure {
	bool exposed; /* one of them that is not "not affected" shows through it, or may */
	struct feature_mask required; /* must be off, or the node is vulnerable */
	struct feature_mask in_doubt; /* as required, where verdict or exposure is unknown */
	const char *unnamed; /* a rule that it shows, of which nothing can be looked at; or NULL */
};

/* What the policy says of one link. */
struct link_plan {
	bool selected; /* the configuration names it */
	/* A rule shows through it, or may once its features are others: it stays in sight. */
	bool watched;
	struct link_exposure all; /* by all rules: what makes the state */
	struct link_exposure acting; /* by the rules that act */
	struct feature_mask shown; /* the features that any of this is about */
	struct feature_mask target; /* shall be off */
	const char *rule_id; /* the first rule that set a target, or that exposes it; or NULL */
};

/* What is still to be done for one NIC. */
struct todo {
	struct feature_mask turn_off;
	struct feature_mask give_back;
	struct feature_mask is_back; /* nothing to be set: only the record still claims it */
	struct feature_mask stays_off; /* would be given back, but for what nic.h calls kept_off */
};
