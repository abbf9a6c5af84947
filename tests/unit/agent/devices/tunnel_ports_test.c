/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/devices/tunnel_ports.h"
#include "policy/facts.h"
#include "tests/unit/agent/tree.h"
#include "tests/unit/unit.h"

#include <errno.h>

#define HEADER                                                                                     \
	"   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
#define REST " 07 00000000:00000000 00:00000000 00000000 "

/* As Linux 6.18 prints them. */
static const char v4[] = HEADER
	" 2178: 00000000:01F4 00000000:0000" REST "    0        0 47859458 2 0000000084d23cda 0\n"
	" 6467: 00000000:12B5 00000000:0000" REST "    0        0 47860722 2 0000000004372366 0\n"
	/* of an address, of another user, and with a peer */
	" 7467: 0100007F:2118 00000000:0000" REST "    0        0 47860723 2 0000000004372366 0\n"
	" 7468: 00000000:2118 00000000:0000" REST " 1000        0 47860724 2 0000000004372366 0\n"
	" 7469: 00000000:2118 0100007F:1000" REST "    0        0 47860725 2 0000000004372366 0\n";
static const char v6[] = HEADER
	" 6467: 00000000000000000000000000000000:17C1 00000000000000000000000000000000:0000" REST
	"    0        0 47860721 2 00000000cdf634a3 0\n"
	" 6467: 00000000000000000000000000000000:12B5 00000000000000000000000000000000:0000" REST
	"    0        0 47860721 2 00000000cdf634a3 0\n";

/* Returns how many ports were found. */
static size_t read_ports(const char *udp, const char *udp6, const struct link_facts *link,
			 unsigned int ports[static TUNNEL_PORTS_MAX])
{
	struct tree tree;
	size_t n_ports;

	tree_make(&tree);
	tree_write(&tree, "/udp", udp, 0444);
	if (udp6)
		tree_write(&tree, "/udp6", udp6, 0444);
	assert_int_equal(tunnel_ports_read(tree_path(&tree, "/"), link, 1, ports, &n_ports), 0);
	tree_remove(&tree);
	return n_ports;
}

static void test_both_families(void **state)
{
	const struct link_facts link = {.name = "lo"};
	unsigned int ports[TUNNEL_PORTS_MAX];

	assert_int_equal(read_ports(v4, v6, &link, ports), 2);
	assert_int_equal(ports[0], 4789);
	assert_int_equal(ports[1], 6081);
	assert_int_equal(read_ports(v4, NULL, &link, ports), 1);
	assert_int_equal(ports[0], 4789);
}

/* A device that is here has that socket; one whose socket is in another namespace has not. */
static void test_explained(void **state)
{
	struct link_facts link = {.name = "vxlan0", .kind = "vxlan", .port = 4789};
	unsigned int ports[TUNNEL_PORTS_MAX];

	assert_int_equal(read_ports(v4, NULL, &link, ports), 0);
	link.elsewhere = true;
	assert_int_equal(read_ports(v4, NULL, &link, ports), 1);
}

static void test_nothing(void **state)
{
	const struct link_facts link = {.name = "lo"};
	unsigned int ports[TUNNEL_PORTS_MAX];

	assert_int_equal(read_ports("", HEADER, &link, ports), 0);
	assert_int_equal(read_ports(" 1: 0:12B5\n", "\xff:\n12B5", &link, ports), 0);
}

/* Not to be known is not to have none. */
static void test_unreadable(void **state)
{
	const struct link_facts link = {.name = "lo"};
	unsigned int ports[TUNNEL_PORTS_MAX];
	struct tree tree;
	size_t n_ports;

	tree_make(&tree);
	tree_write(&tree, "/udp6", v6, 0444);
	assert_int_equal(tunnel_ports_read(tree_path(&tree, "/"), &link, 1, ports, &n_ports),
			 -ENOENT);
	tree_remove(&tree);
	tree_make(&tree);
	tree_write(&tree, "/udp", v4, 0444);
	tree_folder(&tree, "/udp6", 0755);
	assert_int_equal(tunnel_ports_read(tree_path(&tree, "/"), &link, 1, ports, &n_ports),
			 -EISDIR);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_families),
		cmocka_unit_test(test_explained),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
