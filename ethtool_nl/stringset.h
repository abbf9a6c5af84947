/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The names of the kernel's features (string set ETH_SS_FEATURES), by bit. They differ between
 * kernels in number and order, and some are empty.
 */

#include "ethtool_nl/ethtool_nl.h"

/* ETH_GSTRING_LEN of <linux/ethtool.h>, the end included. */
#define STRINGSET_NAME_SIZE 32

struct stringset {
	unsigned int count; /* bits, empty names included */
	char names[FEATURES_MAX][STRINGSET_NAME_SIZE]; /* "" = a bit without a name */
};

/*
 * Names a bit; `count` grows to hold it. Returns 0, -EOVERFLOW for a bit from FEATURES_MAX on,
 * -EBADMSG for a name that is too long.
 */
int stringset_add(struct stringset *set, unsigned int bit, const char *name);

/* The name of a bit, borrowed; NULL for a bit without one. */
const char *stringset_name(const struct stringset *set, unsigned int bit);

/* The features of exactly this name: one, or none. */
struct feature_mask stringset_find(const struct stringset *set, const char *name);

/* The features whose names match a glob (fnmatch(3)). */
struct feature_mask stringset_match(const struct stringset *set, const char *pattern);
