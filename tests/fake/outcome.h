/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What tests ask of features and their changes, and the program does not. */

#include "ethtool_nl/feature_mask.h"

#include <errno.h>

enum feature_outcome {
	FEATURE_CHANGED, /* as asked, and it was not so before */
	FEATURE_ALREADY, /* as asked, and so it was before */
	FEATURE_FIXED, /* the driver does not let go of it: not changeable */
	FEATURE_REFUSED, /* the kernel refused, or took it and did not do it */
	FEATURE_GONE, /* the interface is no more */
};

/*
 * What became of one feature (of `mask`) of a change that ethtool_nl_set() has answered. "So
 * before" means state and wish: a tap whose checksum is off but wished on is "changed" by turning
 * it off. When `error` is not 0, a feature that is not changeable is judged by `before`.
 */
static inline enum feature_outcome outcome_of(const struct ethtool_nl_change *change,
					      unsigned int bit)
{
	const struct featureset *now = change->error == 0 ? &change->after : &change->before;
	bool value = feature_mask_has(&change->values, bit);
	bool fulfilled = feature_mask_has(&now->active, bit) == value;
	bool fulfilled_before = feature_mask_has(&change->before.active, bit) == value &&
				feature_mask_has(&change->before.wanted, bit) == value;

	if (change->error == -ENODEV)
		return FEATURE_GONE;
	if (ethtool_nl_is_refused(change, bit))
		return FEATURE_REFUSED;
	if (!feature_mask_has(&change->before.changeable, bit))
		return fulfilled ? FEATURE_ALREADY : FEATURE_FIXED;
	return fulfilled_before ? FEATURE_ALREADY : FEATURE_CHANGED;
}

/* What changed without being asked to; nothing in a change that failed. */
static inline struct feature_mask outcome_side_effects(const struct ethtool_nl_change *change)
{
	struct feature_mask changed = feature_mask_xor(change->before.active, change->after.active);

	return feature_mask_without(changed, change->mask);
}

/* How many features this kernel has, up to the last that has a name. */
static inline unsigned int outcome_feature_count(const struct ethtool_nl *handle)
{
	unsigned int count = FEATURES_MAX;

	while (count > 0 && !ethtool_nl_feature_name(handle, count - 1))
		count--;
	return count;
}

static inline void outcome_remove(struct feature_mask *mask, unsigned int bit)
{
	struct feature_mask removed = {0};

	feature_mask_add(&removed, bit);
	*mask = feature_mask_without(*mask, removed);
}
