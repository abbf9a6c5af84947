/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The arithmetic of one change: what of it is asked of the kernel, and what the kernel's answer
 * makes of it. Pure.
 */

#include "ethtool_nl/ethtool_nl.h"

/* Prepares the outputs for a change of which nothing is known yet: as it was before. */
void change_begin(struct ethtool_nl_change *change);

/*
 * The features to ask the kernel for. Those that are not changeable stay out: the kernel refuses
 * the whole request for one that never changes (net/ethtool/features.c, ethnl_set_features()).
 */
struct feature_mask change_requested(const struct ethtool_nl_change *change);

/* Is there anything to ask for? Not if wish and state already are as requested. */
bool change_is_needed(const struct ethtool_nl_change *change);

/* Answers a change with an error; `message` may be NULL. */
void change_fail(struct ethtool_nl_change *change, int error, const char *message);

/* Answers a change that was made, or may have been, when it cannot be read what came of it. */
void change_lose(struct ethtool_nl_change *change, int error);

/* Answers a change with what was read after it. */
void change_settle(struct ethtool_nl_change *change, const struct featureset *after);

/* What the kernel answers to FEATURES_SET: differences, not states. */
struct feature_difference {
	struct feature_mask not_taken; /* requested features whose state is not the requested one */
	struct feature_mask changed; /* features whose state changed */
	struct feature_mask active; /* the new state of those */
};

/*
 * Answers a change with the kernel's reply to it. Returns false, with nothing answered, when the
 * reply does not fit `before`: another program changed the device since, so it must be read again.
 */
bool change_settle_by_reply(struct ethtool_nl_change *change,
			    const struct feature_difference *difference);
