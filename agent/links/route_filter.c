/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/route_filter.h"

#include "agent/links/fdb.h"
#include "agent/links/link_filter.h"
#include "agent/links/netlink_filter.h"
#include "agent/links/route_interest.h"

#include <sys/socket.h>

#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

/* What is kept between instructions: the first and the last address of a route. */
#define FIRST 0
#define LAST  1

static void put_end(struct netlink_filter *filter, uint32_t answer)
{
	netlink_filter_put(filter, BPF_RET | BPF_K, answer);
}

static void put_load(struct netlink_filter *filter, uint16_t size, size_t offset)
{
	netlink_filter_put(filter, (uint16_t)(BPF_LD | size | BPF_ABS),
			   (uint32_t)(NLMSG_HDRLEN + offset));
}

static void put_links(struct netlink_filter *filter, const struct route_interest *interest)
{
	size_t begin = netlink_filter_begin_types(filter, RTM_NEWLINK, RTM_DELLINK);

	link_filter_put(filter, interest->dead_ends, NETLINK_FILTER_PASS, NETLINK_FILTER_DROP,
			NETLINK_FILTER_PASS);
	netlink_filter_end_types(filter, begin);
}

static void put_addresses(struct netlink_filter *filter, const struct route_interest *interest)
{
	size_t begin = netlink_filter_begin_types(filter, RTM_NEWADDR, RTM_DELADDR);

	put_load(filter, BPF_W, offsetof(struct ifaddrmsg, ifa_index));
	for (size_t i = 0; i < interest->n_links; i++)
		netlink_filter_put_answer(filter, netlink_filter_word(&interest->links[i]),
					  NETLINK_FILTER_PASS);
	put_end(filter, interest->any_link ? NETLINK_FILTER_PASS : NETLINK_FILTER_DROP);
	netlink_filter_end_types(filter, begin);
}

/* As fdb_message_sends(). */
static void put_entries(struct netlink_filter *filter)
{
	const size_t attributes = NLMSG_LENGTH(sizeof(struct ndmsg));
	size_t begin = netlink_filter_begin_types(filter, RTM_NEWNEIGH, RTM_DELNEIGH);

	put_load(filter, BPF_B, offsetof(struct ndmsg, ndm_family));
	netlink_filter_put_if(filter, BPF_JEQ, AF_BRIDGE, 8);
	netlink_filter_put_search(filter, attributes, NDA_DST);
	netlink_filter_put_if(filter, BPF_JEQ, 0, 5);
	netlink_filter_put_search(filter, attributes, FDB_NH_ID);
	netlink_filter_put_answer(filter, 0, NETLINK_FILTER_DROP);
	put_end(filter, NETLINK_FILTER_PASS);
	netlink_filter_end_types(filter, begin);
}

/* Ends with a pass for a default route; else the place of the destination is at X. */
static void put_destination(struct netlink_filter *filter)
{
	put_load(filter, BPF_B, offsetof(struct rtmsg, rtm_dst_len));
	netlink_filter_put_answer(filter, 0, NETLINK_FILTER_PASS);
	netlink_filter_put_search(filter, NLMSG_LENGTH(sizeof(struct rtmsg)), RTA_DST);
	netlink_filter_put_answer(filter, 0, NETLINK_FILTER_PASS);
	netlink_filter_put(filter, BPF_MISC | BPF_TAX, 0);
}

/* Does the route overlap a range? The last address is the first one with all ones behind the
 * prefix. */
static void put_ipv4(struct netlink_filter *filter, const struct route_interest *interest)
{
	put_destination(filter);
	netlink_filter_put(filter, BPF_LD | BPF_W | BPF_IND, NLA_HDRLEN);
	netlink_filter_put(filter, BPF_ST, FIRST);
	put_load(filter, BPF_B, offsetof(struct rtmsg, rtm_dst_len));
	netlink_filter_put(filter, BPF_ALU | BPF_SUB | BPF_K, 1);
	netlink_filter_put(filter, BPF_MISC | BPF_TAX, 0);
	netlink_filter_put(filter, BPF_LD | BPF_IMM, UINT32_MAX >> 1);
	netlink_filter_put(filter, BPF_ALU | BPF_RSH | BPF_X, 0);
	netlink_filter_put(filter, BPF_LDX | BPF_MEM, FIRST);
	netlink_filter_put(filter, BPF_ALU | BPF_OR | BPF_X, 0);
	netlink_filter_put(filter, BPF_ST, LAST);
	for (size_t i = 0; i < interest->n_ranges; i++) {
		netlink_filter_put(filter, BPF_LD | BPF_MEM, LAST);
		netlink_filter_put_if(filter, BPF_JGE, interest->ranges[i].first, 4);
		netlink_filter_put(filter, BPF_LD | BPF_MEM, FIRST);
		netlink_filter_put_if(filter, BPF_JGT, interest->ranges[i].last, 1);
		netlink_filter_put(filter, BPF_JMP | BPF_JA, 1);
		put_end(filter, NETLINK_FILTER_PASS);
	}
	put_end(filter, NETLINK_FILTER_DROP);
}

/* fe80::/10 and ff00::/8 matter no more than all of them where no node is reached by IPv6. */
static void put_ipv6(struct netlink_filter *filter, const struct route_interest *interest)
{
	if (!interest->ipv6) {
		put_end(filter, NETLINK_FILTER_DROP);
		return;
	}
	put_destination(filter);
	netlink_filter_put(filter, BPF_LD | BPF_H | BPF_IND, NLA_HDRLEN);
	netlink_filter_put(filter, BPF_ALU | BPF_AND | BPF_K, 0xffc0);
	netlink_filter_put_answer(filter, 0xfe80, NETLINK_FILTER_DROP);
	netlink_filter_put(filter, BPF_ALU | BPF_AND | BPF_K, 0xff00);
	netlink_filter_put_answer(filter, 0xff00, NETLINK_FILTER_DROP);
	put_end(filter, NETLINK_FILTER_PASS);
}

static void put_routes(struct netlink_filter *filter, const struct route_interest *interest)
{
	size_t begin = netlink_filter_begin_types(filter, RTM_NEWROUTE, RTM_DELROUTE), ipv4;

	put_load(filter, BPF_B, offsetof(struct rtmsg, rtm_family));
	netlink_filter_put_if(filter, BPF_JEQ, AF_INET, 1);
	netlink_filter_put(filter, BPF_JMP | BPF_JA, 1);
	netlink_filter_put(filter, BPF_JMP | BPF_JA, 0);
	ipv4 = filter->length;
	put_ipv4(filter, interest);
	netlink_filter_end_types(filter, ipv4);
	put_ipv6(filter, interest);
	netlink_filter_end_types(filter, begin);
}

void route_filter_make(const struct route_interest *interest, struct netlink_filter *ret_filter)
{
	struct netlink_filter filter = {.code = NULL};

	netlink_filter_put(&filter, BPF_LD | BPF_H | BPF_ABS,
			   offsetof(struct nlmsghdr, nlmsg_type));
	if (interest->known) {
		put_links(&filter, interest);
		put_addresses(&filter, interest);
		put_entries(&filter);
		put_routes(&filter, interest);
	}
	put_end(&filter, NETLINK_FILTER_PASS);
	*ret_filter = filter;
}
