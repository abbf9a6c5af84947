/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/link_message.h"

#include <libmnl/libmnl.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

/* IFLA_PARENT_DEV_NAME, of 5.14: headers to build with may be older. */
#define ATTRIBUTE_PARENT_DEV_NAME 56
#define ATTRIBUTES_MAX		  (IFLA_MAX > ATTRIBUTE_PARENT_DEV_NAME ? IFLA_MAX : ATTRIBUTE_PARENT_DEV_NAME)

/* Attributes by their type; those above `maximum` are newer than this program. */
struct attribute_table {
	const struct nlattr **attributes;
	unsigned int maximum;
};

static int store_attribute(const struct nlattr *attribute, void *data)
{
	struct attribute_table *table = data;
	unsigned int type = mnl_attr_get_type(attribute);

	if (type <= table->maximum)
		table->attributes[type] = attribute;
	return MNL_CB_OK;
}

/* Takes the nested attributes of `nest`, or nothing when the nest itself is broken. */
static void parse_nest(const struct nlattr *nest, const struct nlattr **attributes,
		       unsigned int maximum)
{
	struct attribute_table table = {attributes, maximum};

	if (mnl_attr_parse_nested(nest, store_attribute, &table) != MNL_CB_OK)
		memset(attributes, 0, (maximum + 1) * sizeof(attributes[0]));
}

/* A copy of a string attribute that is cut rather than overflowing, and always ends. */
static void copy_string(const struct nlattr *attribute, char *target, size_t size)
{
	size_t length =
		strnlen(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));

	if (length >= size)
		length = size - 1;
	memcpy(target, mnl_attr_get_payload(attribute), length);
	target[length] = '\0';
}

static void format_mac(const struct nlattr *attribute, char mac[static LINK_MAC_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *octets = mnl_attr_get_payload(attribute);
	size_t n_octets = mnl_attr_get_payload_len(attribute);

	if (n_octets > LINK_MAC_SIZE / 3)
		n_octets = LINK_MAC_SIZE / 3;
	for (size_t i = 0; i < n_octets; i++) {
		*mac++ = digits[octets[i] >> 4];
		*mac++ = digits[octets[i] & 15];
		*mac++ = i + 1 < n_octets ? ':' : '\0';
	}
}

static bool flag_is_set(const struct nlattr *attribute)
{
	return attribute && mnl_attr_get_payload_len(attribute) >= 1 && mnl_attr_get_u8(attribute);
}

/* An attribute of two octets in network order, or 0. */
static unsigned int port_of(const struct nlattr *attribute)
{
	if (!attribute || mnl_attr_get_payload_len(attribute) < sizeof(uint16_t))
		return 0;
	return ntohs(mnl_attr_get_u16(attribute));
}

/* An ifindex of this namespace, or 0. */
static unsigned int take_ifindex(const struct nlattr *attribute)
{
	if (!attribute || mnl_attr_get_payload_len(attribute) < sizeof(uint32_t))
		return 0;
	return mnl_attr_get_u32(attribute);
}

/*
 * The address of either family, if there is one; that of nobody is none: kernels of 4.x give it to
 * a Geneve device whose packets bring their own destination (drivers/net/geneve.c,
 * geneve_fill_info()).
 */
static struct link_address address_of(const struct nlattr *v4, const struct nlattr *v6)
{
	static const unsigned char nobody[sizeof(((struct link_address *)NULL)->bytes)];
	struct link_address address = {.size = 0};
	const struct nlattr *attribute = v4 ? v4 : v6;
	const size_t size = v4 ? 4 : sizeof(address.bytes);

	if (!attribute || mnl_attr_get_payload_len(attribute) < size ||
	    memcmp(mnl_attr_get_payload(attribute), nobody, size) == 0)
		return address;
	address.size = size;
	memcpy(address.bytes, mnl_attr_get_payload(attribute), size);
	return address;
}

/*
 * As VXLAN below, but over IPv4 the default is no sum, the flag of an external device has no
 * payload, and its sums are each flow's own (drivers/net/geneve.c, geneve_fill_info()).
 */
static void parse_geneve(const struct nlattr *data, struct link_facts *link)
{
	const struct nlattr *attributes[IFLA_GENEVE_MAX + 1] = {NULL};
	bool fills;

	if (data)
		parse_nest(data, attributes, IFLA_GENEVE_MAX);
	link->port = port_of(attributes[IFLA_GENEVE_PORT]);
	link->remote = address_of(attributes[IFLA_GENEVE_REMOTE], attributes[IFLA_GENEVE_REMOTE6]);
	link->external = attributes[IFLA_GENEVE_COLLECT_METADATA];
	if (link->external)
		return;
	if (attributes[IFLA_GENEVE_REMOTE6])
		fills = !flag_is_set(attributes[IFLA_GENEVE_UDP_ZERO_CSUM6_TX]);
	else if (attributes[IFLA_GENEVE_REMOTE])
		fills = flag_is_set(attributes[IFLA_GENEVE_UDP_CSUM]);
	else
		return;
	link->udp_csum = fills ? ANSWER_YES : ANSWER_NO;
}

/*
 * Does the device fill in the outer UDP checksum? IFLA_VXLAN_UDP_CSUM speaks for IPv4; over IPv6
 * it is IFLA_VXLAN_UDP_ZERO_CSUM6_TX, the other way round. Kernels before 3.16 have neither
 * attribute: they always send zero over IPv4, and fill it in over IPv6, which they have known since
 * 3.12 (drivers/net/vxlan.c, vxlan6_xmit_skb()).
 */
static void parse_vxlan(const struct nlattr *data, struct link_facts *link)
{
	const struct nlattr *attributes[IFLA_VXLAN_MAX + 1] = {NULL};
	bool fills;

	if (data)
		parse_nest(data, attributes, IFLA_VXLAN_MAX);
	if (attributes[IFLA_VXLAN_LOCAL6] || attributes[IFLA_VXLAN_GROUP6])
		fills = !flag_is_set(attributes[IFLA_VXLAN_UDP_ZERO_CSUM6_TX]);
	else
		fills = flag_is_set(attributes[IFLA_VXLAN_UDP_CSUM]);
	link->port = port_of(attributes[IFLA_VXLAN_PORT]);
	link->sends_by = take_ifindex(attributes[IFLA_VXLAN_LINK]);
	link->local = address_of(attributes[IFLA_VXLAN_LOCAL], attributes[IFLA_VXLAN_LOCAL6]);
	link->remote = address_of(attributes[IFLA_VXLAN_GROUP], attributes[IFLA_VXLAN_GROUP6]);
	link->external = flag_is_set(attributes[IFLA_VXLAN_COLLECT_METADATA]);
	link->udp_csum = fills && !link->external ? ANSWER_YES : ANSWER_NO;
}

/*
 * What the link stands on may be of another namespace, whose numbers mean nothing here, or the link
 * itself.
 */
static void parse_relations(const struct nlattr *const attributes[], struct link_facts *link)
{
	link->master = take_ifindex(attributes[IFLA_MASTER]);
	link->elsewhere = attributes[IFLA_LINK_NETNSID];
	link->lower = take_ifindex(attributes[IFLA_LINK]);
	if (link->elsewhere)
		link->lower = link->sends_by = 0;
	if (link->lower == link->ifindex)
		link->lower = 0;
}

static void parse_kind(const struct nlattr *nest, struct link_facts *link)
{
	const struct nlattr *attributes[IFLA_INFO_MAX + 1] = {NULL};

	parse_nest(nest, attributes, IFLA_INFO_MAX);
	if (!attributes[IFLA_INFO_KIND])
		return;
	copy_string(attributes[IFLA_INFO_KIND], link->kind, sizeof(link->kind));
	if (strcmp(link->kind, "vxlan") == 0)
		parse_vxlan(attributes[IFLA_INFO_DATA], link);
	else if (strcmp(link->kind, "geneve") == 0)
		parse_geneve(attributes[IFLA_INFO_DATA], link);
}

/* Before Linux 5.14 the kernel does not say it; InfiniBand has always a device. */
static bool has_device(const struct link_facts *link, const struct nlattr *const attributes[])
{
	return (link->kind[0] && attributes[ATTRIBUTE_PARENT_DEV_NAME]) ||
	       strcmp(link->kind, "ipoib") == 0;
}

int link_message_parse(const struct nlmsghdr *message, struct link_facts *ret_link)
{
	const struct nlattr *attributes[ATTRIBUTES_MAX + 1] = {NULL};
	struct attribute_table table = {attributes, ATTRIBUTES_MAX};
	struct link_facts link = {.udp_csum = ANSWER_UNKNOWN};
	const struct ifinfomsg *header;

	if (message->nlmsg_type != RTM_NEWLINK && message->nlmsg_type != RTM_DELLINK)
		return -EBADMSG;
	if (message->nlmsg_len < MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(*header)))
		return -EBADMSG;
	header = mnl_nlmsg_get_payload(message);
	/* AF_BRIDGE speaks of a bridge's port: such a "deleted" link is still there. */
	if (header->ifi_index <= 0 || header->ifi_family != AF_UNSPEC)
		return -EBADMSG;
	if (mnl_attr_parse(message, sizeof(*header), store_attribute, &table) != MNL_CB_OK)
		return -EBADMSG;
	if (!attributes[IFLA_IFNAME])
		return -EBADMSG;

	link.ifindex = header->ifi_index;
	copy_string(attributes[IFLA_IFNAME], link.name, sizeof(link.name));
	if (attributes[IFLA_ADDRESS])
		format_mac(attributes[IFLA_ADDRESS], link.mac);
	if (attributes[IFLA_LINKINFO])
		parse_kind(attributes[IFLA_LINKINFO], &link);
	parse_relations(attributes, &link);
	link.up = header->ifi_flags & IFF_UP;
	link.has_device = has_device(&link, attributes);
	*ret_link = link;
	return 0;
}
