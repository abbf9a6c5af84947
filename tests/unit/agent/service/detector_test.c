/* SPDX-License-Identifier: Apache-2.0 */

/*
 * When the service detects, and what it makes of the answers. The child is this same program:
 * started as `offload-agent facts ...` it answers with what --proxy-metrics says as the kernel's
 * release, unless that is "error" or "hang"; with --nat-rules it has a flow.
 */

#include "agent/base/monotonic.h"
#include "agent/service/detector.h"
#include "cleanup.h"
#include "tests/unit/agent/private_run.h"
#include "tests/unit/agent/tree.h"
#include "tests/unit/unit.h"

#include <poll.h>
#include <string.h>

#define START	    UINT64_C(1000)
#define PATIENCE_MS 20000

static int play(char *argv[])
{
	const char option[] = "--proxy-metrics=";
	const char *part = "";

	for (size_t i = 2; argv[i]; i++) {
		if (strcmp(argv[i], "--nat-rules") == 0)
			return puts("{\"nat_rules\":{\"read\":true,\"vulnerable\":\"yes\"},"
				    "\"nat_seen\":{\"looked\":true,\"flows\":3,\"rewritten\":2}}") <
			       0;
		if (strncmp(argv[i], option, strlen(option)) == 0)
			part = argv[i] + strlen(option);
	}
	if (strcmp(part, "error") == 0)
		return 70;
	while (strcmp(part, "hang") == 0)
		pause();
	printf("{\"kernel\":{\"release\":\"%s\"}}", part);
	return 0;
}

static struct detector detector;
static struct facts facts;
static struct tree tree;

static int setup(void **state)
{
	detector = (struct detector)DETECTOR_NONE;
	tree_make(&tree);
	return detector_open(&detector);
}

static int teardown(void **state)
{
	detector_clear(&detector);
	facts_clear(&facts);
	tree_remove(&tree);
	return 0;
}

/* From now on it finds this kernel's release. */
static void configure(const char *release, bool nat_rules)
{
	const struct detect_options options = {
		.root = tree.path, .proxy_metrics = release, .nat_rules = nat_rules};

	detector_configure(&detector, &options);
}

/* One detection, begun when it is due; it takes `took` milliseconds. Returns whether it changed
 * the facts. */
static bool detect(uint64_t took)
{
	uint64_t begin = detector_due(&detector);
	bool changed = false;

	assert_false(detector_wake(&detector, &facts, begin));
	assert_non_null(detector.child);
	while (detector.child) {
		struct pollfd polled = {.fd = detector_child_fd(&detector), .events = POLLIN};

		assert_false(changed);
		assert_int_equal(poll(&polled, 1, PATIENCE_MS), 1);
		changed = detector_read_child(&detector, &facts, begin + took);
	}
	return changed;
}

static void test_changes_are_told(void **state)
{
	configure("4.19.118", false);
	assert_true(detector_due(&detector) == UINT64_MAX);
	detector_start(&detector, START);
	assert_int_equal(detector_due(&detector), START + DETECT_FIRST_MS);
	assert_true(detect(100));
	assert_string_equal(facts.kernel.release, "4.19.118");
	assert_int_equal(detector_due(&detector), START + 2 * DETECT_FIRST_MS + 100);
	/* The same again: no news, and more rarely. */
	assert_false(detect(100));
	assert_int_equal(detector_due(&detector), START + 4 * DETECT_FIRST_MS + 200);
	configure("5.10.0", false);
	assert_true(detect(100));
	assert_string_equal(facts.kernel.release, "5.10.0");
}

static void test_failure_keeps_the_facts(void **state)
{
	uint64_t begin;

	configure("4.19.118", false);
	detector_start(&detector, START);
	assert_true(detect(0));
	configure("error", false);
	begin = detector_due(&detector);
	assert_false(detect(0));
	assert_string_equal(facts.kernel.release, "4.19.118");
	/* The next one comes as after any other. */
	assert_true(detector_due(&detector) > begin);
	assert_true(detector_due(&detector) != UINT64_MAX);
	configure("4.19.119", false);
	assert_true(detect(0));
}

/* One that does not answer is ended when its time is over. */
static void test_silence_is_ended(void **state)
{
	uint64_t before = monotonic_now_ms(), deadline;

	configure("hang", false);
	detector_start(&detector, before);
	assert_false(detector_wake(&detector, &facts, detector_due(&detector)));
	deadline = detector_due(&detector);
	assert_true(deadline >= before + DETECT_TIME_LIMIT_MS);
	assert_false(detector_read_child(&detector, &facts, before));
	assert_non_null(detector.child);
	assert_false(detector_wake(&detector, &facts, deadline));
	assert_null(detector.child);
	assert_null(facts.kernel.release);
	assert_true(detector_due(&detector) > deadline);
}

/* What happens during a detection may have come too late for it. */
static void test_hurry(void **state)
{
	uint64_t begin;

	configure("4.19.118", false);
	detector_start(&detector, START);
	detector_hurry(&detector, START, 0);
	begin = detector_due(&detector);
	assert_int_equal(begin, START);
	assert_true(detect(0));
	detector_hurry(&detector, START, DETECT_SOON_MS);
	assert_int_equal(detector_due(&detector), START + DETECT_SOON_MS);
	assert_false(detector_wake(&detector, &facts, START + DETECT_SOON_MS));
	detector_hurry(&detector, START + DETECT_SOON_MS, 0);
	while (detector.child) {
		struct pollfd polled = {.fd = detector_child_fd(&detector), .events = POLLIN};

		assert_int_equal(poll(&polled, 1, PATIENCE_MS), 1);
		detector_read_child(&detector, &facts, START + DETECT_SOON_MS);
	}
	assert_int_equal(detector_due(&detector), START + 2 * DETECT_SOON_MS);
}

/* Nat rules are read when something happened; in between, what is known of them is kept. */
static void test_nat_rules(void **state)
{
	configure("4.19.118", true);
	detector_start(&detector, START);
	assert_true(detect(0));
	assert_false(detector.looks_at_nat);
	assert_false(facts.nat_rules.read);
	detector_hurry(&detector, START + DETECT_FIRST_MS, 0);
	assert_true(detect(0));
	assert_true(detector.looks_at_nat);
	assert_true(facts.nat_rules.read);
	assert_int_equal(facts.nat_seen.rewritten, 2);
	assert_false(detect(0));
	assert_false(detector.looks_at_nat);
	assert_true(facts.nat_rules.read);
	/* They were to be read by one that failed: the next one does. */
	detector_hurry(&detector, START + 3 * DETECT_FIRST_MS, 0);
	configure("error", true);
	assert_false(detect(0));
	configure("4.19.118", true);
	assert_false(detect(0));
	assert_true(detector.looks_at_nat);
	/* They are not wanted any more: what was known of them goes. */
	configure("4.19.118", false);
	assert_true(detect(0));
	assert_false(facts.nat_rules.read);
}

/* A device that is made anew has the node looked at, but not its nat rules, as the first one has.
 */
static void test_devices(void **state)
{
	configure("4.19.118", true);
	detector_start(&detector, START);
	detector_take_device(&detector, START);
	assert_int_equal(detector_due(&detector), START + DETECT_SOON_MS);
	assert_true(detect(0));
	assert_true(detector.looks_at_nat);
	detector_take_device(&detector, START + 10000);
	assert_int_equal(detector_due(&detector), START + 10000 + DETECT_SOON_MS);
	assert_false(detect(0));
	assert_false(detector.looks_at_nat);
	assert_true(facts.nat_rules.read);
	assert_int_equal(facts.nat_seen.rewritten, 2);
}

static bool programs_changed(void)
{
	struct pollfd polled = {.fd = detector_programs_fd(&detector), .events = POLLIN};

	return poll(&polled, 1, 0) == 1;
}

/* A folder of programs is watched as soon as a detection has ended after it came. */
static void test_programs(void **state)
{
	configure("4.19.118", false);
	detector_start(&detector, START);
	tree_write(&tree, "/usr/bin/kubelet", "", 0755);
	assert_false(programs_changed());
	assert_true(detect(0));
	tree_write(&tree, "/usr/bin/other", "", 0755);
	assert_true(programs_changed());
	detector_read_programs(&detector, START);
	assert_int_equal(detector_due(&detector), START + 2 * DETECT_FIRST_MS);
	tree_write(&tree, "/usr/bin/kubelet", "another", 0755);
	assert_true(programs_changed());
	detector_read_programs(&detector, START);
	assert_int_equal(detector_due(&detector), START + DETECT_SOON_MS);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_changes_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failure_keeps_the_facts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_silence_is_ended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hurry, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nat_rules, setup, teardown),
		cmocka_unit_test_setup_teardown(test_devices, setup, teardown),
		cmocka_unit_test_setup_teardown(test_programs, setup, teardown),
	};
	int result;

	if (argc > 1 && strcmp(argv[1], "facts") == 0)
		return play(argv);
	tree_require_root();
	result = private_run_enter();
	return result ? result : cmocka_run_group_tests(tests, NULL, NULL);
}
