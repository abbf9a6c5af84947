/* SPDX-License-Identifier: Apache-2.0 */
/* The folders of programs, in a tree of the test's own. */
#include "agent/detect/program_watch.h"
#include "tests/unit/agent/tree.h"
#include "tests/unit/unit.h"

#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct tree tree;
static struct program_watch *watch;

static int setup(void **state)
{
	tree_make(&tree);
	tree_folder(&tree, "/usr/bin", 0755);
	return program_watch_open(&watch);
}

static int teardown(void **state)
{
	program_watch_close(watch);
	tree_remove(&tree);
	return 0;
}

static void begin(const char *kubelet)
{
	assert_int_equal(program_watch_set(watch, tree.path, kubelet), 0);
	assert_false(program_watch_read(watch));
}

/* inotify's events are there when the call that caused them returns. */
static void assert_noticed(void)
{
	struct pollfd poll_fd = {.fd = program_watch_fd(watch), .events = POLLIN};

	assert_int_equal(poll(&poll_fd, 1, 0), 1);
	assert_true(program_watch_read(watch));
	assert_false(program_watch_read(watch));
}

static void notices_all_changes(void **state)
{
	char from[256];

	begin(NULL);
	tree_write(&tree, "/usr/bin/kubelet", "one", 0755);
	assert_noticed();
	tree_write(&tree, "/usr/bin/kubelet", "two", 0755);
	assert_noticed();
	tree_write(&tree, "/usr/bin/kubelet.new", "three", 0755);
	assert_false(program_watch_read(watch));
	snprintf(from, sizeof(from), "%s", tree_path(&tree, "/usr/bin/kubelet.new"));
	assert_int_equal(rename(from, tree_path(&tree, "/usr/bin/kubelet")), 0);
	assert_noticed();
	assert_int_equal(unlink(tree_path(&tree, "/usr/bin/kubelet")), 0);
	assert_noticed();
}

static void ignores_other_programs(void **state)
{
	begin(NULL);
	for (int i = 0; i < 200; i++)
		tree_write(&tree, "/usr/bin/kubeletx", "other", 0755);
	assert_false(program_watch_read(watch));
}

/* One among many others, in more than one read. */
static void finds_it_among_many(void **state)
{
	begin(NULL);
	for (int i = 0; i < 200; i++)
		tree_write(&tree, i == 100 ? "/usr/bin/kubelet" : "/usr/bin/x", "x", 0755);
	assert_noticed();
}

static void folder_that_comes_later(void **state)
{
	begin(NULL);
	tree_write(&tree, "/usr/local/bin/k3s", "k3s", 0755);
	assert_false(program_watch_read(watch)); /* the timer's task */
	begin(NULL);
	tree_write(&tree, "/usr/local/bin/k3s", "other", 0755);
	assert_noticed();
}

static void folder_that_goes(void **state)
{
	begin(NULL);
	assert_int_equal(rmdir(tree_path(&tree, "/usr/bin")), 0);
	assert_noticed();
}

static void configured_kubelet_alone(void **state)
{
	tree_folder(&tree, "/opt", 0755);
	begin("/opt/strange");
	tree_write(&tree, "/usr/bin/kubelet", "usual", 0755);
	assert_false(program_watch_read(watch));
	tree_write(&tree, "/opt/strange", "strange", 0755);
	assert_noticed();
	/* And back: what is left of the old folder's watch notices nothing. */
	begin(NULL);
	tree_write(&tree, "/opt/strange", "again", 0755);
	assert_false(program_watch_read(watch));
	tree_write(&tree, "/usr/bin/kubelet", "again", 0755);
	assert_noticed();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(notices_all_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(ignores_other_programs, setup, teardown),
		cmocka_unit_test_setup_teardown(finds_it_among_many, setup, teardown),
		cmocka_unit_test_setup_teardown(folder_that_comes_later, setup, teardown),
		cmocka_unit_test_setup_teardown(folder_that_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(configured_kubelet_alone, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
