/* SPDX-License-Identifier: Apache-2.0 */
#include "ethtool_nl/change.h"

#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <string.h>

/* `base`, with the features of `mask` taken from `values`. */
static struct feature_mask overlay(struct feature_mask base, struct feature_mask mask,
				   struct feature_mask values)
{
	return feature_mask_or(feature_mask_without(base, mask), feature_mask_and(values, mask));
}

void change_begin(struct ethtool_nl_change *change)
{
	change->error = 0;
	change->in_doubt = false;
	change->message[0] = '\0';
	change->after = change->before;
}

struct feature_mask change_requested(const struct ethtool_nl_change *change)
{
	return feature_mask_and(change->mask, change->before.changeable);
}

bool change_is_needed(const struct ethtool_nl_change *change)
{
	struct feature_mask requested = change_requested(change);
	struct feature_mask other_wish = feature_mask_xor(change->before.wanted, change->values);
	struct feature_mask other_state = feature_mask_xor(change->before.active, change->values);
	struct feature_mask differs =
		feature_mask_and(requested, feature_mask_or(other_wish, other_state));

	return !feature_mask_is_empty(&differs);
}

void change_fail(struct ethtool_nl_change *change, int error, const char *message)
{
	change->error = error;
	if (message)
		strncpy(change->message, message, sizeof(change->message) - 1);
	change->message[sizeof(change->message) - 1] = '\0';
}

void change_lose(struct ethtool_nl_change *change, int error)
{
	change_fail(change, error, NULL);
	change->in_doubt = error != -ENODEV;
}

void change_settle(struct ethtool_nl_change *change, const struct featureset *after)
{
	change->after = *after;
}

bool change_settle_by_reply(struct ethtool_nl_change *change,
			    const struct feature_difference *difference)
{
	struct feature_mask requested = change_requested(change);
	struct feature_mask taken = feature_mask_xor(change->values, difference->not_taken);
	struct feature_mask active =
		overlay(change->before.active, difference->changed, difference->active);
	struct feature_mask flipped = feature_mask_xor(change->before.active, active);
	struct feature_mask wrong = feature_mask_and(requested, feature_mask_xor(active, taken));

	if (!feature_mask_equal(&flipped, &difference->changed) || !feature_mask_is_empty(&wrong))
		return false;
	change->after.active = active;
	change->after.wanted = overlay(change->before.wanted, requested, change->values);
	return true;
}

bool ethtool_nl_is_refused(const struct ethtool_nl_change *change, unsigned int bit)
{
	bool value = feature_mask_has(&change->values, bit);

	if (change->error == -ENODEV || !feature_mask_has(&change->before.changeable, bit))
		return false;
	return change->error != 0 || feature_mask_has(&change->after.active, bit) != value;
}
