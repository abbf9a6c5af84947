/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Link messages of a real kernel (tests/data/netlink/record_links.py), whole, cut off and damaged.
 * Each lies at the end of a page that nothing follows, so that reading on ends with SIGSEGV.
 */
#include "agent/links/link_message.h"
#include "tests/unit/ethtool_nl/recorded.h"
#include "tests/unit/unit.h"

#include <libmnl/libmnl.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#define DAMAGED_COPIES 20000

#define FD00_1                                                                                     \
	{                                                                                          \
		16,                                                                                \
		{                                                                                  \
			0xfd, [15] = 1                                                             \
		}                                                                                  \
	}

static const struct {
	const char *file;
	struct link_facts link;
} messages[] = {
	{"link-lo",
	 {.ifindex = 1, .name = "lo", .mac = "00:00:00:00:00:00", .udp_csum = ANSWER_UNKNOWN}},
	{"link-veth",
	 {.ifindex = 2,
	  .name = "veth0",
	  .kind = "veth",
	  .mac = "02:00:00:00:00:02",
	  .udp_csum = ANSWER_UNKNOWN,
	  .lower = 3}},
	{"link-vxlan-udpcsum",
	 {.ifindex = 4,
	  .name = "flannel.1",
	  .kind = "vxlan",
	  .mac = "02:00:00:00:00:04",
	  .udp_csum = ANSWER_YES,
	  .port = 8472,
	  .sends_by = 2}},
	{"link-vxlan-noudpcsum",
	 {.ifindex = 5,
	  .name = "vxlan.calico",
	  .kind = "vxlan",
	  .mac = "02:00:00:00:00:05",
	  .udp_csum = ANSWER_NO,
	  .port = 4789,
	  .sends_by = 2}},
	{"link-vxlan-external",
	 {.ifindex = 6,
	  .name = "cilium_vxlan",
	  .kind = "vxlan",
	  .mac = "02:00:00:00:00:06",
	  .udp_csum = ANSWER_NO,
	  .external = true,
	  .port = 4790}},
	{"link-vxlan-ipv6",
	 {.ifindex = 7,
	  .name = "flannel-v6.1",
	  .kind = "vxlan",
	  .mac = "02:00:00:00:00:07",
	  .udp_csum = ANSWER_YES,
	  .port = 4791,
	  .local = FD00_1}},
	{"link-vxlan-ipv6-zero",
	 {.ifindex = 8,
	  .name = "vxlan-v6.calico",
	  .kind = "vxlan",
	  .mac = "02:00:00:00:00:08",
	  .udp_csum = ANSWER_NO,
	  .port = 4792,
	  .local = FD00_1}},
	{"link-bridge",
	 {.ifindex = 9,
	  .name = "cni0",
	  .kind = "bridge",
	  .mac = "02:00:00:00:00:09",
	  .udp_csum = ANSWER_UNKNOWN}},
	{"link-macvlan",
	 {.ifindex = 10,
	  .name = "macvlan0",
	  .kind = "macvlan",
	  .mac = "02:00:00:00:00:0a",
	  .udp_csum = ANSWER_UNKNOWN,
	  .lower = 2}},
	{"link-ifb",
	 {.ifindex = 11,
	  .name = "ifb-fifteen-cha",
	  .kind = "ifb",
	  .mac = "02:00:00:00:00:0b",
	  .udp_csum = ANSWER_UNKNOWN}},
	{"link-odd-name",
	 {.ifindex = 12,
	  .name = "a\377\033[31m\"\\",
	  .kind = "ifb",
	  .mac = "02:00:00:00:00:0c",
	  .udp_csum = ANSWER_UNKNOWN}},
};

#define N_MESSAGES N_ELEMENTS(messages)

static void assert_same_link(const struct link_facts *link, size_t i)
{
	const struct link_facts *expected = &messages[i].link;

	assert_int_equal(link->ifindex, expected->ifindex);
	assert_string_equal(link->name, expected->name);
	assert_string_equal(link->kind, expected->kind);
	assert_string_equal(link->driver, "");
	assert_string_equal(link->mac, expected->mac);
	assert_int_equal(link->udp_csum, expected->udp_csum);
	assert_int_equal(link->external, expected->external);
	assert_int_equal(link->port, expected->port);
	assert_int_equal(link->lower, expected->lower);
	assert_int_equal(link->master, expected->master);
	assert_int_equal(link->up, expected->up);
	assert_int_equal(link->elsewhere, expected->elsewhere);
	assert_int_equal(link->sends_by, expected->sends_by);
	assert_memory_equal(&link->local, &expected->local, sizeof(link->local));
	assert_memory_equal(&link->remote, &expected->remote, sizeof(link->remote));
}

static void assert_ended(const char *text, size_t size)
{
	assert_non_null(memchr(text, '\0', size));
}

/* What holds of any link, however damaged the message was. */
static void assert_sound(const struct link_facts *link)
{
	assert_int_not_equal(link->ifindex, 0);
	assert_ended(link->name, sizeof(link->name));
	assert_ended(link->kind, sizeof(link->kind));
	assert_ended(link->driver, sizeof(link->driver));
	assert_ended(link->mac, sizeof(link->mac));
	assert_in_range(link->udp_csum, ANSWER_NO, ANSWER_YES);
	assert_in_range(link->port, 0, 65535);
	assert_true(!link->external || link->udp_csum != ANSWER_YES);
	assert_true(link->local.size == 0 || link->local.size == 4 || link->local.size == 16);
	assert_true(link->remote.size == 0 || link->remote.size == 4 || link->remote.size == 16);
	assert_true(!link->elsewhere || (link->lower == 0 && link->sends_by == 0));
}

/* Parses; a failure must leave the output as it was. Returns what the parser returned. */
static int parse(const struct nlmsghdr *message, struct link_facts *link)
{
	struct link_facts untouched;
	int result;

	memset(link, 0xa5, sizeof(*link));
	untouched = *link;
	result = link_message_parse(message, link);
	if (result == 0) {
		assert_sound(link);
	} else {
		assert_int_equal(result, -EBADMSG);
		assert_memory_equal(link, &untouched, sizeof(untouched));
	}
	return result;
}

static void test_recorded(void **state)
{
	for (size_t i = 0; i < N_MESSAGES; i++) {
		struct recorded whole = recorded_load(messages[i].file);
		struct link_facts link;

		assert_int_equal(parse(whole.message, &link), 0);
		assert_same_link(&link, i);
		recorded_free(&whole);
	}
}

/* A deleted link has the same form. */
static void test_deleted(void **state)
{
	struct recorded whole = recorded_load("link-vxlan-udpcsum");
	struct link_facts link;

	whole.message->nlmsg_type = RTM_DELLINK;
	assert_int_equal(parse(whole.message, &link), 0);
	assert_int_equal(link.ifindex, 4);
	recorded_free(&whole);
}

static void test_no_link(void **state)
{
	struct recorded whole = recorded_load("link-vxlan-udpcsum");
	struct ifinfomsg *header = NLMSG_DATA(whole.message);
	struct link_facts link;

	whole.message->nlmsg_type = RTM_NEWADDR;
	assert_int_equal(parse(whole.message, &link), -EBADMSG);
	whole.message->nlmsg_type = NLMSG_DONE;
	assert_int_equal(parse(whole.message, &link), -EBADMSG);
	whole.message->nlmsg_type = RTM_NEWLINK;
	header->ifi_index = 0;
	assert_int_equal(parse(whole.message, &link), -EBADMSG);
	header->ifi_index = -1;
	assert_int_equal(parse(whole.message, &link), -EBADMSG);
	header->ifi_index = 4;
	header->ifi_family = AF_BRIDGE; /* "the port is deleted" is not "the link is deleted" */
	assert_int_equal(parse(whole.message, &link), -EBADMSG);
	header->ifi_family = AF_UNSPEC;
	assert_int_equal(parse(whole.message, &link), 0);
	recorded_free(&whole);
}

/*
 * What is left of a message that is cut off is a shorter one, or none: never another link. Within
 * the name it may be shorter, since libmnl, like the kernel, counts the padding after the end.
 */
static void test_cut_off(void **state)
{
	for (size_t i = 0; i < N_MESSAGES; i++) {
		struct recorded whole = recorded_load(messages[i].file);
		size_t n_parsed = 0;

		for (size_t size = NLMSG_HDRLEN; size < whole.size; size++) {
			struct recorded cut = recorded_cut(&whole, size);
			struct link_facts link;

			if (parse(cut.message, &link) == 0) {
				assert_int_equal(link.ifindex, messages[i].link.ifindex);
				assert_memory_equal(link.name, messages[i].link.name,
						    strlen(link.name));
				n_parsed++;
			}
			recorded_free(&cut);
		}
		assert_true(n_parsed > 0 && n_parsed < whole.size);
		recorded_free(&whole);
	}
}

/* An inner attribute whose length reaches beyond its nest. */
static void test_broken_nest(void **state)
{
	struct recorded whole = recorded_load("link-vxlan-noudpcsum");
	static const char kind[] = "\x0a\0\x01\0vxlan"; /* IFLA_INFO_KIND, ten bytes long */
	struct rtattr *attribute = memmem(whole.message, whole.size, kind, sizeof(kind));
	struct link_facts link;

	assert_non_null(attribute);
	attribute->rta_len = UINT16_MAX;
	assert_int_equal(parse(whole.message, &link), 0);
	assert_string_equal(link.name, "vxlan.calico");
	assert_string_equal(link.kind, "");
	assert_int_equal(link.udp_csum, ANSWER_UNKNOWN);
	recorded_free(&whole);
}

/* Makes a message of one attribute: `size` bytes of `type`, after a name. */
static struct recorded compose(const char *name, size_t name_size, unsigned short type,
			       const void *data, size_t size)
{
	struct recorded whole = recorded_load("link-bridge");
	struct rtattr *attribute = IFLA_RTA(NLMSG_DATA(whole.message));
	struct recorded composed;
	size_t length;

	attribute->rta_type = IFLA_IFNAME;
	attribute->rta_len = RTA_LENGTH(name_size);
	memcpy(RTA_DATA(attribute), name, name_size);
	length = RTA_ALIGN(attribute->rta_len);
	attribute = (struct rtattr *)((char *)attribute + length);
	attribute->rta_type = type;
	attribute->rta_len = RTA_LENGTH(size);
	memcpy(RTA_DATA(attribute), data, size);
	length += RTA_ALIGN(attribute->rta_len);
	composed = recorded_cut(&whole, NLMSG_LENGTH(sizeof(struct ifinfomsg)) + length);
	recorded_free(&whole);
	return composed;
}

/* Names and addresses that are longer than the kernel's, empty, or do not end. */
static void test_sizes(void **state)
{
	static const unsigned char octets[64] = {0xaa, 0xbb, 0xcc};
	static const struct {
		const char *name;
		size_t name_size, mac_size;
		const char *expected_name;
		size_t expected_mac_length;
	} cases[] = {
		{"eth0", 5, 6, "eth0", 17},
		{"eth0", 4, 1, "eth0", 2}, /* no NUL at its end */
		{"abcdefghijklmnopqrstuvwxyz", 27, 20, "abcdefghijklmno", 59},
		{"abcdefghijklmnop", 16, 32, "abcdefghijklmno", 95},
		{"eth0", 5, 33, "eth0", 95},
		{"eth0", 5, 64, "eth0", 95},
		{"eth0", 5, 0, "eth0", 0},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct recorded composed = compose(cases[i].name, cases[i].name_size, IFLA_ADDRESS,
						   octets, cases[i].mac_size);
		struct link_facts link;

		assert_int_equal(parse(composed.message, &link), 0);
		assert_string_equal(link.name, cases[i].expected_name);
		assert_int_equal(strlen(link.mac), cases[i].expected_mac_length);
		if (cases[i].mac_size > 1)
			assert_memory_equal(link.mac, "aa:bb", 5);
		recorded_free(&composed);
	}
}

/* What a Geneve device says of its sums and of where it sends, by family: flags and addresses as
 * the kernel sends them; that of nobody, which older kernels send of an external device, is none.
 */
static void test_geneve(void **state)
{
	static const unsigned char there[16] = {192, 0, 2, 1}, nobody[16], port[2] = {0x17, 0xc1};
	static const struct {
		unsigned short type, flag_type;
		size_t size;
		const unsigned char *address;
		unsigned char flag;
		enum answer udp_csum;
		unsigned char remote_size;
	} cases[] = {
		{IFLA_GENEVE_REMOTE, IFLA_GENEVE_UDP_CSUM, 4, there, 0, ANSWER_NO, 4},
		{IFLA_GENEVE_REMOTE, IFLA_GENEVE_UDP_CSUM, 4, there, 1, ANSWER_YES, 4},
		{IFLA_GENEVE_REMOTE6, IFLA_GENEVE_UDP_ZERO_CSUM6_TX, 16, there, 0, ANSWER_YES, 16},
		{IFLA_GENEVE_REMOTE6, IFLA_GENEVE_UDP_ZERO_CSUM6_TX, 16, there, 1, ANSWER_NO, 16},
		{IFLA_GENEVE_COLLECT_METADATA, IFLA_GENEVE_UDP_CSUM, 0, there, 1, ANSWER_UNKNOWN,
		 0},
		{IFLA_GENEVE_TTL, IFLA_GENEVE_UDP_CSUM, 1, there, 1, ANSWER_UNKNOWN, 0},
		{IFLA_GENEVE_REMOTE, IFLA_GENEVE_COLLECT_METADATA, 4, nobody, 0, ANSWER_UNKNOWN, 0},
		{IFLA_GENEVE_REMOTE6, IFLA_GENEVE_COLLECT_METADATA, 16, nobody, 0, ANSWER_UNKNOWN,
		 0},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		char buffer[256] = {0};
		struct nlmsghdr *nest = mnl_nlmsg_put_header(buffer);
		struct nlattr *data;
		struct recorded composed;
		struct link_facts link;

		mnl_attr_put_strz(nest, IFLA_INFO_KIND, "geneve");
		data = mnl_attr_nest_start(nest, IFLA_INFO_DATA);
		mnl_attr_put(nest, cases[i].type, cases[i].size, cases[i].address);
		mnl_attr_put(nest, IFLA_GENEVE_PORT, sizeof(port), port);
		mnl_attr_put_u8(nest, cases[i].flag_type, cases[i].flag);
		mnl_attr_nest_end(nest, data);
		composed = compose("gen0", 5, IFLA_LINKINFO, mnl_nlmsg_get_payload(nest),
				   nest->nlmsg_len - MNL_NLMSG_HDRLEN);
		assert_int_equal(parse(composed.message, &link), 0);
		assert_string_equal(link.kind, "geneve");
		assert_int_equal(link.port, 6081);
		assert_int_equal(link.udp_csum, cases[i].udp_csum);
		assert_int_equal(link.external,
				 cases[i].type == IFLA_GENEVE_COLLECT_METADATA ||
					 cases[i].flag_type == IFLA_GENEVE_COLLECT_METADATA);
		assert_int_equal(link.remote.size, cases[i].remote_size);
		assert_memory_equal(link.remote.bytes, cases[i].address, link.remote.size);
		recorded_free(&composed);
	}
}

/*
 * The links below and above: a number of another network namespace, or the link's own, is none, as
 * 0 is, which a tunnel without a device of its own has.
 */
static void test_relations(void **state)
{
	static const struct {
		unsigned short type;
		uint32_t number;
		unsigned int lower, master;
	} cases[] = {
		{IFLA_LINK, 2, 2, 0},
		{IFLA_LINK, 9, 0, 0}, /* its own */
		{IFLA_LINK, 0, 0, 0},
		{IFLA_MASTER, 7, 0, 7},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct recorded composed = compose("eth0", 5, cases[i].type, &cases[i].number,
						   sizeof(cases[i].number));
		struct link_facts link;

		assert_int_equal(parse(composed.message, &link), 0);
		assert_int_equal(link.lower, cases[i].lower);
		assert_int_equal(link.master, cases[i].master);
		assert_false(link.up);
		recorded_free(&composed);
	}
}

/*
 * A device of the machine behind a link of a kind: by the kernel's word; of InfiniBand before it
 * had that word, by the kind. A link of none needs no such word.
 */
static void test_has_device(void **state)
{
	static const unsigned short parent = 56; /* IFLA_PARENT_DEV_NAME */
	static const struct {
		const char *kind;
		bool has_parent, has_device;
	} cases[] = {
		{"wwan", true, true},	{"dsa", true, true},	{"ipoib", true, true},
		{"ipoib", false, true}, {"veth", false, false}, {"vlan", false, false},
		{"", true, false},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		char buffer[256] = {0};
		struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
		struct ifinfomsg *header =
			mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
		struct link_facts link;
		struct nlattr *nest;

		message->nlmsg_type = RTM_NEWLINK;
		header->ifi_index = 2;
		mnl_attr_put_strz(message, IFLA_IFNAME, "x0");
		nest = mnl_attr_nest_start(message, IFLA_LINKINFO);
		if (cases[i].kind[0])
			mnl_attr_put_strz(message, IFLA_INFO_KIND, cases[i].kind);
		mnl_attr_nest_end(message, nest);
		if (cases[i].has_parent)
			mnl_attr_put_strz(message, parent, "0000:01:00.0");
		assert_int_equal(parse(message, &link), 0);
		assert_string_equal(link.kind, cases[i].kind);
		assert_int_equal(link.has_device, cases[i].has_device);
	}
}

/* Attributes newer than this program do not disturb. */
static void test_unknown_attribute(void **state)
{
	struct recorded composed = compose("eth0", 5, 16000, "data", 4);
	struct link_facts link;

	assert_int_equal(parse(composed.message, &link), 0);
	assert_string_equal(link.name, "eth0");
	assert_string_equal(link.mac, "");
	recorded_free(&composed);
}

static void damage(struct recorded *recorded)
{
	unsigned char *bytes = (unsigned char *)recorded->message;
	int n_bytes = 1 + rand() % 4;

	/* The header's length is what mnl_nlmsg_ok() has checked. */
	for (int i = 0; i < n_bytes; i++)
		bytes[4 + rand() % (recorded->size - 4)] = rand();
}

static void test_damaged(void **state)
{
	unsigned int seed = time(NULL);
	size_t n_parsed = 0;

	print_message("seed %u\n", seed);
	srand(seed);
	for (int i = 0; i < DAMAGED_COPIES; i++) {
		struct recorded whole = recorded_load(messages[i % N_MESSAGES].file);
		struct link_facts link;

		damage(&whole);
		n_parsed += parse(whole.message, &link) == 0;
		recorded_free(&whole);
	}
	assert_true(n_parsed > 0 && n_parsed < DAMAGED_COPIES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_deleted),
		cmocka_unit_test(test_no_link),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_broken_nest),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_unknown_attribute),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_geneve),
		cmocka_unit_test(test_has_device),
		cmocka_unit_test(test_relations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
