/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The compact bitsets of the ethtool family: SIZE, VALUE and MASK as 32-bit words in host order
 * (Documentation/networking/ethtool-netlink.rst, "Bit sets"). Pure.
 */

#include "ethtool_nl/ethtool_nl.h"

struct nl_msg;
struct nlattr;

struct bitset {
	struct feature_mask value;
	struct feature_mask mask; /* empty when the bitset is a plain list (NOMASK) */
};

/* Appends a bitset of `size` bits. Returns 0, or -EMSGSIZE when the message has no room. */
int bitset_put(struct nl_msg *message, int type, unsigned int size, const struct bitset *bitset);

/*
 * Reads one. Returns 0; -EBADMSG when it is cut off or not compact; -EOVERFLOW when it has more
 * than FEATURES_MAX bits.
 */
int bitset_parse(struct nlattr *attribute, struct bitset *ret_bitset);
