/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The record of changes as the agent goes by it: read again when another process has written it,
 * and, where it lies in the folder of a user with less power, only as far as it is credible.
 */

#include "agent/record/changes.h"

struct trusted_record {
	struct changes changes;
	struct feature_mask credible; /* what the rules or the configuration can have turned off */
	bool is_anothers; /* of a user with less power: it counts as far as it is credible */
	bool is_damaged; /* it could not be read wholly */
};

/* Is the record of the folder still the one in memory? */
bool trusted_record_is_current(const struct trusted_record *record, int directory_fd);

/*
 * Reads the record of the folder (-1: there is none) again if it is not the one in memory. What
 * could not be read is logged. Returns 0 or a negative errno; then the one in memory stands.
 */
int trusted_record_load(struct trusted_record *record, int directory_fd,
			const struct ethtool_nl *handle);

/* What the agent turned off on the device that has this ifindex here, once it was met. */
struct feature_mask trusted_record_features(const struct trusted_record *record,
					    unsigned int ifindex);

/* A zeroed one is empty, and can be cleared. */
void trusted_record_clear(struct trusted_record *record);
