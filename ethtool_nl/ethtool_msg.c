/* SPDX-License-Identifier: Apache-2.0 */
#include "ethtool_nl/ethtool_msg.h"

#include "array.h"
#include "ethtool_nl/feature_mask.h"

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <errno.h>

#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>

/* The largest request: a set of FEATURES_MAX features takes less than 200 bytes. */
#define REQUEST_SIZE 512

/* A message with its header nest, which has the same number in all messages: 1. */
static struct nl_msg *request_start(uint16_t family, uint8_t command, unsigned int ifindex)
{
	struct nl_msg *message = nlmsg_alloc_size(REQUEST_SIZE);
	struct nlattr *header;

	if (!message)
		return NULL;
	if (genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, 0, command,
			ETHTOOL_GENL_VERSION) &&
	    (header = nla_nest_start(message, ETHTOOL_A_FEATURES_HEADER | NLA_F_NESTED)) &&
	    (ifindex == 0 || nla_put_u32(message, ETHTOOL_A_HEADER_DEV_INDEX, ifindex) == 0) &&
	    nla_put_u32(message, ETHTOOL_A_HEADER_FLAGS, ETHTOOL_FLAG_COMPACT_BITSETS) == 0) {
		nla_nest_end(message, header);
		return message;
	}
	nlmsg_free(message);
	return NULL;
}

static int put_string_set(struct nl_msg *message, uint32_t id)
{
	struct nlattr *sets, *set;

	sets = nla_nest_start(message, ETHTOOL_A_STRSET_STRINGSETS | NLA_F_NESTED);
	if (!sets)
		return -EMSGSIZE;
	set = nla_nest_start(message, ETHTOOL_A_STRINGSETS_STRINGSET | NLA_F_NESTED);
	if (!set || nla_put_u32(message, ETHTOOL_A_STRINGSET_ID, id) < 0)
		return -EMSGSIZE;
	nla_nest_end(message, set);
	nla_nest_end(message, sets);
	return 0;
}

struct nl_msg *ethtool_msg_strings_get(uint16_t family)
{
	struct nl_msg *message = request_start(family, ETHTOOL_MSG_STRSET_GET, 0);

	if (message && put_string_set(message, ETH_SS_FEATURES) == 0)
		return message;
	nlmsg_free(message);
	return NULL;
}

struct nl_msg *ethtool_msg_features_get(uint16_t family, unsigned int ifindex)
{
	return request_start(family, ETHTOOL_MSG_FEATURES_GET, ifindex);
}

uint32_t *ethtool_msg_ifindex(struct nl_msg *request)
{
	struct nlattr *header = nlmsg_attrdata(nlmsg_hdr(request), GENL_HDRLEN);

	return nla_data(nla_find(nla_data(header), nla_len(header), ETHTOOL_A_HEADER_DEV_INDEX));
}

struct nl_msg *ethtool_msg_features_set(uint16_t family, unsigned int ifindex, unsigned int size,
					const struct bitset *wanted)
{
	struct nl_msg *message = request_start(family, ETHTOOL_MSG_FEATURES_SET, ifindex);

	if (message && bitset_put(message, ETHTOOL_A_FEATURES_WANTED, size, wanted) == 0)
		return message;
	nlmsg_free(message);
	return NULL;
}

/* The attributes of a message, if it is the one that is expected. */
static int parse_message(struct nlmsghdr *message, uint8_t command, struct nlattr *tb[], int max)
{
	if (genlmsg_parse(message, 0, tb, max, NULL) < 0 || genlmsg_hdr(message)->cmd != command)
		return -EBADMSG;
	return 0;
}

static int add_string(struct nlattr *nest, struct stringset *names)
{
	struct nla_policy policy[ETHTOOL_A_STRING_MAX + 1] = {
		[ETHTOOL_A_STRING_INDEX] = {.type = NLA_U32},
		[ETHTOOL_A_STRING_VALUE] = {.type = NLA_STRING},
	};
	struct nlattr *tb[ETHTOOL_A_STRING_MAX + 1];

	if (nla_parse_nested(tb, ETHTOOL_A_STRING_MAX, nest, policy) < 0 ||
	    !tb[ETHTOOL_A_STRING_INDEX] || !tb[ETHTOOL_A_STRING_VALUE])
		return -EBADMSG;
	return stringset_add(names, nla_get_u32(tb[ETHTOOL_A_STRING_INDEX]),
			     nla_get_string(tb[ETHTOOL_A_STRING_VALUE]));
}

/* Returns 1 when `nest` was the set of the features, 0 when it is another one. */
static int parse_string_set(struct nlattr *nest, struct stringset *ret_names)
{
	struct nla_policy policy[ETHTOOL_A_STRINGSET_MAX + 1] = {
		[ETHTOOL_A_STRINGSET_ID] = {.type = NLA_U32},
	};
	struct nlattr *tb[ETHTOOL_A_STRINGSET_MAX + 1];
	struct stringset names = {0};
	struct nlattr *string;
	int remaining;

	if (nla_parse_nested(tb, ETHTOOL_A_STRINGSET_MAX, nest, policy) < 0 ||
	    !tb[ETHTOOL_A_STRINGSET_ID])
		return -EBADMSG;
	if (nla_get_u32(tb[ETHTOOL_A_STRINGSET_ID]) != ETH_SS_FEATURES)
		return 0;
	if (!tb[ETHTOOL_A_STRINGSET_STRINGS])
		return -EBADMSG;
	nla_for_each_nested(string, tb[ETHTOOL_A_STRINGSET_STRINGS], remaining)
	{
		int result = add_string(string, &names);

		if (result < 0)
			return result;
	}
	*ret_names = names;
	return 1;
}

int ethtool_msg_parse_strings(struct nlmsghdr *message, struct stringset *ret_names)
{
	struct nlattr *tb[ETHTOOL_A_STRSET_MAX + 1];
	struct nlattr *set;
	int remaining;

	if (parse_message(message, ETHTOOL_MSG_STRSET_GET_REPLY, tb, ETHTOOL_A_STRSET_MAX) < 0 ||
	    !tb[ETHTOOL_A_STRSET_STRINGSETS])
		return -EBADMSG;
	nla_for_each_nested(set, tb[ETHTOOL_A_STRSET_STRINGSETS], remaining)
	{
		int result = parse_string_set(set, ret_names);

		if (result != 0)
			return result < 0 ? result : 0;
	}
	return -EBADMSG;
}

static int parse_ifindex(struct nlattr *header, unsigned int *ret_ifindex)
{
	const struct nlattr *number = NULL;

	if (header)
		number = nla_find(nla_data(header), nla_len(header), ETHTOOL_A_HEADER_DEV_INDEX);
	if (!number || nla_len(number) < (int)sizeof(*ret_ifindex))
		return -EBADMSG;
	*ret_ifindex = nla_get_u32(number);
	return 0;
}

/* The bitsets of features, one after the other; all that are asked for must be there. */
static int parse_bitsets(struct nlattr *tb[], const int types[], size_t n_types,
			 struct bitset *ret_bitsets)
{
	for (size_t i = 0; i < n_types; i++) {
		int result = tb[types[i]] ? bitset_parse(tb[types[i]], &ret_bitsets[i]) : -EBADMSG;

		if (result < 0)
			return result;
	}
	return 0;
}

/* A reply and a notification are the same but for the command. */
static int parse_features(struct nlmsghdr *message, uint8_t command, unsigned int *ret_ifindex,
			  struct featureset *ret_features)
{
	static const int types[] = {ETHTOOL_A_FEATURES_HW, ETHTOOL_A_FEATURES_WANTED,
				    ETHTOOL_A_FEATURES_ACTIVE, ETHTOOL_A_FEATURES_NOCHANGE};
	struct nlattr *tb[ETHTOOL_A_FEATURES_MAX + 1];
	struct bitset bitsets[4];
	unsigned int ifindex = 0;
	int result;

	result = parse_message(message, command, tb, ETHTOOL_A_FEATURES_MAX);
	if (result == 0)
		result = parse_ifindex(tb[ETHTOOL_A_FEATURES_HEADER], &ifindex);
	if (result == 0)
		result = parse_bitsets(tb, types, N_ELEMENTS(types), bitsets);
	if (result < 0)
		return result;
	*ret_ifindex = ifindex;
	ret_features->changeable = feature_mask_without(bitsets[0].value, bitsets[3].value);
	ret_features->wanted = bitsets[1].value;
	ret_features->active = bitsets[2].value;
	return 0;
}

int ethtool_msg_parse_difference(struct nlmsghdr *message, struct feature_difference *ret_reply)
{
	static const int types[] = {ETHTOOL_A_FEATURES_WANTED, ETHTOOL_A_FEATURES_ACTIVE};
	struct nlattr *tb[ETHTOOL_A_FEATURES_MAX + 1];
	struct bitset bitsets[2];
	int result;

	result = parse_message(message, ETHTOOL_MSG_FEATURES_SET_REPLY, tb, ETHTOOL_A_FEATURES_MAX);
	if (result == 0)
		result = parse_bitsets(tb, types, N_ELEMENTS(types), bitsets);
	if (result < 0)
		return result;
	ret_reply->not_taken = bitsets[0].mask;
	ret_reply->changed = bitsets[1].mask;
	ret_reply->active = bitsets[1].value;
	return 0;
}

int ethtool_msg_parse_features(struct nlmsghdr *message, unsigned int *ret_ifindex,
			       struct featureset *ret_features)
{
	return parse_features(message, ETHTOOL_MSG_FEATURES_GET_REPLY, ret_ifindex, ret_features);
}

int ethtool_msg_parse_notification(struct nlmsghdr *message, unsigned int *ret_ifindex,
				   struct featureset *ret_features)
{
	return parse_features(message, ETHTOOL_MSG_FEATURES_NTF, ret_ifindex, ret_features);
}
