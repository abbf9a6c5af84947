/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/detect/detect_kernel.h"
#include "cleanup.h"
#include "tests/unit/agent/tree.h"
#include "tests/unit/unit.h"

#include <string.h>
#include <sys/utsname.h>

static void test_parse_proc_version(void **state)
{
	static const struct {
		const char *text, *release, *version;
	} cases[] = {
		{"Linux version 4.19.0-9-amd64 (a@b) (gcc version 8.3.0 (Debian 8.3.0-6)) #1 SMP "
		 "Debian 4.19.118-2 (2020-04-29)\n",
		 "4.19.0-9-amd64", "#1 SMP Debian 4.19.118-2 (2020-04-29)"},
		{"Linux version 4.14.177 (gcc #7 of it) #1 SMP x", "4.14.177", "#1 SMP x"},
		{"Linux version 4.14.177", "4.14.177", NULL},
		{"Linux version 4.14.177 #", "4.14.177", "#"},
		{"Linux version ", NULL, NULL},
		{"FreeBSD version 4.14.177 #1", NULL, NULL},
		{"", NULL, NULL},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_free_ char *release = NULL, *version = NULL;

		assert_int_equal(
			detect_kernel_parse_proc_version(cases[i].text, &release, &version), 0);
		assert_same_text(cases[i].text, release, cases[i].release);
		assert_same_text(cases[i].text, version, cases[i].version);
	}
}

static void test_keeps_what_is_known(void **state)
{
	_cleanup_free_ char *release = strdup("4.19.0"), *version = NULL;

	assert_int_equal(
		detect_kernel_parse_proc_version("Linux version 5.4 #2", &release, &version), 0);
	assert_string_equal(release, "4.19.0");
	assert_string_equal(version, "#2");
}

static void test_files(void **state)
{
	struct kernel_facts kernel = {0};
	struct utsname name;
	struct tree tree;

	tree_make(&tree);
	/* An image: no /proc in it. */
	assert_int_equal(uname(&name), 0);
	assert_int_equal(detect_kernel(tree.root, NULL, &kernel), 0);
	assert_string_equal(kernel.release, name.release);
	assert_string_equal(kernel.version, name.version);
	assert_string_equal(kernel.source, "uname(2)");
	kernel_facts_clear(&kernel);

	tree_write(&tree, "/proc/version", "Linux version 4.19.120 (a) #3 SMP\n", 0644);
	assert_int_equal(detect_kernel(tree.root, NULL, &kernel), 0);
	assert_string_equal(kernel.release, "4.19.120");
	assert_string_equal(kernel.version, "#3 SMP");
	assert_string_equal(kernel.source, "/proc");
	assert_null(kernel.signature);
	kernel_facts_clear(&kernel);

	tree_write(&tree, "/proc/sys/kernel/osrelease", "4.15.0-106-generic\n", 0644);
	tree_write(&tree, "/proc/sys/kernel/version", "#107-Ubuntu SMP Thu\nmore\n", 0644);
	tree_write(&tree, "/proc/version_signature", "Ubuntu 4.15.0-106.107-generic 4.15.18\n",
		   0644);
	assert_int_equal(detect_kernel(tree.root, "ubuntu", &kernel), 0);
	assert_string_equal(kernel.release, "4.15.0-106-generic");
	assert_string_equal(kernel.version, "#107-Ubuntu SMP Thu");
	assert_string_equal(kernel.signature, "Ubuntu 4.15.0-106.107-generic 4.15.18");
	assert_string_equal(kernel.family, "ubuntu");
	assert_string_equal(kernel.build, "106.107");
	kernel_facts_clear(&kernel);
	tree_remove(&tree);
}

static void test_given(void **state)
{
	struct kernel_facts kernel = {0};

	assert_int_equal(detect_kernel_given("4.19.118", &kernel), 0);
	assert_string_equal(kernel.release, "4.19.118");
	assert_string_equal(kernel.base, "4.19.118");
	assert_string_equal(kernel.source, "option");
	assert_null(kernel.version);
	assert_null(kernel.signature);
	kernel_facts_clear(&kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_proc_version),
		cmocka_unit_test(test_keeps_what_is_known),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
