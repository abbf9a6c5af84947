/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/nf_tables/nf_attributes.h"

#include <arpa/inet.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

static void put(struct nf_attributes *attributes, const struct nlattr *attribute)
{
	if (mnl_attr_get_type(attribute) < NF_ATTRIBUTES_MAX)
		attributes->list[mnl_attr_get_type(attribute)] = attribute;
}

struct nf_attributes nf_attributes_of(const struct nlmsghdr *message)
{
	struct nf_attributes attributes = {.list = {NULL}};
	const struct nlattr *attribute;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(struct nfgenmsg))
		return attributes;
	mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
	{
		put(&attributes, attribute);
	}
	return attributes;
}

struct nf_attributes nf_attributes_in(const struct nlattr *nest)
{
	struct nf_attributes attributes = {.list = {NULL}};
	const struct nlattr *attribute;

	if (!nest)
		return attributes;
	mnl_attr_for_each_nested(attribute, nest)
	{
		put(&attributes, attribute);
	}
	return attributes;
}

uint32_t nf_number(const struct nf_attributes *attributes, unsigned int type, uint32_t otherwise)
{
	const struct nlattr *attribute = attributes->list[type];
	uint32_t number;

	if (!attribute || mnl_attr_get_payload_len(attribute) < sizeof(number))
		return otherwise;
	memcpy(&number, mnl_attr_get_payload(attribute), sizeof(number));
	return ntohl(number);
}

uint64_t nf_number64(const struct nf_attributes *attributes, unsigned int type)
{
	const struct nlattr *attribute = attributes->list[type];
	uint64_t number = 0;

	if (!attribute || mnl_attr_get_payload_len(attribute) < sizeof(number))
		return 0;
	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | ((const uint8_t *)mnl_attr_get_payload(attribute))[i];
	return number;
}

const char *nf_text(const struct nf_attributes *attributes, unsigned int type)
{
	const struct nlattr *attribute = attributes->list[type];

	if (!attribute || mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0)
		return "";
	return mnl_attr_get_str(attribute);
}

struct nf_value nf_value(const struct nf_attributes *attributes, unsigned int type)
{
	const struct nf_attributes data = nf_attributes_in(attributes->list[type]);
	const struct nlattr *attribute = data.list[NFTA_DATA_VALUE];
	struct nf_value value = {.size = 0};

	if (!attribute || mnl_attr_get_payload_len(attribute) > sizeof(value.bytes))
		return value;
	value.size = mnl_attr_get_payload_len(attribute);
	memcpy(value.bytes, mnl_attr_get_payload(attribute), value.size);
	return value;
}
