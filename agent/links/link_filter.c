/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/link_filter.h"

#include "agent/links/netlink_filter.h"
#include "policy/link_kinds.h"

#include <sys/socket.h>

#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

void link_filter_put(struct netlink_filter *filter, const char *const names[], uint32_t without,
		     uint32_t named, uint32_t others)
{
	netlink_filter_put(filter, BPF_LD | BPF_B | BPF_ABS,
			   NLMSG_HDRLEN + offsetof(struct ifinfomsg, ifi_family));
	netlink_filter_put_if(filter, BPF_JEQ, AF_UNSPEC, 1);
	netlink_filter_put(filter, BPF_JMP | BPF_JA, 1);
	netlink_filter_put(filter, BPF_RET | BPF_K, NETLINK_FILTER_DROP);
	netlink_filter_put_search(filter, NLMSG_LENGTH(sizeof(struct ifinfomsg)), IFLA_LINKINFO);
	netlink_filter_put_answer(filter, 0, without);
	netlink_filter_put_nested(filter, IFLA_INFO_KIND);
	netlink_filter_put_answer(filter, 0, without);
	netlink_filter_put(filter, BPF_MISC | BPF_TAX, 0);
	for (size_t i = 0; names && names[i]; i++)
		netlink_filter_put_text(filter, names[i], named);
	netlink_filter_put(filter, BPF_RET | BPF_K, others);
}

void link_filter_make(const struct link_kinds *kinds, struct netlink_filter *ret_filter)
{
	const char *excluded[LINK_KINDS_COMMON + 1];
	const uint32_t without = kinds->without ? NETLINK_FILTER_PASS : NETLINK_FILTER_DROP;
	struct netlink_filter filter = {.code = NULL};
	size_t begin;

	link_kinds_excluded(kinds, excluded);
	netlink_filter_put(&filter, BPF_LD | BPF_H | BPF_ABS,
			   offsetof(struct nlmsghdr, nlmsg_type));
	begin = netlink_filter_begin_types(&filter, RTM_NEWLINK, RTM_DELLINK);
	if (kinds->any)
		link_filter_put(&filter, excluded, without, NETLINK_FILTER_DROP,
				NETLINK_FILTER_PASS);
	else
		link_filter_put(&filter, kinds->named, without, NETLINK_FILTER_PASS,
				NETLINK_FILTER_DROP);
	netlink_filter_end_types(&filter, begin);
	netlink_filter_put(&filter, BPF_RET | BPF_K, NETLINK_FILTER_PASS);
	*ret_filter = filter;
}
