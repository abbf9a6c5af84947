/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/route.h"

#include "agent/links/rtnetlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

/* Of newer headers than those of 2018: include/uapi/linux/rtnetlink.h */
#define ATTRIBUTE_IP_PROTO 27
#define ATTRIBUTE_DPORT	   29
#define ATTRIBUTE_NH_ID	   30

/* What an answer is read into; the attributes of its message are looked at one by one. */
struct reading {
	struct route_answer answer;
	bool matched; /* it is a route of a table, not what became of one packet */
	bool by_nexthop; /* of an object that has the next hops */
	bool delivers; /* by a link */
};

static void add_link(struct route_answer *answer, unsigned int ifindex)
{
	if (answer->n_links == ROUTE_LINKS_MAX)
		answer->partial = true;
	else
		answer->links[answer->n_links++] = ifindex;
}

/* The next hops of one route, each a header with a length that counts what follows it. */
static void add_next_hops(const struct nlattr *attribute, struct route_answer *answer)
{
	const char *payload = mnl_attr_get_payload(attribute);
	size_t left = mnl_attr_get_payload_len(attribute);

	while (left >= sizeof(struct rtnexthop)) {
		struct rtnexthop hop;
		size_t length;

		memcpy(&hop, payload, sizeof(hop));
		length = RTNH_ALIGN(hop.rtnh_len);
		if (hop.rtnh_len < sizeof(hop) || length > left)
			return;
		add_link(answer, (unsigned int)hop.rtnh_ifindex);
		payload += length;
		left -= length;
	}
}

static int take_attribute(const struct nlattr *attribute, void *data)
{
	struct reading *reading = data;

	switch (mnl_attr_get_type(attribute)) {
	case RTA_OIF:
		if (mnl_attr_get_payload_len(attribute) >= sizeof(uint32_t))
			add_link(&reading->answer, mnl_attr_get_u32(attribute));
		break;
	case RTA_MULTIPATH:
		add_next_hops(attribute, &reading->answer);
		break;
	case ATTRIBUTE_NH_ID:
		reading->by_nexthop = true;
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

static int take_route(const struct nlmsghdr *message, void *data)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(message);
	struct reading *reading = data;

	if (message->nlmsg_type != RTM_NEWROUTE)
		return MNL_CB_OK;
	if (mnl_attr_parse(message, sizeof(*header), take_attribute, reading) < 0)
		return MNL_CB_ERROR;
	reading->matched = !(header->rtm_flags & RTM_F_CLONED);
	reading->delivers = header->rtm_type == RTN_UNICAST || header->rtm_type == RTN_MULTICAST ||
			    header->rtm_type == RTN_BROADCAST || header->rtm_type == RTN_ANYCAST;
	return MNL_CB_OK;
}

/* Returns as rtnetlink_ask(). */
static int ask(struct rtnetlink *rtnetlink, const struct route_question *question,
	       unsigned int flags, struct reading *ret_reading)
{
	const struct link_address *to = &question->destination, *from = &question->source;
	_Alignas(8) char buffer[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct rtmsg *header;

	message->nlmsg_type = RTM_GETROUTE;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->rtm_family = to->size == 4 ? AF_INET : AF_INET6;
	header->rtm_dst_len = (unsigned char)(to->size * 8);
	header->rtm_flags = flags;
	mnl_attr_put(message, RTA_DST, to->size, to->bytes);
	if (from->size == to->size) {
		header->rtm_src_len = (unsigned char)(from->size * 8);
		mnl_attr_put(message, RTA_SRC, from->size, from->bytes);
	}
	if (question->oif)
		mnl_attr_put_u32(message, RTA_OIF, question->oif);
	if (question->mark)
		mnl_attr_put_u32(message, RTA_MARK, question->mark);
	mnl_attr_put_u8(message, ATTRIBUTE_IP_PROTO, IPPROTO_UDP);
	if (question->port)
		mnl_attr_put_u16(message, ATTRIBUTE_DPORT, htons((uint16_t)question->port));
	*ret_reading = (struct reading){.matched = false};
	return rtnetlink_ask(rtnetlink, message, take_route, ret_reading);
}

/* The kernel's words for "it goes nowhere": EINVAL is a blackhole, or a source that is not here. */
static bool is_no_route(int result)
{
	return result == -ENETUNREACH || result == -EHOSTUNREACH || result == -EACCES ||
	       result == -EINVAL || result == -ENODEV || result == -ESRCH || result == -EAGAIN;
}

/*
 * A route's next hops are named when the route itself is asked for. Without one, who is bound to a
 * link reaches what is on it all the same; and next hops that are an object's need not be repeated
 * in its route (net.ipv4.nexthop_compat_mode): then one of them is learned.
 */
int route_ask(struct rtnetlink *rtnetlink, const struct route_question *question,
	      struct route_answer *ret_answer)
{
	struct reading reading;
	int result = ask(rtnetlink, question, RTM_F_FIB_MATCH, &reading);
	const bool hides = result == 0 && reading.by_nexthop && reading.answer.n_links == 0;
	const bool partial = result == 0 && (hides || !reading.matched);

	if (hides || (result < 0 && question->oif && is_no_route(result)))
		result = ask(rtnetlink, question, 0, &reading);
	if (result < 0 && !is_no_route(result))
		return result;
	if (result < 0 || !reading.delivers)
		reading.answer = (struct route_answer){.n_links = 0};
	else
		reading.answer.partial |= partial;
	*ret_answer = reading.answer;
	return 0;
}

static int take_mark(const struct nlattr *attribute, void *data)
{
	uint32_t *mark = data;

	if (mnl_attr_get_type(attribute) == FRA_FWMARK &&
	    mnl_attr_get_payload_len(attribute) >= sizeof(*mark))
		*mark = mnl_attr_get_u32(attribute);
	return MNL_CB_OK;
}

static int take_rule(const struct nlmsghdr *message, void *data)
{
	struct route_marks *marks = data;
	uint32_t mark = 0;

	if (message->nlmsg_type != RTM_NEWRULE)
		return MNL_CB_OK;
	if (mnl_attr_parse(message, sizeof(struct fib_rule_hdr), take_mark, &mark) < 0)
		return MNL_CB_ERROR;
	for (size_t i = 0; i < marks->n_marks; i++) {
		if (marks->marks[i] == mark)
			return MNL_CB_OK;
	}
	if (mark && marks->n_marks == ROUTE_MARKS_MAX)
		marks->partial = true;
	else if (mark)
		marks->marks[marks->n_marks++] = mark;
	return MNL_CB_OK;
}

int route_read_marks(struct rtnetlink *rtnetlink, struct route_marks *ret_marks)
{
	struct route_marks marks = {.n_marks = 0};
	int result = rtnetlink_dump(rtnetlink, RTM_GETRULE, AF_UNSPEC, sizeof(struct fib_rule_hdr),
				    take_rule, &marks);

	/* A kernel without policy rules does not know the question. */
	if (result < 0 && result != -EINTR && result != -EOPNOTSUPP)
		return result;
	marks.partial |= result == -EINTR;
	*ret_marks = marks;
	return 0;
}
