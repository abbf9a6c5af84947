/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Builds and reads the messages of the ethtool family that are about features. Pure: no socket.
 * Sequence number and request flags are set when it is sent.
 *
 * The builders return NULL when memory is short; the caller frees with nlmsg_free(). The parsers
 * return 0; -EBADMSG for a message of another kind or one that is cut off; -EOVERFLOW for more
 * than FEATURES_MAX features.
 */

#include "ethtool_nl/bitset.h"
#include "ethtool_nl/change.h"
#include "ethtool_nl/ethtool_nl.h"
#include "ethtool_nl/stringset.h"

struct nl_msg;
struct nlmsghdr;

/* The names of all features. They are the kernel's, not a device's. */
struct nl_msg *ethtool_msg_strings_get(uint16_t family);
int ethtool_msg_parse_strings(struct nlmsghdr *message, struct stringset *ret_names);

/* The features of one device; of all of them (a dump) when `ifindex` is 0. */
struct nl_msg *ethtool_msg_features_get(uint16_t family, unsigned int ifindex);
int ethtool_msg_parse_features(struct nlmsghdr *message, unsigned int *ret_ifindex,
			       struct featureset *ret_features);

/* Where the number of the device stands in a request that is about one. */
uint32_t *ethtool_msg_ifindex(struct nl_msg *request);

/* Sets the features in the mask of `wanted` to its values. `size` is the number of features. */
struct nl_msg *ethtool_msg_features_set(uint16_t family, unsigned int ifindex, unsigned int size,
					const struct bitset *wanted);
int ethtool_msg_parse_difference(struct nlmsghdr *message, struct feature_difference *ret_reply);

/* The device of a notification (ETHTOOL_MSG_FEATURES_NTF), and its features at that time. */
int ethtool_msg_parse_notification(struct nlmsghdr *message, unsigned int *ret_ifindex,
				   struct featureset *ret_features);
