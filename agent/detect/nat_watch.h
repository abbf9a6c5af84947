/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * When the service looks at the nat rules and at connection tracking again, and what of an earlier
 * look still holds. Pure; time is a parameter, in milliseconds of a clock that never goes back.
 */

#include "policy/facts.h"

#include <stdbool.h>
#include <stdint.h>

/* Rules that changed are read again after this long, so that a busy kube-proxy costs no more. */
#define NAT_WATCH_PAUSE_MS 180000

/* The same rules as well: legacy tables have no generation, and flows come and go. */
#define NAT_WATCH_LAST_MS 600000

/* A flow that was rewritten says so for this long, while the rules stay as they are. */
#define NAT_WATCH_SEEN_MS (24u * 3600 * 1000)

/* A zeroed one has not looked yet. */
struct nat_watch {
	bool looked, asked;
	uint64_t looked_at;
	uint64_t generation; /* of nf_tables at that time; NAT_WATCH_UNKNOWN */
	bool same_rules; /* as at the look before */
	bool seen;
	uint64_t seen_at;
};

/* The generation where the kernel does not say it; always another one. */
#define NAT_WATCH_UNKNOWN UINT64_MAX

/* Something happened that can have changed more than the rules: the next look is due. */
void nat_watch_ask(struct nat_watch *watch);

/* Is a look due, the rules being of this generation now? */
bool nat_watch_due(const struct nat_watch *watch, uint64_t generation, uint64_t now_ms);

/* A look begins. */
void nat_watch_begin(struct nat_watch *watch, uint64_t generation, uint64_t now_ms);

/*
 * Completes the facts that were found with a copy of what is still known from `before`: everything
 * about nat, unless it was `looked` at now, or a rewritten flow that holds.
 * Returns 0 or -ENOMEM; then what was found stands alone.
 */
int nat_watch_keep(struct nat_watch *watch, const struct facts *before, bool looked,
		   uint64_t now_ms, struct facts *facts);
