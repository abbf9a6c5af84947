/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/link_monitor.h"
#include "cleanup.h"
#include "policy/link_kinds.h"
#include "policy/link_match.h"
#include "tests/unit/ethtool_nl/live_links.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>

/* What was heard, as "NAME KIND," or "-NAME KIND,". */
struct heard {
	char text[4096];
	size_t n_events;
};

static void take_link(const struct link_facts *link, bool gone, void *context)
{
	struct heard *heard = context;
	const size_t length = strlen(heard->text);

	heard->n_events++;
	snprintf(heard->text + length, sizeof(heard->text) - length, "%s%s %s,", gone ? "-" : "",
		 link->name, link->kind);
}

static char bonding[] = "bonding";

static void cleanup_monitor(struct link_monitor **monitor)
{
	link_monitor_close(*monitor);
}

static struct link_monitor *open_monitor(void)
{
	struct link_monitor *monitor;

	assert_int_equal(link_monitor_open(&monitor), 0);
	return monitor;
}

/* What is heard while the shell runs a command; notifications are queued when it ends. */
static struct heard hear(struct link_monitor *monitor, const char *command)
{
	struct heard heard = {.text = ""};

	assert_true(live_run(command));
	assert_int_equal(link_monitor_read(monitor, take_link, &heard), 0);
	return heard;
}

static bool has(const struct heard *heard, const char *text)
{
	return strstr(heard->text, text);
}

static int listen_to(struct link_monitor *monitor, const char *const names[], bool any,
		     bool without)
{
	_cleanup_(link_kinds_clear) struct link_kinds kinds = {.any = any, .without = without};

	for (size_t i = 0; names[i]; i++)
		assert_int_equal(link_kinds_add(&kinds, names[i]), 0);
	return link_monitor_set_kinds(monitor, &kinds);
}

static const char *const vxlan[] = {"vxlan", NULL};

#define MAKE_VETHS                                                                                 \
	"for i in $(seq 150); do echo link add v$i group 7 type veth peer name w$i group 7; "      \
	"done | ip -batch - && ip link set group 7 up && ip link del group 7"

/* Of another kind, of none, one whose name begins or ends as this one, and the ports of a bridge.
 */
static void test_others_are_dropped(void **state)
{
	_cleanup_(cleanup_monitor) struct link_monitor *monitor = open_monitor();
	struct heard heard;

	assert_int_equal(listen_to(monitor, vxlan, false, false), 0);
	heard = hear(monitor, MAKE_VETHS);
	assert_string_equal(heard.text, "");
	heard = hear(monitor, "ip link set lo down && ip link set lo up");
	assert_string_equal(heard.text, "");
	heard = hear(monitor, "ip link add br0 type bridge && "
			      "ip link add p0 type veth peer name p1 && "
			      "ip link set p0 master br0 && ip link del p0 && ip link del br0");
	assert_string_equal(heard.text, "");
}

static void test_all_of_the_kind_pass(void **state)
{
	_cleanup_(cleanup_monitor) struct link_monitor *all = open_monitor();
	_cleanup_(cleanup_monitor) struct link_monitor *monitor = open_monitor();
	static const char *const steps[] = {
		"ip link add vx1 type vxlan id 1 dstport 4789",
		"ip link set vx1 name vx2",
		"ip link set vx2 up",
		"ip link set vx2 address 02:00:00:00:00:08",
		"ip link set vx2 master bridge0",
		"ip link set vx2 nomaster",
		"ip link set vx2 master bridge0",
		"ip link del vx2",
	};

	assert_int_equal(listen_to(monitor, vxlan, false, false), 0);
	assert_true(live_run("ip link add bridge0 type bridge"));
	for (size_t i = 0; i < N_ELEMENTS(steps); i++) {
		struct heard heard = hear(monitor, steps[i]);
		struct heard heard_all = {.text = ""};
		size_t n_others = 0;

		assert_int_equal(link_monitor_read(all, take_link, &heard_all), 0);
		for (const char *at = heard_all.text; (at = strstr(at, "bridge0")); at++)
			n_others++;
		print_message("%s: %zu\n", steps[i], heard.n_events);
		assert_true(heard.n_events > 0);
		assert_false(has(&heard, "bridge0"));
		assert_int_equal(heard.n_events, heard_all.n_events - n_others);
	}
	assert_true(live_run("ip link del bridge0"));
}

static void test_without_a_kind(void **state)
{
	static const char *const none[] = {NULL};
	_cleanup_(cleanup_monitor) struct link_monitor *monitor = open_monitor();
	struct heard heard;

	assert_int_equal(listen_to(monitor, none, false, true), 0);
	heard = hear(monitor, "ip link set lo down; ip link set lo up; ip link add d0 type bridge; "
			      "ip link del d0");
	assert_true(has(&heard, "lo ,"));
	assert_false(has(&heard, "d0"));
}

/* All but common kinds that nothing means. */
static void test_any(void **state)
{
	const struct link_match by_driver = {.driver = bonding};
	_cleanup_(link_kinds_clear) struct link_kinds kinds = {.named = NULL};
	_cleanup_(cleanup_monitor) struct link_monitor *monitor = open_monitor();
	struct heard heard;

	assert_int_equal(link_kinds_add_match(&kinds, &by_driver), 0);
	assert_int_equal(link_monitor_set_kinds(monitor, &kinds), 0);
	heard = hear(monitor, MAKE_VETHS);
	assert_string_equal(heard.text, "");
	heard = hear(monitor, "ip link set lo down; ip link set lo up; "
			      "ip link add vx1 type vxlan id 1 dstport 4789; ip link del vx1");
	assert_true(has(&heard, "lo ,"));
	assert_true(has(&heard, "vx1 vxlan,"));
	assert_true(has(&heard, "-vx1 vxlan,"));
}

/* Several kinds, of all lengths: the last of them, and one that is the beginning of another. */
static void test_several(void **state)
{
	static const char *const several[] = {"ip",   "veth1", "bridgex", "bridge",
					      "vxla", "veth",  "x",	  NULL};
	_cleanup_(cleanup_monitor) struct link_monitor *monitor = open_monitor();
	struct heard heard;

	assert_int_equal(listen_to(monitor, several, false, false), 0);
	heard = hear(monitor, "ip link add b0 type bridge; "
			      "ip link add vx1 type vxlan id 1 dstport 4789; "
			      "ip link add v0 type veth peer name v1; "
			      "ip link del b0; ip link del vx1; ip link del v0");
	assert_true(has(&heard, "-b0 bridge,"));
	assert_true(has(&heard, "-v0 veth,"));
	assert_false(has(&heard, "vx1"));
}

/* Whoever listens to more than before must look at what it did not hear. */
static void test_change(void **state)
{
	static const char *const both[] = {"vxlan", "bridge", NULL};
	_cleanup_(cleanup_monitor) struct link_monitor *monitor = open_monitor();
	struct heard heard;

	assert_int_equal(listen_to(monitor, vxlan, false, false), 0);
	assert_int_equal(listen_to(monitor, vxlan, false, false), 0);
	assert_int_equal(listen_to(monitor, both, false, false), 1);
	assert_int_equal(listen_to(monitor, both, false, false), 0);
	heard = hear(monitor, "ip link add d0 type bridge; ip link del d0");
	assert_true(has(&heard, "d0 bridge,"));
}

/* So many kinds that the kernel does not take the program: then everything is heard. */
static void test_refused(void **state)
{
	_cleanup_(link_kinds_clear) struct link_kinds kinds = {.named = NULL};
	_cleanup_(cleanup_monitor) struct link_monitor *monitor = open_monitor();
	static char names[2000][16];
	struct heard heard;

	for (unsigned int i = 0; i < N_ELEMENTS(names); i++) {
		snprintf(names[i], sizeof(names[i]), "kind%u", i);
		assert_int_equal(link_kinds_add(&kinds, names[i]), 0);
	}
	assert_int_equal(link_monitor_set_kinds(monitor, &kinds), 0);
	heard = hear(monitor, "ip link add d0 type bridge; ip link del d0");
	assert_true(has(&heard, "d0 bridge,"));

	assert_int_equal(listen_to(monitor, vxlan, false, false), 0);
	assert_int_equal(link_monitor_set_kinds(monitor, &kinds), 1);
	heard = hear(monitor, "ip link add d0 type bridge; ip link del d0");
	assert_true(has(&heard, "d0 bridge,"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_others_are_dropped),
		cmocka_unit_test(test_all_of_the_kind_pass),
		cmocka_unit_test(test_without_a_kind),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_refused),
	};

	if (live_namespace_enter() != 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
