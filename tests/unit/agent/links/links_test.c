/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory against the running kernel, in a network namespace of the test's own. */
#include "agent/links/links.h"
#include "agent/links/mnl_socket.h"
#include "cleanup.h"
#include "tests/unit/ethtool_nl/live_links.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <linux/rtnetlink.h>

#define N_MANY 300

static const struct {
	const char *name, *kind, *driver, *command;
	enum answer udp_csum;
	bool external;
} links[] = {
	{"lo", "", "", NULL, ANSWER_UNKNOWN, false},
	{"veth0", "veth", "veth",
	 "ip link add veth0 address 02:00:00:00:00:01 type veth peer name veth1", ANSWER_UNKNOWN,
	 false},
	{"vxlan0", "vxlan", "vxlan", "ip link add vxlan0 type vxlan id 1 dstport 4789 udpcsum",
	 ANSWER_YES, false},
	{"vxlan1", "vxlan", "vxlan", "ip link add vxlan1 type vxlan id 2 dstport 4790 noudpcsum",
	 ANSWER_NO, false},
	{"vxlan2", "vxlan", "vxlan", "ip link add vxlan2 type vxlan external dstport 4791 udpcsum",
	 ANSWER_NO, true},
	{"bridge0", "bridge", "bridge", "ip link add bridge0 type bridge", ANSWER_UNKNOWN, false},
	{"macvlan0", "macvlan", "macvlan", "ip link add macvlan0 link veth0 type macvlan",
	 ANSWER_UNKNOWN, false},
	{"fifteen-letters", "ifb", "ifb", "ip link add fifteen-letters type ifb", ANSWER_UNKNOWN,
	 false},
	{"a\377\"\\\033[1m", "ifb", "ifb",
	 "ip link add \"$(printf 'a\\377\"\\\\\\033[1m')\" type ifb", ANSWER_UNKNOWN, false},
};

#define N_LINKS N_ELEMENTS(links)

static const struct link_facts *find_link(const struct link_facts *found, size_t n_found,
					  const char *name)
{
	for (size_t i = 0; i < n_found; i++) {
		if (strcmp(found[i].name, name) == 0)
			return &found[i];
	}
	return NULL;
}

static void assert_ascending(const struct link_facts *found, size_t n_found)
{
	for (size_t i = 1; i < n_found; i++)
		assert_true(found[i - 1].ifindex < found[i].ifindex);
}

/* A kind that this kernel lacks is named and left out. */
static size_t make_links(bool made[static N_LINKS])
{
	size_t n_made = 0;

	for (size_t i = 0; i < N_LINKS; i++) {
		made[i] = !links[i].command || live_run(links[i].command);
		n_made += made[i];
		if (!made[i])
			print_message("no %s here: this kernel has none\n", links[i].kind);
	}
	return n_made;
}

static void test_kinds(void **state)
{
	_cleanup_free_ struct link_facts *found = NULL;
	bool made[N_LINKS];
	size_t n_found, n_made = make_links(made);

	assert_int_equal(links_read(NULL, &found, &n_found), 0);
	assert_int_equal(n_found, n_made + 1); /* veth1 */
	assert_ascending(found, n_found);
	for (size_t i = 0; i < n_found; i++)
		assert_string_equal(found[i].driver, "");
	assert_int_equal(links_read_drivers(found, n_found), 0);
	for (size_t i = 0; i < N_LINKS; i++) {
		const struct link_facts *link = find_link(found, n_found, links[i].name);

		if (!made[i])
			continue;
		assert_non_null(link);
		assert_int_equal(link->ifindex, if_nametoindex(links[i].name));
		assert_string_equal(link->kind, links[i].kind);
		assert_string_equal(link->driver, links[i].driver);
		assert_int_equal(strlen(link->mac), strlen("02:00:00:00:00:01"));
		assert_int_equal(link->udp_csum, links[i].udp_csum);
		assert_int_equal(link->external, links[i].external);
	}
	if (made[1])
		assert_string_equal(find_link(found, n_found, "veth0")->mac, "02:00:00:00:00:01");
}

/* A link that is gone has no driver; asking for it does not disturb the others. */
static void test_driver_of_gone_link(void **state)
{
	struct link_facts gone = {.ifindex = 9999, .name = "gone0", .driver = "left over"};
	_cleanup_close_ int fd = links_driver_socket();

	assert_true(fd >= 0);
	links_read_driver(fd, &gone);
	assert_string_equal(gone.driver, "");
}

/* More than one message of the dump can hold. */
static void test_many(void **state)
{
	_cleanup_free_ struct link_facts *found = NULL;
	size_t n_before, n_found;
	char command[160];

	assert_int_equal(links_read(NULL, &found, &n_before), 0);
	free(TAKE_PTR(found));
	snprintf(command, sizeof(command),
		 "for i in $(seq %d); do echo link add many$i type bridge; done | ip -batch -",
		 N_MANY);
	assert_true(live_run(command));
	assert_int_equal(links_read(NULL, &found, &n_found), 0);
	assert_int_equal(n_found, n_before + N_MANY);
	assert_ascending(found, n_found);
	assert_non_null(find_link(found, n_found, "many1"));
	assert_non_null(find_link(found, n_found, "many300"));
}

/* A dump that the kernel ended in the middle is not taken for the whole. */
static void test_dump_error(void **state)
{
	static const int errors[] = {0, -EBUSY, -ENODEV, 7};

	for (size_t i = 0; i < N_ELEMENTS(errors); i++) {
		_Alignas(8) char buffer[128];
		struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
		int size;

		message->nlmsg_type = RTM_NEWLINK;
		mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
		size = (int)message->nlmsg_len;
		assert_int_equal(mnl_socket_dump_error(buffer, size), 0);
		message = mnl_nlmsg_put_header(buffer + size);
		message->nlmsg_type = NLMSG_DONE;
		assert_int_equal(mnl_socket_dump_error(buffer, size + NLMSG_HDRLEN), 0);
		*(int *)mnl_nlmsg_put_extra_header(message, sizeof(int)) = errors[i];
		size += (int)message->nlmsg_len;
		assert_int_equal(mnl_socket_dump_error(buffer, size),
				 errors[i] < 0 ? errors[i] : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_driver_of_gone_link),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_dump_error),
	};
	int result = live_namespace_enter();

	return result ? result : cmocka_run_group_tests(tests, NULL, NULL);
}
