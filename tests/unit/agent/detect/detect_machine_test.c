/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/detect_machine.h"
#include "cleanup.h"
#include "tests/unit/agent/tree.h"
#include "tests/unit/unit.h"

#include <string.h>

/* The words of machines, and what they say of the hypervisor. */
static void test_words(void **state)
{
	static const struct {
		const char *vendor, *product, *model; /* NULL: there is no such file */
		const char *hypervisor;
	} cases[] = {
		{"VMware, Inc.\n", "VMware Virtual Platform\n", NULL, "vmware"},
		{"VMware, Inc.\n", "VMware20,1\n", NULL, "vmware"},
		{"QEMU\n", "Standard PC (i440FX + PIIX, 1996)\n", NULL, "kvm"},
		{"Microsoft Corporation\n", "Virtual Machine\n", NULL, "hyper-v"},
		{"Microsoft Corporation\n", "Surface Pro\n", NULL, ""},
		{"Dell Inc.\n", "PowerEdge R640\n", NULL, ""},
		{NULL, NULL, "Raspberry Pi 5 Model B Rev 1.0", ""},
		{NULL, NULL, NULL, ""},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_(machine_facts_clear) struct machine_facts machine = {0};
		struct tree tree;

		tree_make(&tree);
		tree_folder(&tree, "/sys/class/net", 0755);
		tree_write(&tree, "/proc/version", "Linux\n", 0444);
		if (cases[i].vendor)
			tree_write(&tree, "/sys/class/dmi/id/sys_vendor", cases[i].vendor, 0444);
		if (cases[i].product)
			tree_write(&tree, "/sys/class/dmi/id/product_name", cases[i].product, 0444);
		if (cases[i].model)
			tree_write(&tree, "/proc/device-tree/model", cases[i].model, 0444);
		assert_int_equal(detect_machine(tree.root, &machine), 0);
		assert_non_null(machine.arch);
		assert_memory_equal(machine.vendor, cases[i].vendor ? cases[i].vendor : "\n",
				    strlen(machine.vendor));
		assert_string_equal(machine.model, cases[i].model ? cases[i].model : "");
		assert_string_equal(machine.hypervisor, cases[i].hypervisor);
		assert_null(machine.reason);
		assert_null(strchr(machine.product, '\n'));
		tree_remove(&tree);
	}
}

/* Below a root without /sys and /proc nobody looked: that is not "none". */
static void test_nothing_there(void **state)
{
	_cleanup_(machine_facts_clear) struct machine_facts machine = {0};
	struct tree tree;

	tree_make(&tree);
	assert_int_equal(detect_machine(tree.root, &machine), 0);
	assert_null(machine.vendor);
	assert_null(machine.product);
	assert_null(machine.model);
	assert_null(machine.hypervisor);
	assert_null(machine.reason);
	tree_remove(&tree);
}

/*
 * The device tree is there, but hidden: its link leads nowhere, its folder or the file is empty.
 * Without that link there is none; and where other files are, the machine has no name.
 */
static void test_hidden(void **state)
{
	static const struct {
		const char *link, *file, *text; /* what is there; NULL: nothing */
		const char *model, *reason;
	} cases[] = {
		{"/sys/firmware/devicetree/base", NULL, NULL, NULL,
		 "/proc/device-tree/model: hidden here"},
		{NULL, "/proc/device-tree/model", "", NULL, "/proc/device-tree/model: hidden here"},
		{NULL, "/proc/device-tree/model/file", "", NULL,
		 "/proc/device-tree/model: Is a directory"},
		{"/sys/firmware/devicetree/base", "/sys/firmware/devicetree/base/compatible", "x",
		 "", NULL},
		{"/sys/firmware/devicetree/base", "/sys/firmware/devicetree/base/model",
		 "Raspberry Pi 5 Model B", "Raspberry Pi 5 Model B", NULL},
		{NULL, NULL, NULL, "", NULL},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_(machine_facts_clear) struct machine_facts machine = {0};
		struct tree tree;

		tree_make(&tree);
		tree_folder(&tree, "/sys/class/net", 0755);
		tree_folder(&tree, "/sys/firmware", 0755);
		tree_write(&tree, "/proc/version", "Linux\n", 0444);
		if (cases[i].link)
			tree_link(&tree, "/proc/device-tree", cases[i].link);
		if (cases[i].file)
			tree_write(&tree, cases[i].file, cases[i].text, 0444);
		assert_int_equal(detect_machine(tree.root, &machine), 0);
		assert_same_text("model", machine.model, cases[i].model);
		assert_same_text("reason", machine.reason, cases[i].reason);
		assert_string_equal(machine.vendor, "");
		tree_remove(&tree);
	}
}

/* The same of DMI: each word that is hidden says so. */
static void test_hidden_dmi(void **state)
{
	_cleanup_(machine_facts_clear) struct machine_facts machine = {0};
	struct tree tree;

	tree_make(&tree);
	tree_folder(&tree, "/sys/class/dmi/id", 0755);
	assert_int_equal(detect_machine(tree.root, &machine), 0);
	assert_null(machine.vendor);
	assert_null(machine.product);
	assert_null(machine.hypervisor);
	assert_string_equal(machine.reason, "/sys/class/dmi/id/sys_vendor: hidden here; "
					    "/sys/class/dmi/id/product_name: hidden here");
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_nothing_there),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_hidden_dmi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
