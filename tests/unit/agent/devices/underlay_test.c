/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By which NICs the packets of a tunnel leave, on a node with all kinds of links between the two;
 * what the kernel itself does in each case is tests/integration/underlay_test.sh's.
 */
#include "agent/devices/underlay.h"
#include "agent/links/fdb.h"
#include "agent/links/node_addresses.h"
#include "agent/links/route.h"
#include "policy/facts.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define V4(a, b, c, d)                                                                             \
	{                                                                                          \
		4,                                                                                 \
		{                                                                                  \
			a, b, c, d                                                                 \
		}                                                                                  \
	}

/* n3 is the uplink of a bridge of pods, n5 in a VRF, n6 a port of a switch, n8 one of a NIC's. */
enum {
	LO = 1,
	N0,
	N1,
	N2,
	N3,
	N4,
	N5,
	N6,
	N7,
	N8,
	BOND,
	VLAN,
	BRIDGE,
	POD,
	IPVLAN,
	BRIDGE_VLAN,
	WIREGUARD,
	VRF,
	BR_EX,
	OVS,
	DUMMY,
	STRANGER,
	LOOP,
	OTHER_LOOP,
	TUNNEL
};

static const struct link_facts node_links[] = {
	{.ifindex = LO, .name = "lo", .up = true},
	{.ifindex = N0, .name = "n0", .up = true},
	{.ifindex = N1, .name = "n1", .up = true, .master = BOND},
	{.ifindex = N2, .name = "n2", .up = true, .master = BOND},
	{.ifindex = N3, .name = "n3", .up = true, .master = BRIDGE},
	{.ifindex = N4, .name = "n4"},
	{.ifindex = N5, .name = "n5", .up = true, .master = VRF},
	{.ifindex = N6, .name = "n6", .up = true, .master = OVS},
	{.ifindex = N7, .name = "n7", .up = true},
	{.ifindex = N8, .name = "n8", .up = true, .master = N7},
	{.ifindex = BOND, .name = "bond0", .kind = "bond", .up = true},
	{.ifindex = VLAN, .name = "bond0.5", .kind = "vlan", .lower = BOND, .up = true},
	{.ifindex = BRIDGE, .name = "br0", .kind = "bridge", .up = true},
	{.ifindex = POD, .name = "pod", .kind = "veth", .master = BRIDGE, .up = true},
	{.ifindex = IPVLAN, .name = "ipvl", .kind = "ipvlan", .lower = BRIDGE_VLAN, .up = true},
	{.ifindex = BRIDGE_VLAN, .name = "br0.7", .kind = "vlan", .lower = BRIDGE, .up = true},
	{.ifindex = WIREGUARD, .name = "wg0", .kind = "wireguard", .up = true},
	{.ifindex = VRF, .name = "red", .kind = "vrf", .up = true},
	{.ifindex = BR_EX, .name = "br-ex", .kind = "openvswitch", .up = true},
	{.ifindex = OVS, .name = "ovs-system", .kind = "openvswitch"},
	{.ifindex = DUMMY, .name = "dummy0", .kind = "dummy", .up = true},
	{.ifindex = STRANGER, .name = "mv0", .kind = "macvlan", .elsewhere = true, .up = true},
	{.ifindex = LOOP, .name = "loop", .kind = "bridge", .master = OTHER_LOOP, .up = true},
	{.ifindex = OTHER_LOOP, .name = "pool", .kind = "bridge", .master = LOOP, .up = true},
};

#define N_LINKS (N_ELEMENTS(node_links) + 1) /* and the tunnel */

static const unsigned int nics[] = {N0, N1, N2, N3, N4, N5, N6, N7, N8};

static const struct node_address addresses[] = {
	{.ifindex = LO, .address = V4(127, 0, 0, 1)},
	{.ifindex = N0, .address = V4(10, 0, 0, N0)},
	{.ifindex = N4, .address = V4(10, 0, 0, N4)},
	{.ifindex = BOND, .address = V4(10, 0, 0, BOND)},
	{.ifindex = VRF, .address = V4(10, 0, 0, VRF)},
	{.ifindex = DUMMY, .address = V4(10, 0, 0, DUMMY)},
	{.ifindex = IPVLAN, .address = V4(10, 0, 0, IPVLAN)},
};

/* What the kernel is to say of 192.0.2.N: of a link's number, that link. */
enum {
	TO_NOBODY = 200,
	TO_TWO,
	TO_ONE_AT_LEAST,
	TO_ERROR,
	TO_MARKED,
	TO_RULED
};

static int ask(struct rtnetlink *rtnetlink, const struct route_question *question,
	       struct route_answer *ret_answer)
{
	const unsigned int number = question->destination.bytes[3];
	struct route_answer answer = {.links = {number}, .n_links = 1};

	assert_null(rtnetlink);
	assert_int_equal(question->port, 8472);
	switch (number) {
	case TO_NOBODY:
		answer.n_links = 0;
		break;
	case TO_TWO:
		answer = (struct route_answer){.links = {N0, BOND}, .n_links = 2};
		break;
	case TO_ONE_AT_LEAST:
		answer = (struct route_answer){.links = {N0}, .n_links = 1, .partial = true};
		break;
	case TO_ERROR:
		return -ENOBUFS;
	case TO_MARKED: /* by another way with a mark */
		answer.links[0] = question->mark == 7 ? BRIDGE : N0;
		break;
	case TO_RULED: /* by another way from that address */
		answer.links[0] = question->source.bytes[3] == BOND ? BOND : N0;
		break;
	default:
		break;
	}
	if (question->oif)
		answer.links[0] = question->oif == VRF ? N5 : question->oif;
	*ret_answer = answer;
	return 0;
}

struct scene {
	const char *what;
	struct link_facts tunnel;
	struct {
		unsigned char to; /* 192.0.2.N; 0 = of a nexthop */
		unsigned int via;
	} fdb[2];
	size_t n_fdb;
	const char *expected; /* names of NICs; with "?" where it is not sure */
};

#define VXLAN	  .kind = "vxlan", .port = 8472, .udp_csum = ANSWER_YES
#define REMOTE(n) .remote = V4(192, 0, 2, n)
#define LOCAL(n)  .local = V4(10, 0, 0, n)

#define ANY "n0? n1? n2? n3? n5?" /* up, and with an address on or above */

static const struct scene scenes[] = {
	{"flannel", {VXLAN, .sends_by = N0, LOCAL(N0)}, {{N0, 0}}, 1, "n0"},
	{"an entry is not bound", {VXLAN, .sends_by = N0}, {{BOND, 0}}, 1, "n1 n2"},
	{"the source does not bind", {VXLAN, LOCAL(N0)}, {{BOND, 0}}, 1, "n1 n2"},
	{"nor does it a remote", {VXLAN, LOCAL(N0), REMOTE(BOND)}, {{0}}, 0, "n1 n2"},
	{"a bound remote", {VXLAN, .sends_by = N0, REMOTE(BOND)}, {{0}}, 0, "n0"},
	{"an entry with its link", {VXLAN}, {{N0, BOND}}, 1, "n1 n2"},
	{"two ways", {VXLAN, .sends_by = N0}, {{N0, 0}, {BOND, 0}}, 2, "n0 n1 n2"},
	{"next hops", {VXLAN, LOCAL(DUMMY), REMOTE(TO_TWO)}, {{0}}, 0, "n0 n1 n2"},
	{"an old kernel", {VXLAN, REMOTE(TO_ONE_AT_LEAST)}, {{0}}, 0, "n0 n1? n2? n3? n5?"},
	{"a link in a VRF", {VXLAN, .sends_by = N5}, {{N0, 0}}, 1, "n5"},
	{"the VRF", {VXLAN, .sends_by = VRF, REMOTE(N0)}, {{0}}, 0, "n5"},
	{"the VRF, no remote", {VXLAN, .sends_by = VRF}, {{0}}, 0, "n5"},
	{"a rule by the source", {VXLAN, LOCAL(BOND), REMOTE(TO_RULED)}, {{0}}, 0, "n1 n2"},
	{"a rule by a mark", {VXLAN, REMOTE(TO_MARKED)}, {{0}}, 0, "n0 n3?"},
	{"a group", {VXLAN, .sends_by = N7, .remote = V4(239, 1, 1, 1)}, {{0}}, 0, "n7 n8"},
	{"VLAN on a bond", {VXLAN, REMOTE(VLAN)}, {{0}}, 0, "n1 n2"},
	{"a bridge of pods", {VXLAN, REMOTE(BRIDGE)}, {{0}}, 0, "n3"},
	{"ipvlan on VLAN on bridge", {VXLAN, REMOTE(IPVLAN)}, {{0}}, 0, "n3"},
	{"Open vSwitch", {VXLAN, REMOTE(BR_EX)}, {{0}}, 0, "n6"},
	{"a NIC with ports", {VXLAN, REMOTE(N7)}, {{0}}, 0, "n7 n8"},
	{"a NIC that is down", {VXLAN, REMOTE(N4)}, {{0}}, 0, "n4"},
	{"nobody", {VXLAN, .sends_by = N0, LOCAL(N0)}, {{TO_NOBODY, 0}}, 1, ""},
	{"no remote", {VXLAN, .sends_by = N0, LOCAL(BOND)}, {{0}}, 0, "n0"},
	{"an address alone", {VXLAN, LOCAL(BOND)}, {{0}}, 0, "n1 n2"},
	{"an address on no NIC", {VXLAN, LOCAL(DUMMY)}, {{0}}, 0, ANY},
	{"nobody's address", {VXLAN, LOCAL(99)}, {{0}}, 0, ANY},
	{"nothing at all", {VXLAN}, {{0}}, 0, ANY},
	{"external", {VXLAN, .external = true}, {{0}}, 0, ANY},
	{"a nexthop object", {VXLAN, .sends_by = N0}, {{0}}, 1, ANY},
	{"one, and a remote", {VXLAN}, {{0}, {N0, 0}}, 2, "n0 n1? n2? n3? n5?"},
	{"another tunnel", {VXLAN, REMOTE(WIREGUARD)}, {{0}}, 0, ANY},
	{"a veth", {VXLAN, REMOTE(POD)}, {{0}}, 0, ANY},
	{"lo", {VXLAN, .sends_by = LO}, {{0}}, 0, ANY},
	{"a link that stands elsewhere", {VXLAN, REMOTE(STRANGER)}, {{0}}, 0, ANY},
	{"round about", {VXLAN, REMOTE(LOOP)}, {{0}}, 0, ANY},
	{"of another namespace", {VXLAN, .elsewhere = true, REMOTE(N0)}, {{0}}, 0, ANY},
	{"a link that is not here", {VXLAN, .sends_by = 99}, {{N0, 0}}, 1, ANY},
	{"no answer", {VXLAN, REMOTE(TO_ERROR)}, {{0}}, 0, ANY},
	{"Geneve", {.kind = "geneve", .port = 8472, REMOTE(BOND)}, {{0}}, 0, "n1 n2"},
	{"Geneve, external", {.kind = "geneve", .port = 8472}, {{0}}, 0, ANY},
	{"no tunnel", {.kind = "gre", REMOTE(N0)}, {{0}}, 0, ""},
};

static struct underlay_node make_node(const struct link_facts *links,
				      const struct fdb_remote *remotes, size_t n_remotes)
{
	static const struct route_marks marks = {.marks = {7}, .n_marks = 1};

	return (struct underlay_node){
		.links = links,
		.n_links = N_LINKS,
		.addresses = addresses,
		.n_addresses = N_ELEMENTS(addresses),
		.remotes = remotes,
		.n_remotes = n_remotes,
		.marks = &marks,
		.ask = ask,
	};
}

static struct device_facts *make_devices(void)
{
	struct device_facts *devices = calloc(N_ELEMENTS(nics), sizeof(*devices));

	assert_non_null(devices);
	for (size_t i = 0; i < N_ELEMENTS(nics); i++)
		devices[i].ifindex = nics[i];
	return devices;
}

/* "n0 n1?": the NICs that carry the tunnel, or anything if it has no name. */
static void print_carriers(const struct device_facts *devices, char *text)
{
	*text = '\0';
	for (size_t i = 0; i < N_ELEMENTS(nics); i++) {
		assert_true(devices[i].carried_known);
		assert_true(devices[i].n_carried <= 1);
		if (devices[i].n_carried == 0)
			continue;
		sprintf(text + strlen(text), "%s%s%s", *text ? " " : "",
			node_links[nics[i] - 1].name, devices[i].carried->doubt ? "?" : "");
	}
}

static void test_scene(const struct scene *scene)
{
	struct link_facts links[N_LINKS] = {0};
	struct fdb_remote remotes[N_ELEMENTS(scene->fdb)] = {0};
	struct underlay_node node = make_node(links, remotes, scene->n_fdb);
	struct device_facts *devices = make_devices();
	char found[128];

	memcpy(links, node_links, sizeof(node_links));
	links[N_LINKS - 1] = scene->tunnel;
	links[N_LINKS - 1].ifindex = TUNNEL;
	strcpy(links[N_LINKS - 1].name, "tunnel");
	for (size_t i = 0; i < scene->n_fdb; i++) {
		remotes[i] = (struct fdb_remote){.ifindex = TUNNEL, .via = scene->fdb[i].via};
		if (scene->fdb[i].to)
			remotes[i].address = (struct link_address)V4(192, 0, 2, scene->fdb[i].to);
	}
	assert_int_equal(underlay_find(&node, devices, N_ELEMENTS(nics)), 0);
	print_carriers(devices, found);
	assert_same_text(scene->what, found, scene->expected);
	for (size_t i = 0; i < N_ELEMENTS(nics); i++) {
		if (devices[i].n_carried == 0)
			continue;
		assert_string_equal(devices[i].carried->tunnel, "tunnel");
		assert_string_equal(devices[i].carried->kind, scene->tunnel.kind);
		assert_int_equal(devices[i].carried->port, 8472);
		assert_int_equal(devices[i].carried->udp_csum, scene->tunnel.udp_csum);
	}
	devices_free(devices, N_ELEMENTS(nics));
}

static void test_scenes(void **state)
{
	for (size_t i = 0; i < N_ELEMENTS(scenes); i++)
		test_scene(&scenes[i]);
}

/* Only so many remotes are asked for: what they say is sure, the rest is not. */
static void test_many_remotes(void **state)
{
	enum {
		N_REMOTES = 5001
	};
	struct link_facts links[N_LINKS] = {0};
	struct fdb_remote *remotes = calloc(N_REMOTES, sizeof(*remotes));
	struct underlay_node node = make_node(links, remotes, N_REMOTES);
	struct device_facts *devices = make_devices();
	char found[128];

	assert_non_null(remotes);
	memcpy(links, node_links, sizeof(node_links));
	links[N_LINKS - 1] = (struct link_facts){VXLAN, .ifindex = TUNNEL};
	for (size_t i = 0; i < N_REMOTES; i++)
		remotes[i] = (struct fdb_remote){TUNNEL, V4(192, i >> 8, i & 255, N0), 0};
	assert_int_equal(underlay_find(&node, devices, N_ELEMENTS(nics)), 0);
	print_carriers(devices, found);
	assert_string_equal(found, "n0 n1? n2? n3? n5?");
	devices_free(devices, N_ELEMENTS(nics));
	free(remotes);
}

/* A mark that is not tried may lead elsewhere; without a route, none is. */
static void test_many_marks(void **state)
{
	static const struct route_marks marks = {.partial = true};
	struct link_facts links[N_LINKS] = {0};
	struct underlay_node node = make_node(links, NULL, 0);
	struct device_facts *devices = make_devices();
	char found[128];

	memcpy(links, node_links, sizeof(node_links));
	links[N_LINKS - 1] = (struct link_facts){VXLAN, .ifindex = TUNNEL, REMOTE(N0)};
	node.marks = &marks;
	assert_int_equal(underlay_find(&node, devices, N_ELEMENTS(nics)), 0);
	print_carriers(devices, found);
	assert_string_equal(found, "n0 n1? n2? n3? n5?");
	devices_free(devices, N_ELEMENTS(nics));
}

/* Of a tunnel whose device is elsewhere only the port is known. */
static void test_port(void **state)
{
	static const unsigned int ports[] = {4789};
	struct underlay_node node = make_node(node_links, NULL, 0);
	struct device_facts *devices = make_devices();
	char found[128];

	node.n_links = N_ELEMENTS(node_links);
	node.ports = ports;
	node.n_ports = 1;
	assert_int_equal(underlay_find(&node, devices, N_ELEMENTS(nics)), 0);
	print_carriers(devices, found);
	assert_string_equal(found, ANY);
	assert_string_equal(devices[0].carried->tunnel, "");
	assert_string_equal(devices[0].carried->kind, "");
	assert_int_equal(devices[0].carried->port, 4789);
	assert_int_equal(devices[0].carried->udp_csum, ANSWER_UNKNOWN);
	assert_string_equal(
		devices[0].carried->doubt,
		"by which NIC a tunnel of another namespace sends: its port is open here");
	devices_free(devices, N_ELEMENTS(nics));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenes),
		cmocka_unit_test(test_many_remotes),
		cmocka_unit_test(test_many_marks),
		cmocka_unit_test(test_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
