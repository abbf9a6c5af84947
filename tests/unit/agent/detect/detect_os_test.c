/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/detect/detect_os.h"
#include "tests/unit/agent/tree.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

static void test_parse(void **state)
{
	static const struct {
		const char *text, *id, *version_id, *pretty_name;
	} cases[] = {
		{"", NULL, NULL, NULL},
		{"\n\n# ID=comment\n", NULL, NULL, NULL},
		{"ID=debian\nVERSION_ID=\"10\"\nPRETTY_NAME='Debian 10'\n", "debian", "10",
		 "Debian 10"},
		{"ID=debian", "debian", NULL, NULL}, /* no newline at the end */
		{"ID=debian\r\nVERSION_ID=\"10\"\r\n", "debian", "10", NULL},
		{"  ID=a  \n", "a", NULL, NULL},
		{"ID=a\nID=b\n", "b", NULL, NULL},
		{"ID=a\nID=\n", NULL, NULL, NULL},
		{"ID=\"\"\n", NULL, NULL, NULL},
		{"ID_LIKE=a\nXID=b\nID\n=c\n", NULL, NULL, NULL},
		{"PRETTY_NAME=\"a \\\"b\\\" \\$c \\`d\\\\ \\e\"\n", NULL, NULL,
		 "a \"b\" $c `d\\ \\e"},
		{"PRETTY_NAME='a \"b\\'\n", NULL, NULL, "a \"b\\"},
		{"PRETTY_NAME=a\\ b\\'c\n", NULL, NULL, "a b'c"},
		{"PRETTY_NAME=\"half\" 'and half'\n", NULL, NULL, "half and half"},
		{"PRETTY_NAME=\"not closed\n", NULL, NULL, "not closed"},
		{"PRETTY_NAME=ends with\\\nID=a\n", "a", NULL, "ends with\\"},
		{"PRETTY_NAME=\"a=b\"\n", NULL, NULL, "a=b"},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct os_facts os = {0};

		assert_int_equal(detect_os_parse(cases[i].text, &os), 0);
		assert_same_text(cases[i].text, os.id, cases[i].id);
		assert_same_text(cases[i].text, os.version_id, cases[i].version_id);
		assert_same_text(cases[i].text, os.pretty_name, cases[i].pretty_name);
		os_facts_clear(&os);
	}
}

static void test_files(void **state)
{
	struct os_facts os = {0};
	struct tree tree;
	char *large;

	tree_make(&tree);
	assert_int_equal(detect_os(tree.root, &os), 0);
	assert_null(os.id);
	assert_null(os.source);

	tree_write(&tree, "/usr/lib/os-release", "ID=usr\n", 0644);
	assert_int_equal(detect_os(tree.root, &os), 0);
	assert_string_equal(os.id, "usr");
	assert_string_equal(os.source, "/usr/lib/os-release");
	os_facts_clear(&os);

	tree_write(&tree, "/etc/os-release", "ID=etc\n", 0644);
	assert_int_equal(detect_os(tree.root, &os), 0);
	assert_string_equal(os.id, "etc");
	assert_string_equal(os.source, "/etc/os-release");
	os_facts_clear(&os);

	large = calloc(1, 70001);
	memset(large, '\n', 70000);
	tree_write(&tree, "/etc/os-release", large, 0644);
	free(large);
	assert_int_equal(detect_os(tree.root, &os), 0);
	assert_null(os.id);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
