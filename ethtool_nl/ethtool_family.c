/* SPDX-License-Identifier: Apache-2.0 */
#include "ethtool_nl/ethtool_family.h"

#include "ethtool_nl/genl_sock.h"

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <errno.h>
#include <string.h>

#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>

static int parse_operation(struct nlattr *nest, struct ethtool_family *family)
{
	struct nla_policy policy[CTRL_ATTR_OP_MAX + 1] = {
		[CTRL_ATTR_OP_ID] = {.type = NLA_U32},
	};
	struct nlattr *tb[CTRL_ATTR_OP_MAX + 1];

	if (nla_parse_nested(tb, CTRL_ATTR_OP_MAX, nest, policy) < 0 || !tb[CTRL_ATTR_OP_ID])
		return -EBADMSG;
	if (nla_get_u32(tb[CTRL_ATTR_OP_ID]) == ETHTOOL_MSG_FEATURES_GET)
		family->features_get = true;
	if (nla_get_u32(tb[CTRL_ATTR_OP_ID]) == ETHTOOL_MSG_FEATURES_SET)
		family->features_set = true;
	return 0;
}

static int parse_group(struct nlattr *nest, struct ethtool_family *family)
{
	struct nla_policy policy[CTRL_ATTR_MCAST_GRP_MAX + 1] = {
		[CTRL_ATTR_MCAST_GRP_NAME] = {.type = NLA_STRING},
		[CTRL_ATTR_MCAST_GRP_ID] = {.type = NLA_U32},
	};
	struct nlattr *tb[CTRL_ATTR_MCAST_GRP_MAX + 1];

	if (nla_parse_nested(tb, CTRL_ATTR_MCAST_GRP_MAX, nest, policy) < 0 ||
	    !tb[CTRL_ATTR_MCAST_GRP_NAME] || !tb[CTRL_ATTR_MCAST_GRP_ID])
		return -EBADMSG;
	if (strcmp(nla_get_string(tb[CTRL_ATTR_MCAST_GRP_NAME]), ETHTOOL_MCGRP_MONITOR_NAME) == 0)
		family->monitor_group = nla_get_u32(tb[CTRL_ATTR_MCAST_GRP_ID]);
	return 0;
}

static int parse_list(struct nlattr *list, int (*parse)(struct nlattr *, struct ethtool_family *),
		      struct ethtool_family *family)
{
	struct nlattr *nest;
	int remaining;

	if (!list)
		return 0;
	nla_for_each_nested(nest, list, remaining)
	{
		int result = parse(nest, family);

		if (result < 0)
			return result;
	}
	return 0;
}

int ethtool_family_parse(struct nlmsghdr *message, struct ethtool_family *ret_family)
{
	struct nla_policy policy[CTRL_ATTR_MAX + 1] = {
		[CTRL_ATTR_FAMILY_ID] = {.type = NLA_U16},
	};
	struct nlattr *tb[CTRL_ATTR_MAX + 1];
	struct ethtool_family family = {0};
	int result;

	if (message->nlmsg_type != GENL_ID_CTRL ||
	    genlmsg_parse(message, 0, tb, CTRL_ATTR_MAX, policy) < 0 || !tb[CTRL_ATTR_FAMILY_ID])
		return -EBADMSG;
	family.id = nla_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	result = parse_list(tb[CTRL_ATTR_OPS], parse_operation, &family);
	if (result == 0)
		result = parse_list(tb[CTRL_ATTR_MCAST_GROUPS], parse_group, &family);
	if (result < 0)
		return result;
	*ret_family = family;
	return 0;
}

static struct nl_msg *family_get(void)
{
	struct nl_msg *message = nlmsg_alloc();

	if (message &&
	    genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, GENL_ID_CTRL, 0, 0, CTRL_CMD_GETFAMILY,
			1) &&
	    nla_put_string(message, CTRL_ATTR_FAMILY_NAME, ETHTOOL_GENL_NAME) == 0)
		return message;
	nlmsg_free(message);
	return NULL;
}

static int on_family(struct nlmsghdr *reply, void *context)
{
	return ethtool_family_parse(reply, context);
}

int ethtool_family_resolve(struct genl_sock *sock, struct ethtool_family *ret_family)
{
	struct nl_msg *request = family_get();
	struct ethtool_family family = {0};
	int result;

	if (!request)
		return -ENOMEM;
	result = genl_sock_request(sock, request, false, on_family, &family);
	nlmsg_free(request);
	if (result == -ENOENT)
		return -EOPNOTSUPP;
	if (result < 0)
		return result;
	*ret_family = family;
	return 0;
}
