/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/probe/probe_masquerade.h"

#include "agent/probe/probe_netlink.h"

#include <libmnl/libmnl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#define TRANSACTION_SIZE 2048
#define TABLE_NAME	 "probe"
#define CHAIN_NAME	 "postrouting"
#define SOURCE_PRIORITY	 100 /* NF_IP_PRI_NAT_SRC, where SNAT is done */

/* A batch under construction: its messages stand one after the other. */
struct transaction {
	_Alignas(struct nlmsghdr) char buffer[TRANSACTION_SIZE];
	size_t size; /* of the messages that are complete */
	unsigned int n_messages;
	unsigned int n_acks;
	uint8_t family; /* NFPROTO_ */
};

static struct nlmsghdr *begin(struct transaction *transaction, uint16_t type, uint16_t flags,
			      uint8_t family, uint16_t resource)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(transaction->buffer + transaction->size);
	struct nfgenmsg *header;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_seq = transaction->n_messages++;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->nfgen_family = family;
	header->version = NFNETLINK_V0;
	header->res_id = htons(resource);
	return message;
}

static void end(struct transaction *transaction, const struct nlmsghdr *message)
{
	transaction->size += MNL_ALIGN(message->nlmsg_len);
	if (message->nlmsg_flags & NLM_F_ACK)
		transaction->n_acks++;
}

static void put_mark(struct transaction *transaction, uint16_t type)
{
	end(transaction, begin(transaction, type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
}

static struct nlmsghdr *begin_object(struct transaction *transaction, uint16_t type)
{
	return begin(transaction, (NFNL_SUBSYS_NFTABLES << 8) | type, NLM_F_CREATE | NLM_F_ACK,
		     transaction->family, 0);
}

static void put_table(struct transaction *transaction)
{
	struct nlmsghdr *message = begin_object(transaction, NFT_MSG_NEWTABLE);

	mnl_attr_put_strz(message, NFTA_TABLE_NAME, TABLE_NAME);
	end(transaction, message);
}

static void put_chain(struct transaction *transaction)
{
	struct nlmsghdr *message = begin_object(transaction, NFT_MSG_NEWCHAIN);
	struct nlattr *hook;

	mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, TABLE_NAME);
	mnl_attr_put_strz(message, NFTA_CHAIN_NAME, CHAIN_NAME);
	mnl_attr_put_strz(message, NFTA_CHAIN_TYPE, "nat");
	hook = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
	mnl_attr_put_u32(message, NFTA_HOOK_HOOKNUM, htonl(NF_INET_POST_ROUTING));
	mnl_attr_put_u32(message, NFTA_HOOK_PRIORITY, htonl(SOURCE_PRIORITY));
	mnl_attr_nest_end(message, hook);
	end(transaction, message);
}

/* An expression of a rule; `ret_data` is to be filled and both are to be ended. */
static struct nlattr *begin_expression(struct nlmsghdr *message, const char *name,
				       struct nlattr **ret_data)
{
	struct nlattr *element = mnl_attr_nest_start(message, NFTA_LIST_ELEM);

	mnl_attr_put_strz(message, NFTA_EXPR_NAME, name);
	*ret_data = mnl_attr_nest_start(message, NFTA_EXPR_DATA);
	return element;
}

static void end_expression(struct nlmsghdr *message, struct nlattr *element, struct nlattr *data)
{
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, element);
}

/* meta load l4proto => reg 1; cmp eq reg 1 udp */
static void put_is_udp(struct nlmsghdr *message)
{
	struct nlattr *element, *data, *value;

	element = begin_expression(message, "meta", &data);
	mnl_attr_put_u32(message, NFTA_META_KEY, htonl(NFT_META_L4PROTO));
	mnl_attr_put_u32(message, NFTA_META_DREG, htonl(NFT_REG_1));
	end_expression(message, element, data);

	element = begin_expression(message, "cmp", &data);
	mnl_attr_put_u32(message, NFTA_CMP_SREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(message, NFTA_CMP_OP, htonl(NFT_CMP_EQ));
	value = mnl_attr_nest_start(message, NFTA_CMP_DATA);
	mnl_attr_put_u8(message, NFTA_DATA_VALUE, IPPROTO_UDP);
	mnl_attr_nest_end(message, value);
	end_expression(message, element, data);
}

static void put_rule(struct transaction *transaction)
{
	struct nlmsghdr *message = begin_object(transaction, NFT_MSG_NEWRULE);
	struct nlattr *expressions, *element, *data;

	message->nlmsg_flags |= NLM_F_APPEND;
	mnl_attr_put_strz(message, NFTA_RULE_TABLE, TABLE_NAME);
	mnl_attr_put_strz(message, NFTA_RULE_CHAIN, CHAIN_NAME);
	expressions = mnl_attr_nest_start(message, NFTA_RULE_EXPRESSIONS);
	put_is_udp(message);
	element = begin_expression(message, "masq", &data);
	mnl_attr_put_u32(message, NFTA_MASQ_FLAGS, htonl(NF_NAT_RANGE_PROTO_RANDOM_FULLY));
	end_expression(message, element, data);
	mnl_attr_nest_end(message, expressions);
	end(transaction, message);
}

int probe_masquerade_add(struct mnl_socket *socket, int family)
{
	struct transaction transaction = {
		.family = family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4,
	};

	put_mark(&transaction, NFNL_MSG_BATCH_BEGIN);
	put_table(&transaction);
	put_chain(&transaction);
	put_rule(&transaction);
	put_mark(&transaction, NFNL_MSG_BATCH_END);
	return probe_netlink_talk(socket, transaction.buffer, transaction.size, transaction.n_acks);
}
