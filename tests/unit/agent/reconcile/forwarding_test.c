/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a link's packets are forwarded, by the settings of a network namespace of the test's own;
 * and what becomes of LRO there, on a pretended device, since no device of software has it.
 */
#include "agent/links/links.h"
#include "agent/reconcile/forwarding.h"
#include "agent/reconcile/nic.h"
#include "agent/reconcile/nics.h"
#include "agent/reconcile/reconcile.h"
#include "agent/record/changes_file.h"
#include "array.h"
#include "cleanup.h"
#include "tests/unit/agent/folder.h"
#include "tests/unit/agent/sample.h"
#include "tests/unit/ethtool_nl/live_links.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

/* How often all links were read, and with what result from now on (0: the kernel's own). */
static unsigned int n_reads;
static int read_error;

int __real_links_read(const char *const kinds[], struct link_facts **ret_links,
		      size_t *ret_n_links);
int __wrap_links_read(const char *const kinds[], struct link_facts **ret_links,
		      size_t *ret_n_links);
int __wrap_links_read(const char *const kinds[], struct link_facts **ret_links, size_t *ret_n_links)
{
	n_reads++;
	return read_error ? read_error : __real_links_read(kinds, ret_links, ret_n_links);
}

static const char *const families[] = {"ipv4", "ipv6"};

static void write_setting(const char *family, const char *link, bool on)
{
	char command[128];

	snprintf(command, sizeof(command), "echo %d > /proc/sys/net/%s/conf/%s/forwarding", on,
		 family, link);
	assert_true(live_run(command));
}

/* Nothing is forwarded, and there are only these two. */
static int setup(void **state)
{
	assert_true(live_run("ip link add eth0 type veth peer name eth1"));
	for (size_t i = 0; i < N_ELEMENTS(families); i++)
		write_setting(families[i], "all", false);
	return 0;
}

static int teardown(void **state)
{
	return live_run("ip link del eth0") ? 0 : -1;
}

/* Asks about the link of that name, as rtnetlink lists it; `why` is "" when it does not. */
static void assert_forwards(const char *name, const char *why)
{
	_cleanup_free_ struct link_facts *links = NULL;
	char said[FORWARDING_WHY_SIZE] = "";
	size_t n_links, i = 0;

	assert_int_equal(links_read(NULL, &links, &n_links), 0);
	while (i < n_links && strcmp(links[i].name, name) != 0)
		i++;
	assert_true(i < n_links);
	assert_int_equal(forwarding_find(&links[i], links, n_links, said), *why != '\0');
	assert_string_equal(said, why);
}

static void test_settings(void **state)
{
	assert_forwards("eth0", "");
	for (size_t i = 0; i < N_ELEMENTS(families); i++) {
		char why[FORWARDING_WHY_SIZE];

		write_setting(families[i], "all", true);
		snprintf(why, sizeof(why), "net.%s.conf.all.forwarding is on", families[i]);
		assert_forwards("eth0", why);
		write_setting(families[i], "all", false);
		write_setting(families[i], "eth0", true);
		snprintf(why, sizeof(why), "net.%s.conf.eth0.forwarding is on", families[i]);
		assert_forwards("eth0", why);
		assert_forwards("eth1", ""); /* a veth does not stand on its peer */
		write_setting(families[i], "eth0", false);
	}
	assert_true(live_run("echo 1 > /proc/sys/net/ipv4/ip_forward"));
	assert_forwards("eth0", "net.ipv4.conf.all.forwarding is on");
}

static void test_bridge(void **state)
{
	assert_true(live_run("ip link add br0 type bridge && ip link set eth0 master br0"));
	assert_forwards("eth0", "eth0 is a port of bridge br0");
	assert_forwards("eth1", "");
	assert_forwards("br0", "");
	assert_true(live_run("ip link del br0"));
	assert_forwards("eth0", "");
}

/* A bond whose VLAN is a switch's port, and a loop that leads nowhere. */
static void test_above(void **state)
{
	struct link_facts links[] = {
		{.ifindex = 1, .name = "eth0", .master = 2},
		{.ifindex = 2, .name = "eth1", .kind = "bond", .lower = 3},
		{.ifindex = 3, .name = "vlan7", .kind = "vlan", .lower = 2},
		{.ifindex = 4, .name = "ovs-system", .kind = "openvswitch"},
	};
	char why[FORWARDING_WHY_SIZE];

	assert_int_equal(forwarding_find(&links[0], links, N_ELEMENTS(links), why), 0);
	links[2].master = 4;
	assert_int_equal(forwarding_find(&links[0], links, N_ELEMENTS(links), why), 1);
	assert_string_equal(why, "vlan7 is a port of openvswitch ovs-system");
	links[2].master = 0;
	write_setting("ipv6", "eth1", true);
	assert_int_equal(forwarding_find(&links[0], links, N_ELEMENTS(links), why), 1);
	assert_string_equal(why, "net.ipv6.conf.eth1.forwarding is on");
}

/* Turns LRO off, changes the node, and restores: is it on again? The record is empty either way. */
static bool comes_back(bool forwards)
{
	struct fake_device device = {0};
	struct ethtool_nl *handle = sample_open(&device, 1);
	const struct feature_mask lro = sample_mask(handle, "rx-lro");
	_cleanup_(changes_clear) struct changes changes = {0};
	struct folder folder;
	struct nic nic = {.link = sample_link(7, "eth0", "", ANSWER_UNKNOWN)}, *all = &nic;
	struct reconciler reconciler = {.handle = handle, .changes = &changes};
	bool is_on;

	folder_make(&folder);
	reconciler.directory_fd = folder.fd;
	device = sample_device(handle, 7);
	device.features.changeable = feature_mask_or(device.features.changeable, lro);
	device.features.wanted = feature_mask_or(device.features.wanted, lro);
	fake_device_recompute(&device);
	nic.features = device.features;
	nic.todo.turn_off = lro;
	assert_int_equal(reconcile(&reconciler, &all, 1).n_changed, 1);
	assert_features(handle, nic.recorded, "rx-lro");
	write_setting("ipv4", "all", forwards);
	nics_look_forwarding(handle, &all, 1);
	nic.todo = nic_todo_restore(&nic);
	assert_int_equal(reconcile(&reconciler, &all, 1).n_asked, !forwards);
	assert_features(handle, nic.recorded, "");
	assert_false(changes_are_unwritten(&changes));
	if (forwards)
		assert_string_equal(nic.kept_off_why, "net.ipv4.conf.all.forwarding is on");
	is_on = feature_mask_has(&device.features.active, feature_mask_next(&lro, 0));
	ethtool_nl_close(handle);
	folder_remove(&folder);
	return is_on;
}

static void test_lro(void **state)
{
	assert_true(comes_back(false));
	assert_false(comes_back(true));
}

/* A node can have hundreds of NICs with LRO, and thousands of links. */
static void test_many(void **state)
{
	struct fake_device device = {0};
	struct ethtool_nl *handle = sample_open(&device, 1);
	const struct feature_mask lro = sample_mask(handle, "rx-lro");
	struct nic nics[3] = {{.recorded = lro}, {.kept_off = lro}, {.recorded = lro}};
	struct nic *const all[] = {&nics[0], &nics[1], &nics[2]};

	for (size_t i = 0; i < N_ELEMENTS(nics); i++)
		nics[i].link = sample_link(7, "eth0", "", ANSWER_UNKNOWN);
	n_reads = 0;
	nics_look_forwarding(handle, &all[1], 1);
	assert_int_equal(n_reads, 0);
	nics_look_forwarding(handle, all, N_ELEMENTS(all));
	assert_int_equal(n_reads, 1);
	for (size_t i = 0; i < N_ELEMENTS(nics); i++)
		assert_features(handle, nics[i].kept_off, "");
	read_error = -ENOBUFS;
	nics_look_forwarding(handle, all, N_ELEMENTS(all));
	read_error = 0;
	assert_int_equal(n_reads, 2);
	for (size_t i = 0; i < N_ELEMENTS(nics); i++) {
		assert_features(handle, nics[i].kept_off, i == 1 ? "" : "rx-lro");
		assert_int_equal(nics[i].kept_off_in_doubt, i != 1);
	}
	assert_string_equal(nics[2].kept_off_why,
			    "the links cannot be read: No buffer space available");
	ethtool_nl_close(handle);
}

/* Where the settings are hidden, whether it forwards is not known. The last test: they stay so. */
static void test_hidden(void **state)
{
	char why[FORWARDING_WHY_SIZE] = "";
	struct link_facts link = {.name = "eth0", .ifindex = 1};

	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("tmpfs", "/proc/sys/net", "tmpfs", 0, NULL), 0);
	assert_int_equal(forwarding_find(&link, &link, 1, why), -ENOENT);
	assert_string_equal(why, "net.ipv4.conf.all.forwarding cannot be read: "
				 "No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_settings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bridge, setup, teardown),
		cmocka_unit_test_setup_teardown(test_above, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lro, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test(test_hidden),
	};
	int skipped = live_namespace_enter();

	return skipped ? skipped : cmocka_run_group_tests(tests, NULL, NULL);
}
