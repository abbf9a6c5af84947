/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The cheapest request of generic netlink that turns features off: FEATURES_SET without a reply
 * and without an ack. What the benchmarks compare with is made of it.
 */

#include "ethtool_nl/ethtool_nl.h"

#include <stdint.h>

struct nl_msg;

/*
 * `n_features` is how many the kernel knows, outcome_feature_count(). Returns NULL when memory
 * is short; the caller frees with nlmsg_free().
 */
struct nl_msg *bare_request_new(uint16_t family, unsigned int ifindex, unsigned int n_features,
				const struct feature_mask *off);

/* The same for rx and tx checksum offload. Returns 0, or as ethtool_nl_open() and
 * ethtool_nl_mask(). */
int bare_request_new_checksums(uint16_t family, struct nl_msg **ret_request);
