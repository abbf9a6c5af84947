/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/detect_conntrack.h"

#include "agent/links/links.h"
#include "agent/links/mnl_socket.h"
#include "agent/links/node_addresses.h"
#include "agent/nf_tables/nf_attributes.h"
#include "agent/nf_tables/nfnetlink.h"
#include "array.h"
#include "cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/rtnetlink.h>

/* Is there in every network namespace as soon as connections can be tracked. */
#define TRACKED "/proc/sys/net/netfilter/nf_conntrack_max"

/* How many there are now, in this network namespace. */
#define COUNT "/proc/sys/net/netfilter/nf_conntrack_count"

/* Devices of more different ports than this are not looked for. */
#define PORTS_MAX 16

/* From Linux 5.8 on the kernel filters; older ones send all (ctnetlink_alloc_filter()). */
#define FILTER		    25 /* CTA_FILTER */
#define FILTER_ORIG_FLAGS   1 /* CTA_FILTER_ORIG_FLAGS */
#define FILTER_REPLY_FLAGS  2
#define FILTER_BY_PROTOCOL  (1u << 3) /* CTA_FILTER_F_CTA_PROTO_NUM */
#define FILTER_BY_DEST_PORT (1u << 5) /* CTA_FILTER_F_CTA_PROTO_DST_PORT */

static const unsigned int usual_ports[] = {4789, 8472};

/* Where from, where to: as bytes, those of IPv6 being 16. */
struct tuple {
	uint8_t source[16], destination[16];
	size_t size; /* of an address; 0 = there is none */
	unsigned int protocol, source_port, destination_port;
};

struct reader {
	struct node_address *addresses; /* this node's own */
	size_t n_addresses;
	unsigned int ports[PORTS_MAX];
	size_t n_ports;
	unsigned int port; /* the one that was asked for */
	struct nat_seen_facts seen;
};

static void reader_clear(struct reader *reader)
{
	free(reader->addresses);
	nat_seen_facts_clear(&reader->seen);
}

static size_t read_address(const struct nf_attributes *ip, unsigned int type4, unsigned int type6,
			   uint8_t address[static 16])
{
	const struct nlattr *attribute = ip->list[type4] ? ip->list[type4] : ip->list[type6];
	size_t size = ip->list[type4] ? 4 : 16;

	if (!attribute || mnl_attr_get_payload_len(attribute) != size)
		return 0;
	memcpy(address, mnl_attr_get_payload(attribute), size);
	return size;
}

static unsigned int read_number(const struct nf_attributes *attributes, unsigned int type)
{
	const struct nlattr *attribute = attributes->list[type];
	unsigned int number = 0;

	for (size_t i = 0; attribute && i < 2 && i < mnl_attr_get_payload_len(attribute); i++)
		number = number << 8 | ((const uint8_t *)mnl_attr_get_payload(attribute))[i];
	return number;
}

static struct tuple read_tuple(const struct nf_attributes *flow, unsigned int type)
{
	const struct nf_attributes tuple = nf_attributes_in(flow->list[type]);
	const struct nf_attributes ip = nf_attributes_in(tuple.list[CTA_TUPLE_IP]);
	const struct nf_attributes protocol = nf_attributes_in(tuple.list[CTA_TUPLE_PROTO]);
	struct tuple read = {
		.protocol = read_number(&protocol, CTA_PROTO_NUM),
		.source_port = read_number(&protocol, CTA_PROTO_SRC_PORT),
		.destination_port = read_number(&protocol, CTA_PROTO_DST_PORT),
	};

	read.size = read_address(&ip, CTA_IP_V4_SRC, CTA_IP_V6_SRC, read.source);
	if (read_address(&ip, CTA_IP_V4_DST, CTA_IP_V6_DST, read.destination) != read.size)
		read.size = 0;
	return read;
}

static bool is_own(const struct reader *reader, const struct tuple *tuple)
{
	for (size_t i = 0; i < reader->n_addresses; i++) {
		const struct link_address *address = &reader->addresses[i].address;

		if (address->size == tuple->size &&
		    memcmp(address->bytes, tuple->source, tuple->size) == 0)
			return true;
	}
	return false;
}

/* "10.0.0.1:60769" or "[fd00::1]:60769" */
struct endpoint {
	char text[INET6_ADDRSTRLEN + 10];
};

static struct endpoint print_endpoint(const uint8_t *address, size_t size, unsigned int port)
{
	char text[INET6_ADDRSTRLEN] = "";
	struct endpoint endpoint;

	inet_ntop(size == 4 ? AF_INET : AF_INET6, address, text, sizeof(text));
	snprintf(endpoint.text, sizeof(endpoint.text), size == 4 ? "%s:%u" : "[%s]:%u", text, port);
	return endpoint;
}

static int note_rewritten(struct nat_seen_facts *seen, const struct tuple *original,
			  const struct tuple *reply)
{
	seen->rewritten++;
	if (seen->example)
		return 0;
	if (asprintf(
		    &seen->example, "%s leaves as %s",
		    print_endpoint(original->source, original->size, original->source_port).text,
		    print_endpoint(reply->destination, reply->size, reply->destination_port).text) <
	    0) {
		seen->example = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int take_flow(const struct nlmsghdr *message, void *data)
{
	const struct nf_attributes flow = nf_attributes_of(message);
	const struct tuple original = read_tuple(&flow, CTA_TUPLE_ORIG);
	const struct tuple reply = read_tuple(&flow, CTA_TUPLE_REPLY);
	struct reader *reader = data;

	if (original.size == 0 || reply.size != original.size || original.protocol != IPPROTO_UDP ||
	    original.destination_port != reader->port || !is_own(reader, &original))
		return MNL_CB_OK;
	reader->seen.flows++;
	if (original.source_port == reply.destination_port &&
	    memcmp(original.source, reply.destination, original.size) == 0)
		return MNL_CB_OK;
	if (note_rewritten(&reader->seen, &original, &reply) < 0) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	return MNL_CB_OK;
}

/* The flows of one family to one port. */
static int look(struct reader *reader, uint8_t family)
{
	_cleanup_(cleanup_mnl_socket) struct mnl_socket *socket = NULL;
	struct nfnetlink_question question;
	struct nlattr *tuple, *protocol, *filter;
	int result = nfnetlink_open(&socket);

	if (result < 0)
		return result;
	nfnetlink_ask(&question, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET, family, true);
	tuple = mnl_attr_nest_start(question.message, CTA_TUPLE_ORIG);
	protocol = mnl_attr_nest_start(question.message, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(question.message, CTA_PROTO_NUM, IPPROTO_UDP);
	mnl_attr_put_u16(question.message, CTA_PROTO_DST_PORT, htons((uint16_t)reader->port));
	mnl_attr_nest_end(question.message, protocol);
	mnl_attr_nest_end(question.message, tuple);
	filter = mnl_attr_nest_start(question.message, FILTER);
	mnl_attr_put_u32(question.message, FILTER_ORIG_FLAGS,
			 FILTER_BY_PROTOCOL | FILTER_BY_DEST_PORT);
	mnl_attr_put_u32(question.message, FILTER_REPLY_FLAGS, 0);
	mnl_attr_nest_end(question.message, filter);
	return nfnetlink_talk(socket, &question, take_flow, reader);
}

static void add_port(struct reader *reader, unsigned int port)
{
	for (size_t i = 0; i < reader->n_ports; i++) {
		if (reader->ports[i] == port)
			return;
	}
	if (port && reader->n_ports < PORTS_MAX)
		reader->ports[reader->n_ports++] = port;
}

/*
 * Each port is a walk through the kernel's whole table, 10 ms and more: the usual ones are looked
 * at where no device says which are used, or where the devices cannot be read.
 */
static void find_ports(struct reader *reader)
{
	const char *const kinds[] = {"vxlan", NULL};
	_cleanup_free_ struct link_facts *links = NULL;
	size_t n_links = 0;

	if (links_read(kinds, &links, &n_links) < 0)
		n_links = 0;
	for (size_t i = 0; i < n_links; i++)
		add_port(reader, links[i].port);
	if (reader->n_ports > 0)
		return;
	for (size_t i = 0; i < N_ELEMENTS(usual_ports); i++)
		add_port(reader, usual_ports[i]);
}

/* Can packets leave with an address of that family? IPv6 is everywhere, but mostly within a link.
 */
static bool has_addresses(const struct reader *reader, uint8_t family)
{
	for (size_t i = 0; i < reader->n_addresses; i++) {
		const struct node_address *address = &reader->addresses[i];

		if (family == AF_INET && address->address.size == 4)
			return true;
		if (family == AF_INET6 && address->address.size == 16 &&
		    address->scope < RT_SCOPE_LINK)
			return true;
	}
	return false;
}

/* Is there surely no connection? */
static bool nothing_is_tracked(void)
{
	_cleanup_close_ int fd = open(COUNT, O_RDONLY | O_CLOEXEC);
	char text[2];

	return fd >= 0 && read(fd, text, sizeof(text)) == 2 && text[0] == '0' && text[1] == '\n';
}

static int look_at_all(struct reader *reader)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	int result = node_addresses_read(&reader->addresses, &reader->n_addresses);

	if (result < 0)
		return result;
	find_ports(reader);
	for (size_t i = 0; i < reader->n_ports; i++) {
		reader->port = reader->ports[i];
		for (size_t j = 0; j < sizeof(families) && result == 0; j++) {
			if (has_addresses(reader, families[j]))
				result = look(reader, families[j]);
		}
	}
	return result;
}

static int refuse(const char *why, struct nat_seen_facts *ret_nat_seen)
{
	char *reason = strdup(why);

	if (!reason)
		return -ENOMEM;
	*ret_nat_seen = (struct nat_seen_facts){.reason = reason};
	return 0;
}

int detect_conntrack(const char *root, struct nat_seen_facts *ret_nat_seen)
{
	_cleanup_(reader_clear) struct reader reader = {.n_ports = 0};
	int result;

	if (root)
		return refuse("with --root it would be this machine's connections", ret_nat_seen);
	if (access(TRACKED, F_OK) < 0)
		return refuse("connections are not tracked here", ret_nat_seen);
	result = nothing_is_tracked() ? 0 : look_at_all(&reader);
	if (result == -ENOMEM)
		return result;
	if (result == -EPERM)
		return refuse("that needs CAP_NET_ADMIN", ret_nat_seen);
	/* nfnetlink says so of a subsystem that is not there. */
	if (result == -EINVAL || result == -EOPNOTSUPP)
		return refuse("this kernel does not tell what it tracks", ret_nat_seen);
	if (result < 0)
		return refuse(strerror(-result), ret_nat_seen);
	reader.seen.looked = true;
	*ret_nat_seen = reader.seen;
	reader.seen = (struct nat_seen_facts){.looked = false};
	return 0;
}
