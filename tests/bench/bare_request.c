/* SPDX-License-Identifier: Apache-2.0 */
#include "bare_request.h"

#include "ethtool_nl/bitset.h"
#include "ethtool_nl/ethtool_msg.h"

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <linux/ethtool_netlink.h>

static uint32_t *header_field(struct nl_msg *request, int type)
{
	struct nlattr *header = nlmsg_attrdata(nlmsg_hdr(request), GENL_HDRLEN);

	return nla_data(nla_find(nla_data(header), nla_len(header), type));
}

struct nl_msg *bare_request_new(uint16_t family, unsigned int ifindex, unsigned int n_features,
				const struct feature_mask *off)
{
	const struct bitset wanted = {.mask = *off};
	struct nl_msg *request = ethtool_msg_features_set(family, ifindex, n_features, &wanted);

	if (!request)
		return NULL;
	nlmsg_hdr(request)->nlmsg_flags = NLM_F_REQUEST;
	*header_field(request, ETHTOOL_A_HEADER_FLAGS) |= ETHTOOL_FLAG_OMIT_REPLY;
	return request;
}

uint32_t *bare_request_ifindex(struct nl_msg *request)
{
	return header_field(request, ETHTOOL_A_HEADER_DEV_INDEX);
}
