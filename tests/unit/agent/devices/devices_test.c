/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/devices/devices.h"
#include "cleanup.h"
#include "policy/facts.h"
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

static struct device_facts *read_devices(const struct tree *tree, const struct link_facts *links,
					 size_t n_links, size_t *ret_n_devices)
{
	struct device_facts *devices = NULL;

	assert_int_equal(devices_read(tree_path(tree, "/class/net"), links, n_links, &devices,
				      ret_n_devices),
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
		cmocka_unit_test(test_buses),
		cmocka_unit_test(test_other_namespace),
		cmocka_unit_test(test_relations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
