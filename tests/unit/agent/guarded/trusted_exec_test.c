/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/monotonic.h"
#include "agent/guarded/trusted_exec.h"
#include "cleanup.h"
#include "tests/unit/agent/tree.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Short, so that the test is quick; long enough for a shell on a busy machine. */
#define LIMIT_MS 2000

static void test_answers(void **state)
{
	static const struct {
		const char *commands;
		const char *output; /* NULL: refused, with: */
		const char *why;
	} cases[] = {
		{"echo \"$# $1\"", "1 --version\n", NULL},
		{"printf ''", "", NULL},
		{"exit 3", NULL, "/bin/p --version: ended with exit code 3"},
		{"echo Kubernetes v1.18.3; exit 1", NULL,
		 "/bin/p --version: ended with exit code 1"},
		{"kill -9 $$", NULL, "/bin/p --version: was killed by signal 9"},
		{"while :; do echo Kubernetes v1.18.3; done", NULL,
		 "/bin/p --version: printed more than 4096 bytes, was killed"},
		{"printf 'a\\000b'", NULL, "/bin/p --version: printed something else than text"},
	};
	struct tree tree;

	tree_make(&tree);
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_free_ char *output = NULL, *why = NULL;
		int result;

		tree_script(&tree, "/bin/p", cases[i].commands);
		result = trusted_exec_version(tree.root, "/bin/p", "--version", 10 * LIMIT_MS,
					      &output, &why);
		if (cases[i].output) {
			assert_int_equal(result, 0);
			assert_string_equal(output, cases[i].output);
			assert_null(why);
		} else {
			assert_int_equal(result, -EPERM);
			assert_string_equal(why, cases[i].why);
			assert_null(output);
		}
	}
	tree_remove(&tree);
}

static void test_hang(void **state)
{
	static const char *const hanging[] = {
		"exec sleep 300",
		"echo Kubernetes v1.18.3; exec >/dev/null; exec sleep 300",
		"sleep 300 & echo Kubernetes v1.18.3",
		"trap '' TERM; while :; do :; done",
	};
	struct tree tree;

	tree_make(&tree);
	for (size_t i = 0; i < N_ELEMENTS(hanging); i++) {
		_cleanup_free_ char *output = NULL, *why = NULL;
		uint64_t started = monotonic_now_ms();

		tree_script(&tree, "/bin/p", hanging[i]);
		assert_int_equal(
			trusted_exec_version(tree.root, "/bin/p", "--version", 300, &output, &why),
			-EPERM);
		assert_string_equal(why, "/bin/p --version: did not end within 300 ms, was killed");
		assert_true(monotonic_now_ms() - started < 10000);
	}
	tree_remove(&tree);
}

static void test_not_executed(void **state)
{
	_cleanup_free_ char *output = NULL, *why = NULL;
	struct tree tree;

	tree_make(&tree);
	assert_int_equal(
		trusted_exec_version(tree.root, "/bin/p", "--version", LIMIT_MS, &output, &why),
		-ENOENT);
	assert_null(why);
	tree_script(&tree, "/bin/p", "echo ran >&2");
	assert_int_equal(chmod(tree_path(&tree, "/bin"), 0777), 0);
	assert_int_equal(
		trusted_exec_version(tree.root, "/bin/p", "--version", LIMIT_MS, &output, &why),
		-EPERM);
	assert_non_null(strstr(why, "/bin/p: not executed: "));
	assert_non_null(strstr(why, "/bin may be written by others than root; chmod go-w "));
	free(TAKE_PTR(why));
	/* No program, though it may be executed. */
	tree_write(&tree, "/usr/p", "\177ELF\001garbage", 0755);
	assert_int_equal(
		trusted_exec_version(tree.root, "/usr/p", "--version", LIMIT_MS, &output, &why),
		-EPERM);
	assert_string_equal(why, "/usr/p --version: cannot be executed without privileges");
	assert_null(output);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_hang),
		cmocka_unit_test(test_not_executed),
	};

	tree_require_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
