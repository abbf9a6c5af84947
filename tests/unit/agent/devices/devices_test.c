/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/devices/devices.h"
#include "cleanup.h"
#include "policy/facts.h"
#include "policy/rule.h"
#include "tests/unit/agent/tree.h"
#include "tests/unit/unit.h"

#include <string.h>

/* sysfs as the kernel lays it out: /class/net/NAME is a link to the folder below its device. */
static void add_nic(const struct tree *tree, const char *device, const char *name,
		    unsigned int ifindex)
{
	char path[128], target[128], text[16];

	snprintf(path, sizeof(path), "%s/net/%s/ifindex", device, name);
	snprintf(text, sizeof(text), "%u\n", ifindex);
	tree_write(tree, path, text, 0444);
	snprintf(path, sizeof(path), "%s/net/%s/device", device, name);
	tree_link(tree, path, "../..");
	snprintf(path, sizeof(path), "/class/net/%s", name);
	snprintf(target, sizeof(target), "../..%s/net/%s", device, name);
	tree_link(tree, path, target);
}

static void add_ids(const struct tree *tree, const char *device, const char *bus,
		    const char *vendor, const char *model)
{
	char path[128], target[64];

	snprintf(path, sizeof(path), "%s/subsystem", device);
	snprintf(target, sizeof(target), "../../../bus/%s", bus);
	tree_link(tree, path, target);
	if (!vendor)
		return;
	snprintf(path, sizeof(path), "%s/vendor", device);
	tree_write(tree, path, vendor, 0444);
	snprintf(path, sizeof(path), "%s/device", device);
	tree_write(tree, path, model, 0444);
	snprintf(path, sizeof(path), "%s/subsystem_vendor", device);
	tree_write(tree, path, "0x1028\n", 0444);
	snprintf(path, sizeof(path), "%s/subsystem_device", device);
	tree_write(tree, path, "0x0a70\n", 0444);
}

static const struct rules no_rules;

static struct device_facts *read_devices(const struct tree *tree, const struct link_facts *links,
					 size_t n_links, size_t *ret_n_devices)
{
	struct device_facts *devices = NULL;

	assert_int_equal(devices_read(tree_path(tree, "/class/net"), links, n_links, &no_rules,
				      &devices, ret_n_devices),
			 0);
	return devices;
}

/* Where "device" leads to, by the bus that it is on. */
static void test_buses(void **state)
{
	static const struct {
		const char *name, *bus;
		enum answer is_pci;
		const char *pci;
	} expected[] = {
		{"eth0", "pci", ANSWER_YES, "8086:15bb"},
		/* virtio's own numbers are not PCI's; those of its parent are */
		{"eth1", "virtio", ANSWER_YES, "1af4:1041"},
		{"eth2", "virtio", ANSWER_NO, ""},
		/* above a USB device there is but the host's controller */
		{"eth3", "usb", ANSWER_NO, ""},
		{"eth4", "platform", ANSWER_NO, ""},
		/* a device of which nothing can be read */
		{"eth5", "", ANSWER_UNKNOWN, ""},
	};
	struct link_facts links[8] = {{.ifindex = 1, .name = "lo"}};
	struct device_facts *devices;
	struct tree tree;
	size_t n_devices;

	tree_make(&tree);
	tree_write(&tree, "/class/net/bonding_masters", "\n", 0644);
	tree_write(&tree, "/class/net/lo/ifindex", "1\n", 0444);
	add_ids(&tree, "/devices/p0", "pci", "0x8086\n", "0x15bb\n");
	add_nic(&tree, "/devices/p0", "eth0", 2);
	add_ids(&tree, "/devices/p1", "pci", "0x1af4\n", "0x1041\n");
	add_ids(&tree, "/devices/p1/virtio0", "virtio", "0x1af4\n", "0x0001\n");
	add_nic(&tree, "/devices/p1/virtio0", "eth1", 3);
	add_ids(&tree, "/devices/m0", "platform", NULL, NULL);
	add_ids(&tree, "/devices/m0/virtio1", "virtio", "0x1af4\n", "0x0001\n");
	add_nic(&tree, "/devices/m0/virtio1", "eth2", 4);
	add_ids(&tree, "/devices/p2", "pci", "0x1b36\n", "0x000d\n");
	add_ids(&tree, "/devices/p2/usb1", "usb", NULL, NULL);
	add_nic(&tree, "/devices/p2/usb1", "eth3", 5);
	add_ids(&tree, "/devices/gem", "platform", NULL, NULL);
	add_nic(&tree, "/devices/gem", "eth4", 6);
	add_nic(&tree, "/devices/dark", "eth5", 7);
	for (size_t i = 0; i < N_ELEMENTS(expected); i++) {
		links[i + 1].ifindex = i + 2;
		strcpy(links[i + 1].name, expected[i].name);
	}
	strcpy(links[7].name, "veth0");
	strcpy(links[7].kind, "veth");
	devices = read_devices(&tree, links, 8, &n_devices);
	assert_int_equal(n_devices, N_ELEMENTS(expected));
	for (size_t i = 0; i < n_devices; i++) {
		print_message("%s\n", expected[i].name);
		assert_int_equal(devices[i].ifindex, i + 2);
		assert_string_equal(devices[i].bus, expected[i].bus);
		assert_int_equal(devices[i].is_pci, expected[i].is_pci);
		assert_string_equal(devices[i].pci, expected[i].pci);
	}
	assert_string_equal(devices[0].pci_subsystem, "1028:0a70");
	devices_free(devices, n_devices);
	tree_remove(&tree);
}

/* A folder of another network namespace has other numbers: there may be a device, and no more. */
static void test_other_namespace(void **state)
{
	const struct link_facts links[] = {{.ifindex = 2, .name = "eth0"},
					   {.ifindex = 3, .name = "gone"}};
	struct device_facts *devices;
	struct tree tree;
	size_t n_devices;

	tree_make(&tree);
	add_ids(&tree, "/devices/p0", "pci", "0x8086\n", "0x15bb\n");
	add_nic(&tree, "/devices/p0", "eth0", 7);
	devices = read_devices(&tree, links, 2, &n_devices);
	assert_int_equal(n_devices, 2);
	for (size_t i = 0; i < n_devices; i++) {
		assert_int_equal(devices[i].is_pci, ANSWER_UNKNOWN);
		assert_string_equal(devices[i].bus, "");
	}
	devices_free(devices, n_devices);
	tree_remove(&tree);
}

/*
 * Links of a kind: with a device of the machine behind them, of a kind that a rule asks about, and
 * those that nobody means, which are not looked at.
 */
static void test_kinds(void **state)
{
	static char bond[] = "bond", openvswitch[] = "openvswitch", esp[] = "esp-hw-offload";
	static char *bonds[] = {bond, NULL}, *switches[] = {openvswitch, NULL}, *on[] = {esp, NULL};
	struct exposure groups[] = {
		{.kinds = bonds, .features_on = on, .udp_csum = ANSWER_UNKNOWN},
		{.kinds = bonds, .master_kinds = switches, .udp_csum = ANSWER_UNKNOWN},
	};
	struct rule rule = {.exposed = groups, .n_exposed = N_ELEMENTS(groups)};
	const struct rules rules = {.rules = &rule, .n_rules = 1};
	const struct link_facts links[] = {
		{.ifindex = 2, .name = "ib0", .kind = "ipoib", .has_device = true},
		{.ifindex = 3, .name = "bond0", .kind = "bond", .master = 6},
		{.ifindex = 4, .name = "veth0", .kind = "veth", .master = 6},
		{.ifindex = 5, .name = "bond0.7", .kind = "vlan", .lower = 3},
		{.ifindex = 6, .name = "ovs-system", .kind = "openvswitch"},
	};
	struct device_facts *devices;
	struct tree tree;
	size_t n_devices;

	tree_make(&tree);
	add_ids(&tree, "/devices/p0", "pci", "0x15b3\n", "0x1017\n");
	add_nic(&tree, "/devices/p0", "ib0", 2);
	tree_write(&tree, "/class/net/bond0/ifindex", "3\n", 0444);
	assert_int_equal(devices_read(tree_path(&tree, "/class/net"), links, N_ELEMENTS(links),
				      &rules, &devices, &n_devices),
			 0);
	assert_int_equal(n_devices, 2);
	assert_string_equal(devices[0].pci, "15b3:1017");
	assert_int_equal(devices[1].ifindex, 3);
	assert_int_equal(devices[1].is_pci, ANSWER_NO);
	assert_string_equal(devices[1].master_kind, "openvswitch");
	assert_string_equal(devices[1].upper_kinds[0], "vlan");
	devices_free(devices, n_devices);

	rule.mode = RULE_OFF;
	assert_int_equal(devices_read(tree_path(&tree, "/class/net"), links, N_ELEMENTS(links),
				      &rules, &devices, &n_devices),
			 0);
	assert_int_equal(n_devices, 1);
	devices_free(devices, n_devices);
	tree_remove(&tree);
}

/* A master of no kind: a NIC itself, as Hyper-V's, or what says nothing of itself. */
static void test_master_of_no_kind(void **state)
{
	const struct link_facts links[] = {
		{.ifindex = 2, .name = "eth0"},
		{.ifindex = 3, .name = "enP1s1", .master = 2},
		{.ifindex = 4, .name = "eth1", .master = 5},
		{.ifindex = 5, .name = "ovs-system"},
		{.ifindex = 6, .name = "eth2", .master = 99},
	};
	struct device_facts *devices;
	struct tree tree;
	size_t n_devices;

	tree_make(&tree);
	add_ids(&tree, "/devices/v0", "vmbus", NULL, NULL);
	add_nic(&tree, "/devices/v0", "eth0", 2);
	add_nic(&tree, "/devices/p0", "enP1s1", 3);
	add_nic(&tree, "/devices/p1", "eth1", 4);
	add_nic(&tree, "/devices/p2", "eth2", 6);
	tree_write(&tree, "/class/net/ovs-system/ifindex", "5\n", 0444);
	devices = read_devices(&tree, links, N_ELEMENTS(links), &n_devices);
	assert_int_equal(n_devices, 4);
	assert_false(devices[0].master_is_device);
	assert_true(devices[1].master_is_device);
	assert_false(devices[2].master_is_device);
	assert_false(devices[3].master_is_device);
	for (size_t i = 0; i < n_devices; i++)
		assert_string_equal(devices[i].master_kind, "");
	devices_free(devices, n_devices);
	tree_remove(&tree);
}

/* A bridge over it, two VLANs on it, and a veth whose peer only has that number. */
static void test_relations(void **state)
{
	const struct link_facts links[] = {
		{.ifindex = 2, .name = "eth0", .master = 9},
		{.ifindex = 3, .name = "eth0.5", .kind = "vlan", .lower = 2},
		{.ifindex = 4, .name = "eth0.6", .kind = "vlan", .lower = 2},
		{.ifindex = 5, .name = "mac0", .kind = "macvlan", .lower = 2},
		{.ifindex = 6, .name = "veth0", .kind = "veth", .lower = 2},
		{.ifindex = 7, .name = "eth1"},
		{.ifindex = 9, .name = "br0", .kind = "bridge"},
	};
	struct device_facts *devices;
	struct tree tree;
	size_t n_devices;

	tree_make(&tree);
	tree_folder(&tree, "/class/net", 0755);
	devices = read_devices(&tree, links, N_ELEMENTS(links), &n_devices);
	assert_int_equal(n_devices, 2);
	assert_true(devices[0].relations_known);
	assert_string_equal(devices[0].master_kind, "bridge");
	assert_string_equal(devices[0].upper_kinds[0], "vlan");
	assert_string_equal(devices[0].upper_kinds[1], "macvlan");
	assert_null(devices[0].upper_kinds[2]);
	assert_string_equal(devices[1].master_kind, "");
	assert_null(devices[1].upper_kinds);
	devices_free(devices, n_devices);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buses),	  cmocka_unit_test(test_other_namespace),
		cmocka_unit_test(test_kinds),	  cmocka_unit_test(test_master_of_no_kind),
		cmocka_unit_test(test_relations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
