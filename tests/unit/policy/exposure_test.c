/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/exposure.h"
#include "tests/unit/policy/unit.h"

#include <stdlib.h>
#include <string.h>

static char bond[] = "bond", vxlan[] = "vxlan", geneve[] = "geneve", vlan[] = "vlan",
	    bridge[] = "bridge";
static char vmxnet3[] = "vmxnet3", mlx5[] = "mlx5_*", segmentation[] = "tx-udp_tnl-segmentation";
static char gro_hw[] = "rx-gro-hw", lro[] = "rx-lro", intel[] = "8086:15b?", any_intel[] = "8086:*";
static char doubt[] = "flannel.1 may leave elsewhere", elsewhere[] = "its device is elsewhere";

#define LIST(...)                                                                                  \
	(char *[])                                                                                 \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define PORTS(...)                                                                                 \
	{                                                                                          \
		.ports = (unsigned int[]){__VA_ARGS__},                                            \
		.n_ports = N_ELEMENTS(((unsigned int[]){__VA_ARGS__}))                             \
	}

/* A vmxnet3 NIC with a VLAN on it, in a bridge, which carries flannel on 8472. */
static struct carried_facts flannel = {
	.tunnel = "flannel.1", .kind = "vxlan", .port = 8472, .udp_csum = ANSWER_NO};
static struct carried_facts unsure = {
	.tunnel = "flannel.1", .kind = "vxlan", .port = 8223, .doubt = doubt};
static struct carried_facts stranger = {
	.port = 4789, .udp_csum = ANSWER_UNKNOWN, .doubt = elsewhere};

static const struct device_facts whole = {
	.ifindex = 2,
	.bus = "pci",
	.is_pci = ANSWER_YES,
	.pci = "8086:15bb",
	.driver_version = "1.7.0.0",
	.firmware = "14.32",
	.relations_known = true,
	.master_kind = "bridge",
	.upper_kinds = LIST(vlan),
	.carried_known = true,
	.carried = &flannel,
	.n_carried = 1,
	.features_known = true,
	.features_on = LIST(gro_hw),
	.features_changeable = LIST(gro_hw, segmentation),
};

/* A USB NIC alone. */
static const struct device_facts bare = {
	.ifindex = 2,
	.bus = "usb",
	.is_pci = ANSWER_NO,
	.driver_version = "N/A",
	.relations_known = true,
	.carried_known = true,
	.features_known = true,
};

/* It is a NIC, and nothing of it could be read. */
static const struct device_facts dark = {.ifindex = 2, .is_pci = ANSWER_UNKNOWN};

static struct range_list ranges(const char *text)
{
	struct range_list list = {0};
	struct range range;

	assert_int_equal(range_parse(text, RANGE_BUILD, &range, NULL), 0);
	assert_int_equal(range_list_add(&list, &range), 0);
	return list;
}

#define ANY .udp_csum = ANSWER_UNKNOWN

/* Each key, asked of the four devices: whole, bare, dark, and none at all. */
static void test_devices(void **state)
{
	const struct link_facts eth0 = {
		.ifindex = 2, .name = "eth0", .driver = "vmxnet3", .udp_csum = ANSWER_UNKNOWN};
	const struct device_facts *const devices[] = {&whole, &bare, &dark, NULL};
	struct range_list small = ranges("<1.6"), large = ranges(">=14 <16");
	struct tunnel_match any_tunnel = {ANY}, of_kind = {.kinds = LIST(vxlan, geneve), ANY},
			    of_geneve = {.kinds = LIST(geneve), ANY},
			    port_not = {.ports_not = PORTS(4789, 6081, 8472), ANY},
			    port = {.ports = PORTS(8472), ANY}, with_sum = {.udp_csum = ANSWER_YES};
	const struct {
		struct exposure exposure;
		enum answer answers[N_ELEMENTS(devices)];
	} cases[] = {
		{{.pci = LIST(intel), ANY}, {ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.pci = LIST(segmentation, any_intel), ANY},
		 {ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.driver_versions.ranges = small, ANY},
		 {ANSWER_NO, ANSWER_UNKNOWN, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.firmwares.ranges = large, ANY},
		 {ANSWER_YES, ANSWER_UNKNOWN, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.upper_kinds = LIST(vlan), ANY},
		 {ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.master_kinds = LIST(vxlan, bridge), ANY},
		 {ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.master_kinds = LIST(vxlan), ANY},
		 {ANSWER_NO, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.carries = &any_tunnel, ANY}, {ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.carries = &of_kind, ANY}, {ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.carries = &of_geneve, ANY}, {ANSWER_NO, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.carries = &port, ANY}, {ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.carries = &port_not, ANY}, {ANSWER_NO, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.carries = &with_sum, ANY}, {ANSWER_NO, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.features_on = LIST(lro, gro_hw), ANY},
		 {ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.features_on = LIST(segmentation), ANY},
		 {ANSWER_NO, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.features_changeable = LIST(segmentation), ANY},
		 {ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO}},
		/* a key that does not fit decides, whatever is not known */
		{{.drivers = LIST(mlx5), .pci = LIST(intel), ANY},
		 {ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_NO}},
		{{.drivers = LIST(mlx5, vmxnet3), .features_on = LIST(gro_hw), ANY},
		 {ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.drivers = LIST(vmxnet3), ANY}, {ANSWER_YES, ANSWER_YES, ANSWER_YES, ANSWER_YES}},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		for (size_t j = 0; j < N_ELEMENTS(devices); j++) {
			enum answer answer =
				exposure_test(&cases[i].exposure, &eth0, devices[j], NULL);

			if (answer != cases[i].answers[j])
				fail_msg("case %zu of device %zu: \"%s\", not \"%s\"", i, j,
					 answer_name(answer), answer_name(cases[i].answers[j]));
		}
	}
	range_list_clear(&small);
	range_list_clear(&large);
}

/* A driver alone means hardware, whatever software calls its own. */
static void test_driver_of_software(void **state)
{
	const struct exposure by_driver = {.drivers = LIST(vxlan), ANY},
			      by_both = {.drivers = LIST(vxlan), .kinds = LIST(vxlan), ANY};
	const struct link_facts tunnel = {.kind = "vxlan", .driver = "vxlan"};

	assert_int_equal(exposure_test(&by_driver, &tunnel, NULL, NULL), ANSWER_NO);
	assert_int_equal(exposure_test(&by_both, &tunnel, NULL, NULL), ANSWER_YES);
}

/* Where nobody looked, a link of a kind of its own is software; any other may be a NIC. */
static void test_not_looked(void **state)
{
	const struct exposure exposure = {.features_on = LIST(gro_hw), ANY};
	const struct link_facts eth0 = {.name = "eth0"}, tunnel = {.kind = "vxlan"};
	const char *unknown = NULL;

	assert_int_equal(exposure_test(&exposure, &tunnel, &device_not_known, NULL), ANSWER_NO);
	assert_int_equal(exposure_test(&exposure, &eth0, &device_not_known, &unknown),
			 ANSWER_UNKNOWN);
	assert_string_equal(unknown, "which of its features are on");
}

/*
 * Of links of a kind: a group that names it asks them, too, for what is known of devices; one that
 * names none means hardware, which some kinds are.
 */
static void test_kinds(void **state)
{
	const struct link_facts bond0 = {.ifindex = 2, .name = "bond0", .kind = "bond"},
				veth0 = {.ifindex = 2, .name = "veth0", .kind = "veth"},
				ib0 = {.ifindex = 2,
				       .name = "ib0",
				       .kind = "ipoib",
				       .driver = "vmxnet3",
				       .has_device = true};
	const struct link_facts *const links[] = {&bond0, &bond0, &bond0, &bond0, &veth0, &ib0};
	const struct device_facts *const devices[] = {&whole, &bare,  &device_not_known,
						      NULL,   &whole, &whole};
	const struct {
		struct exposure exposure;
		enum answer answers[N_ELEMENTS(links)];
	} cases[] = {
		{{.kinds = LIST(bond), .features_on = LIST(gro_hw), ANY},
		 {ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_UNKNOWN, ANSWER_NO, ANSWER_NO}},
		{{.kinds = LIST(bond), .master_kinds = LIST(bridge), ANY},
		 {ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_UNKNOWN, ANSWER_NO, ANSWER_NO}},
		{{.features_on = LIST(gro_hw), ANY},
		 {ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_YES}},
		{{.drivers = LIST(vmxnet3), ANY},
		 {ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_YES}},
		{{.kinds = LIST(bond), .drivers = LIST(vmxnet3), ANY},
		 {ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_NO}},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		for (size_t j = 0; j < N_ELEMENTS(links); j++) {
			print_message("case %zu of link %zu\n", i, j);
			assert_int_equal(
				exposure_test(&cases[i].exposure, links[j], devices[j], NULL),
				cases[i].answers[j]);
		}
	}
}

/* Who is asked at all: never a link of a kind that no group names, which may be thousands. */
static void test_asked(void **state)
{
	const struct link_facts bond0 = {.ifindex = 2, .kind = "bond"},
				veth0 = {.ifindex = 2, .kind = "veth"},
				eth0 = {.ifindex = 2, .driver = "vmxnet3"};
	const struct exposure of_bonds = {.kinds = LIST(bond), .features_on = LIST(lro), ANY},
			      of_ports = {.master_kinds = LIST(bridge),
					  .features_on = LIST(lro),
					  ANY},
			      of_none = {.kinds = LIST(bond), ANY};

	assert_true(exposure_asks_device(&of_bonds, &bond0));
	assert_false(exposure_asks_device(&of_bonds, &veth0));
	assert_false(exposure_asks_device(&of_bonds, &eth0));
	assert_true(exposure_asks_device(&of_ports, &eth0));
	assert_false(exposure_asks_device(&of_ports, &bond0));
	assert_false(exposure_asks_device(&of_ports, &veth0));
	assert_false(exposure_asks_device(&of_none, &bond0));

	assert_true(exposure_asks_features(&of_ports, &eth0, &dark));
	assert_false(exposure_asks_features(&of_ports, &eth0, &bare));
	assert_false(exposure_asks_features(&of_none, &bond0, &dark));
}

/* A master that says no kind may be of any; but a NIC is none of a switch's, a bond's, ... */
static void test_master_of_no_kind(void **state)
{
	const struct exposure exposure = {.master_kinds = LIST(bridge), ANY};
	const struct link_facts port = {.ifindex = 2, .master = 7}, alone = {.ifindex = 2};
	struct device_facts device = bare;
	const char *unknown = NULL;

	assert_int_equal(exposure_test(&exposure, &alone, &device, NULL), ANSWER_NO);
	assert_int_equal(exposure_test(&exposure, &port, &device, &unknown), ANSWER_UNKNOWN);
	assert_string_equal(unknown, "of what kind the link is whose port it is");
	device.master_is_device = true;
	assert_int_equal(exposure_test(&exposure, &port, &device, NULL), ANSWER_NO);
}

/* An external VXLAN device counts as one without sums; of a Geneve one each flow says its own. */
static void test_external(void **state)
{
	const struct exposure without = {.udp_csum = ANSWER_NO};
	const struct link_facts of_vxlan = {.kind = "vxlan", .external = true, ANY},
				of_geneve = {.kind = "geneve", .external = true, ANY};

	assert_int_equal(exposure_test(&without, &of_vxlan, NULL, NULL), ANSWER_YES);
	assert_int_equal(exposure_test(&without, &of_geneve, NULL, NULL), ANSWER_UNKNOWN);
}

/* A tunnel that may leave elsewhere makes it unknown, and says why, unless another one is sure. */
static void test_doubts(void **state)
{
	const struct link_facts eth0 = {.ifindex = 2, .name = "eth0", .driver = "vmxnet3"};
	struct tunnel_match port_not = {.ports_not = PORTS(4789, 6081, 8472), ANY},
			    port = {.ports = PORTS(4789), ANY},
			    of_kind = {.kinds = LIST(vxlan), ANY};
	struct carried_facts two[] = {unsure, flannel}, strangers[] = {stranger};
	struct device_facts device = whole;
	struct exposure exposure = {.carries = &port_not, ANY};
	const char *unknown = NULL;

	device.carried = two;
	device.n_carried = 2;
	assert_int_equal(exposure_test(&exposure, &eth0, &device, &unknown), ANSWER_UNKNOWN);
	assert_string_equal(unknown, doubt);
	exposure.carries = &of_kind;
	assert_int_equal(exposure_test(&exposure, &eth0, &device, NULL), ANSWER_YES);

	device.carried = strangers;
	device.n_carried = 1;
	exposure.carries = &port;
	assert_int_equal(exposure_test(&exposure, &eth0, &device, &unknown), ANSWER_UNKNOWN);
	assert_string_equal(unknown, elsewhere);
	exposure.carries = &port_not;
	assert_int_equal(exposure_test(&exposure, &eth0, &device, NULL), ANSWER_NO);
}

/* A tunnel device by its own port. */
static void test_ports(void **state)
{
	static const struct link_facts links[] = {
		{.kind = "vxlan", .port = 8472},
		{.kind = "geneve", .port = 6081},
		{.kind = "vxlan"},
		{.kind = "bridge"},
	};
	const struct {
		struct exposure exposure;
		enum answer answers[N_ELEMENTS(links)];
	} cases[] = {
		{{.ports = PORTS(8472), ANY}, {ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.ports_not = PORTS(8472), ANY},
		 {ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN, ANSWER_NO}},
		{{.kinds = LIST(geneve), .ports_not = PORTS(8472), ANY},
		 {ANSWER_NO, ANSWER_YES, ANSWER_NO, ANSWER_NO}},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		for (size_t j = 0; j < N_ELEMENTS(links); j++)
			assert_int_equal(exposure_test(&cases[i].exposure, &links[j], NULL, NULL),
					 cases[i].answers[j]);
	}
}

/* A NIC that does not tell its driver may be of any; other links have none. */
static void test_driver(void **state)
{
	const struct exposure exposure = {.drivers = LIST(vmxnet3), ANY};
	const struct link_facts silent = {.ifindex = 2, .name = "eth0"};

	assert_int_equal(exposure_test(&exposure, &silent, &dark, NULL), ANSWER_UNKNOWN);
	assert_int_equal(exposure_test(&exposure, &silent, NULL, NULL), ANSWER_NO);
	assert_int_equal(exposure_test(&exposure, &silent, &device_not_known, NULL), ANSWER_NO);
}

/* A version is compared as a number only where it is one. */
static void test_versions(void **state)
{
	static char ofed[] = "5.*-OFED";
	static const struct {
		const char *version;
		enum answer answer;
	} cases[] = {
		{"0.9.8", ANSWER_YES},	  {"1.0", ANSWER_NO},
		{"5.6-OFED", ANSWER_YES}, {"6.1.0-56-amd64", ANSWER_UNKNOWN},
		{"", ANSWER_UNKNOWN},	  {"N/A", ANSWER_UNKNOWN},
	};
	struct exposure exposure = {
		.driver_versions = {.ranges = ranges("<1.0"), .globs = LIST(ofed)}, ANY};
	const struct link_facts eth0 = {.ifindex = 2, .name = "eth0"};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct device_facts device = whole;

		strcpy(device.driver_version, cases[i].version);
		if (exposure_test(&exposure, &eth0, &device, NULL) != cases[i].answer)
			fail_msg("\"%s\": not \"%s\"", cases[i].version,
				 answer_name(cases[i].answer));
	}
	range_list_clear(&exposure.driver_versions.ranges);
}

static void test_pci_valid(void **state)
{
	assert_true(exposure_pci_valid("8086:15bb"));
	assert_true(exposure_pci_valid("8086:0d4?"));
	assert_true(exposure_pci_valid("*:[0-9]*"));
	assert_false(exposure_pci_valid("8086"));
	assert_false(exposure_pci_valid("8086:"));
	assert_false(exposure_pci_valid(":15bb"));
	assert_false(exposure_pci_valid("8086:15BB"));
	assert_false(exposure_pci_valid("8086:15bb:1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_not_looked),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_master_of_no_kind),
		cmocka_unit_test(test_external),
		cmocka_unit_test(test_doubts),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_driver),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_pci_valid),
		cmocka_unit_test(test_driver_of_software),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
