/* SPDX-License-Identifier: Apache-2.0 */
#include "bare_request.h"

#include "ethtool_nl/bitset.h"
#include "ethtool_nl/ethtool_msg.h"
#include "ethtool_nl/feature_mask.h"
#include "tests/fake/outcome.h"

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <errno.h>

#include <linux/ethtool_netlink.h>

static uint32_t *header_flags(struct nl_msg *request)
{
	struct nlattr *header = nlmsg_attrdata(nlmsg_hdr(request), GENL_HDRLEN);

	return nla_data(nla_find(nla_data(header), nla_len(header), ETHTOOL_A_HEADER_FLAGS));
}

struct nl_msg *bare_request_new(uint16_t family, unsigned int ifindex, unsigned int n_features,
				const struct feature_mask *off)
{
	const struct bitset wanted = {.mask = *off};
	struct nl_msg *request = ethtool_msg_features_set(family, ifindex, n_features, &wanted);

	if (!request)
		return NULL;
	nlmsg_hdr(request)->nlmsg_flags = NLM_F_REQUEST;
	*header_flags(request) |= ETHTOOL_FLAG_OMIT_REPLY;
	return request;
}

int bare_request_new_checksums(uint16_t family, struct nl_msg **ret_request)
{
	struct ethtool_nl *handle = NULL;
	struct feature_mask rx, tx, off;
	int result = ethtool_nl_open(ETHTOOL_NL_NETLINK, &handle);

	if (result == 0)
		result = ethtool_nl_mask(handle, "rx", &rx);
	if (result == 0)
		result = ethtool_nl_mask(handle, "tx", &tx);
	if (result == 0) {
		off = feature_mask_or(rx, tx);
		*ret_request = bare_request_new(family, 1, outcome_feature_count(handle), &off);
		result = *ret_request ? 0 : -ENOMEM;
	}
	ethtool_nl_close(handle);
	return result;
}
