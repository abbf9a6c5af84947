/* SPDX-License-Identifier: Apache-2.0 */

#include "cleanup.h"
#include "policy/file/diagnostics.h"
#include "policy/file/setting.h"
#include "policy/string_list.h"
#include "tests/unit/agent/folder.h"
#include "tests/unit/policy/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* A folder, and the file "x.conf" in it, which is shown as "X". */
struct fixture {
	struct folder folder;
	struct setting_file file;
	struct diagnostics diagnostics;
	const config_setting_t *top;
};

static void fixture_make(struct fixture *fixture)
{
	*fixture = (struct fixture){.top = NULL};
	folder_make(&fixture->folder);
}

static void fixture_remove(struct fixture *fixture)
{
	setting_file_close(&fixture->file);
	diagnostics_clear(&fixture->diagnostics);
	folder_remove(&fixture->folder);
}

static int open_file(struct fixture *fixture)
{
	int result = setting_file_open(fixture->folder.fd, "x.conf", "X", &fixture->diagnostics,
				       &fixture->file);

	if (result == 0)
		fixture->top = config_root_setting(&fixture->file.config);
	return result;
}

static void write_text(struct fixture *fixture, const char *text)
{
	folder_write(&fixture->folder, "x.conf", text, strlen(text));
}

/* Makes a fixture with a good file. */
static void fixture_open(struct fixture *fixture, const char *text)
{
	fixture_make(fixture);
	write_text(fixture, text);
	assert_int_equal(open_file(fixture), 0);
	assert_string_equal(fixture->file.path, "X");
	assert_int_equal(fixture->diagnostics.n_texts, 0);
}

/* Exactly this one diagnostic was added since the last call. */
static void expect_diagnostic(struct fixture *fixture, const char *expected)
{
	assert_int_equal(fixture->diagnostics.n_texts, 1);
	assert_string_equal(fixture->diagnostics.texts[0], expected);
	diagnostics_clear(&fixture->diagnostics);
}

/* A file that is refused as it is, with that diagnostic. */
static void expect_refused(struct fixture *fixture, const char *expected)
{
	assert_int_equal(open_file(fixture), -EBADMSG);
	expect_diagnostic(fixture, expected);
	setting_file_close(&fixture->file);
}

static void test_nothing(void **state)
{
	static const char *const empty[] = {"", "\n\n", "// nothing\n# and /* again */\n",
					    "/* nothing\n */"};
	struct fixture fixture;

	fixture_make(&fixture);
	for (size_t i = 0; i < N_ELEMENTS(empty); i++) {
		write_text(&fixture, empty[i]);
		assert_int_equal(open_file(&fixture), 1);
		setting_file_close(&fixture.file);
	}
	assert_int_equal(unlinkat(fixture.folder.fd, "x.conf", 0), 0);
	assert_int_equal(symlinkat("/dev/null", fixture.folder.fd, "x.conf"), 0);
	assert_int_equal(open_file(&fixture), 1);
	assert_int_equal(fixture.diagnostics.n_texts, 0);
	fixture_remove(&fixture);
}

/* No file is fine where it is not listed; a link to nothing never is. */
static void test_absent(void **state)
{
	static const char nowhere[] = "X: links to a file that is not there; remove it, or link it "
				      "to /dev/null to mask what it replaces";
	_cleanup_free_ char *path = NULL;
	struct fixture fixture;

	fixture_make(&fixture);
	assert_true(asprintf(&path, "%s/x.conf", fixture.folder.path) > 0);
	assert_int_equal(
		setting_file_open(AT_FDCWD, path, "X", &fixture.diagnostics, &fixture.file),
		-ENOENT);
	assert_int_equal(fixture.diagnostics.n_texts, 0);
	expect_refused(&fixture, nowhere);
	assert_int_equal(symlinkat("not-there", fixture.folder.fd, "x.conf"), 0);
	expect_refused(&fixture, nowhere);
	assert_int_equal(
		setting_file_open(AT_FDCWD, path, "X", &fixture.diagnostics, &fixture.file),
		-EBADMSG);
	expect_diagnostic(&fixture, nowhere);
	fixture_remove(&fixture);
}

static void test_text(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		const char *diagnostic;
	} cases[] = {
		{"a = 1;\nb = \"\0\";\n", 15, "X: is no text: it holds a NUL byte"},
		{"a = 1;\0", 7, "X: is no text: it holds a NUL byte"},
		{"\177ELF\2\1\1", 7, "X:1: is no text: byte 0x7f"},
		{"a = 1;\nb = 2; \033[2J\n", 19, "X:2: is no text: byte 0x1b"},
		{"@include \"y.conf\"\n", 18,
		 "X:1: @include is not allowed; put the file into the folder"},
		{"a = 1;\n\t @include \"/etc/passwd\"", 31,
		 "X:2: @include is not allowed; put the file into the folder"},
		{"a = 1;\nb = ", 11, "X:2: syntax error"},
		{"a = 1;\nb = \"cut off", 19, "X:2: syntax error"},
		{"a = 1;\n\nb == 2;\n", 16, "X:3: syntax error"},
		{"a = 1;\na = 2;\n", 14, "X:2: duplicate setting name"},
	};
	struct fixture fixture;

	fixture_make(&fixture);
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		folder_write(&fixture.folder, "x.conf", cases[i].text, cases[i].size);
		expect_refused(&fixture, cases[i].diagnostic);
	}
	/* Letters of other scripts and Windows' line ends are text. */
	write_text(&fixture, "a = \"\303\244\";\r\n\tb = 2;\r\n");
	assert_int_equal(open_file(&fixture), 0);
	fixture_remove(&fixture);
}

static void test_size(void **state)
{
	struct fixture fixture;
	char *text = malloc(SETTING_FILE_SIZE_MAX + 1);

	assert_non_null(text);
	memset(text, ' ', SETTING_FILE_SIZE_MAX + 1);
	memcpy(text, "a = 1;", 6);
	fixture_make(&fixture);
	folder_write(&fixture.folder, "x.conf", text, SETTING_FILE_SIZE_MAX + 1);
	expect_refused(&fixture, "X: is larger than 1024 KiB");
	folder_write(&fixture.folder, "x.conf", text, SETTING_FILE_SIZE_MAX);
	assert_int_equal(open_file(&fixture), 0);
	free(text);
	fixture_remove(&fixture);
}

static void test_permissions(void **state)
{
	static const struct {
		uid_t owner;
		mode_t mode;
		const char *diagnostic;
	} cases[] = {
		{0, 0644, NULL},
		{0, 0400, NULL},
		{0, 0755, NULL},
		{0, 0664, "X: others than root may write it; chmod go-w it"},
		{0, 0646, "X: others than root may write it; chmod go-w it"},
		{0, 0666, "X: others than root may write it; chmod go-w it"},
		{65534, 0644, "X: is not owned by root; chown root it"},
		{65534, 0444, "X: is not owned by root; chown root it"},
	};
	struct fixture fixture;

	fixture_make(&fixture);
	write_text(&fixture, "a = 1;\n");
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		assert_int_equal(fchownat(fixture.folder.fd, "x.conf", cases[i].owner, 0, 0), 0);
		assert_int_equal(fchmodat(fixture.folder.fd, "x.conf", cases[i].mode, 0), 0);
		if (cases[i].diagnostic) {
			expect_refused(&fixture, cases[i].diagnostic);
			continue;
		}
		assert_int_equal(open_file(&fixture), 0);
		setting_file_close(&fixture.file);
	}
	/* A link is as good as the file it leads to. */
	assert_int_equal(renameat(fixture.folder.fd, "x.conf", fixture.folder.fd, "y"), 0);
	assert_int_equal(symlinkat("y", fixture.folder.fd, "x.conf"), 0);
	expect_refused(&fixture, "X: is not owned by root; chown root it");
	assert_int_equal(fchownat(fixture.folder.fd, "y", 0, 0, 0), 0);
	assert_int_equal(fchmodat(fixture.folder.fd, "y", 0644, 0), 0);
	assert_int_equal(open_file(&fixture), 0);
	fixture_remove(&fixture);
}

/* Other kinds of files are refused, and none of them hangs the reader. */
static void test_kinds(void **state)
{
	struct fixture fixture;

	fixture_make(&fixture);
	assert_int_equal(mkfifoat(fixture.folder.fd, "x.conf", 0600), 0);
	expect_refused(&fixture, "X: is no regular file");
	assert_int_equal(unlinkat(fixture.folder.fd, "x.conf", 0), 0);
	assert_int_equal(mkdirat(fixture.folder.fd, "x.conf", 0700), 0);
	expect_refused(&fixture, "X: is no regular file");
	assert_int_equal(unlinkat(fixture.folder.fd, "x.conf", AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat("/dev/zero", fixture.folder.fd, "x.conf"), 0);
	expect_refused(&fixture, "X: is no regular file");
	assert_int_equal(unlinkat(fixture.folder.fd, "x.conf", 0), 0);
	assert_int_equal(symlinkat("x.conf", fixture.folder.fd, "x.conf"), 0);
	expect_refused(&fixture, "X: cannot be opened: Too many levels of symbolic links");
	fixture_remove(&fixture);
}

static const char settings[] = "text = \"value\";\n"
			       "empty = \"\";\n"
			       "bell = \"a\\x07\";\n"
			       "yes = true;\n"
			       "number = 60;\n"
			       "big = 6000000000L;\n"
			       "half = 0.5;\n"
			       "array = [ \"tx\", \"rx\" ];\n"
			       "list = ( \"tx\" );\n"
			       "none = ( );\n"
			       "mixed = ( \"tx\",\n"
			       "  5 );\n"
			       "holed = [ \"tx\", \"\" ];\n"
			       "group = { key = 1; };\n"
			       "groups = ( { key = 1; }, { } );\n"
			       "not_groups = ( { key = 1; },\n"
			       "  1 );\n";

static void test_string(void **state)
{
	struct fixture fixture;
	struct setting_file *file = &fixture.file;
	_cleanup_free_ char *text = NULL;

	fixture_open(&fixture, settings);
	assert_int_equal(setting_read_string(file, fixture.top, "absent", &text), 0);
	assert_int_equal(setting_read_string(file, fixture.top, "empty", &text), -EBADMSG);
	expect_diagnostic(&fixture, "X:2: empty: must not be empty");
	assert_int_equal(setting_read_string(file, fixture.top, "bell", &text), -EBADMSG);
	expect_diagnostic(&fixture, "X:3: bell: must not contain control characters");
	assert_int_equal(setting_read_string(file, fixture.top, "number", &text), -EBADMSG);
	expect_diagnostic(&fixture, "X:5: number: must be a string");
	assert_null(text);
	assert_int_equal(setting_read_string(file, fixture.top, "text", &text), 1);
	assert_string_equal(text, "value");
	fixture_remove(&fixture);
}

static void test_bool(void **state)
{
	struct fixture fixture;
	struct setting_file *file = &fixture.file;
	bool value = false;

	fixture_open(&fixture, settings);
	assert_int_equal(setting_read_bool(file, fixture.top, "absent", &value), 0);
	assert_int_equal(setting_read_bool(file, fixture.top, "number", &value), -EBADMSG);
	expect_diagnostic(&fixture, "X:5: number: must be true or false");
	assert_false(value);
	assert_int_equal(setting_read_bool(file, fixture.top, "yes", &value), 1);
	assert_true(value);
	fixture_remove(&fixture);
}

static void test_int(void **state)
{
	static const struct {
		const char *key;
		int minimum, maximum, result;
		const char *diagnostic;
	} cases[] = {
		{"absent", 0, 100, 0, NULL},
		{"number", 0, 100, 1, NULL},
		{"number", 60, 60, 1, NULL},
		{"number", 0, 59, -EBADMSG, "X:5: number: must be a whole number from 0 to 59"},
		{"number", 61, 99, -EBADMSG, "X:5: number: must be a whole number from 61 to 99"},
		{"big", 0, INT_MAX, -EBADMSG,
		 "X:6: big: must be a whole number from 0 to 2147483647"},
		{"half", 0, 1, -EBADMSG, "X:7: half: must be a whole number from 0 to 1"},
		{"yes", 0, 1, -EBADMSG, "X:4: yes: must be a whole number from 0 to 1"},
		{"text", 0, 1, -EBADMSG, "X:1: text: must be a whole number from 0 to 1"},
	};
	struct fixture fixture;

	fixture_open(&fixture, settings);
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		int value = -1;

		assert_int_equal(setting_read_int(&fixture.file, fixture.top, cases[i].key,
						  cases[i].minimum, cases[i].maximum, &value),
				 cases[i].result);
		assert_int_equal(value, cases[i].result == 1 ? 60 : -1);
		if (cases[i].diagnostic)
			expect_diagnostic(&fixture, cases[i].diagnostic);
	}
	assert_int_equal(fixture.diagnostics.n_texts, 0);
	fixture_remove(&fixture);
}

static void test_strings(void **state)
{
	static const struct {
		const char *key;
		int result;
		const char *strings[2];
		const char *diagnostic;
	} cases[] = {
		{"absent", 0, {NULL}, NULL},
		{"array", 1, {"tx", "rx"}, NULL},
		{"list", 1, {"tx"}, NULL},
		{"none", 1, {NULL}, NULL},
		{"text", -EBADMSG, {NULL}, "X:1: text: must be a list of strings: [ \"...\" ]"},
		{"group", -EBADMSG, {NULL}, "X:14: group: must be a list of strings: [ \"...\" ]"},
		{"mixed", -EBADMSG, {NULL}, "X:12: mixed: must hold strings only"},
		{"holed", -EBADMSG, {NULL}, "X:13: holed: must not be empty"},
	};
	struct fixture fixture;

	fixture_open(&fixture, settings);
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_(strings_cleanup) char **strings = NULL;

		assert_int_equal(
			setting_read_strings(&fixture.file, fixture.top, cases[i].key, &strings),
			cases[i].result);
		assert_int_equal(strings != NULL, cases[i].result == 1);
		for (size_t j = 0; strings && j < 2 && cases[i].strings[j]; j++)
			assert_string_equal(strings[j], cases[i].strings[j]);
		if (strings && !cases[i].strings[1])
			assert_null(strings[cases[i].strings[0] ? 1 : 0]);
		else if (strings)
			assert_null(strings[2]);
		if (cases[i].diagnostic)
			expect_diagnostic(&fixture, cases[i].diagnostic);
	}
	assert_int_equal(fixture.diagnostics.n_texts, 0);
	fixture_remove(&fixture);
}

static void test_choice(void **state)
{
	static const char *const choices[] = {"leave", "value", "restore", NULL};
	struct fixture fixture;
	struct setting_file *file = &fixture.file;
	int choice = -1;

	fixture_open(&fixture, settings);
	assert_int_equal(setting_read_choice(file, fixture.top, "absent", choices, &choice), 0);
	assert_int_equal(setting_read_choice(file, fixture.top, "bell", choices, &choice),
			 -EBADMSG);
	expect_diagnostic(&fixture, "X:3: bell: must be \"leave\" or \"value\" or \"restore\"");
	assert_int_equal(setting_read_choice(file, fixture.top, "number", choices, &choice),
			 -EBADMSG);
	expect_diagnostic(&fixture, "X:5: number: must be \"leave\" or \"value\" or \"restore\"");
	assert_int_equal(choice, -1);
	assert_int_equal(setting_read_choice(file, fixture.top, "text", choices, &choice), 1);
	assert_int_equal(choice, 1);
	fixture_remove(&fixture);
}

static void test_groups(void **state)
{
	struct fixture fixture;
	struct setting_file *file = &fixture.file;
	const config_setting_t *found = NULL;

	fixture_open(&fixture, settings);
	assert_int_equal(setting_read_group(file, fixture.top, "absent", &found), 0);
	assert_int_equal(setting_read_group(file, fixture.top, "list", &found), -EBADMSG);
	expect_diagnostic(&fixture, "X:9: list: must be a group: { ... }");
	assert_int_equal(setting_read_group_list(file, fixture.top, "absent", &found), 0);
	assert_int_equal(setting_read_group_list(file, fixture.top, "group", &found), -EBADMSG);
	expect_diagnostic(&fixture, "X:14: group: must be a list of groups: ( { ... } )");
	assert_int_equal(setting_read_group_list(file, fixture.top, "not_groups", &found),
			 -EBADMSG);
	expect_diagnostic(&fixture, "X:17: not_groups: must hold groups only: { ... }");
	assert_null(found);
	assert_int_equal(setting_read_group(file, fixture.top, "group", &found), 1);
	assert_non_null(config_setting_get_member(found, "key"));
	assert_int_equal(setting_read_group_list(file, fixture.top, "groups", &found), 1);
	assert_int_equal(config_setting_length(found), 2);
	assert_int_equal(setting_read_group_list(file, fixture.top, "none", &found), 1);
	assert_int_equal(config_setting_length(found), 0);
	fixture_remove(&fixture);
}

static void test_check_keys(void **state)
{
	static const char *const known[] = {"a", "c", NULL};
	struct fixture fixture;

	fixture_open(&fixture, "a = 1;\nb = 2;\nc = { x = 3; };\nd = 4;\n");
	assert_int_equal(setting_check_keys(&fixture.file, fixture.top, known), -EBADMSG);
	assert_int_equal(fixture.diagnostics.n_texts, 2);
	assert_string_equal(fixture.diagnostics.texts[0],
			    "X:2: b: no such key here; the manual page lists them");
	assert_string_equal(fixture.diagnostics.texts[1],
			    "X:4: d: no such key here; the manual page lists them");
	fixture_remove(&fixture);

	fixture_open(&fixture, "c = 1;\na = 2;\n");
	assert_int_equal(setting_check_keys(&fixture.file, fixture.top, known), 0);
	assert_int_equal(fixture.diagnostics.n_texts, 0);
	fixture_remove(&fixture);
}

static void test_link_match(void **state)
{
	static const char *const allowed[] = {"name", "kind", "driver", "mac", NULL};
	static const struct {
		const char *text;
		const char *diagnostic;
	} cases[] = {
		{"name = \"eth[\";", "X:1: name: \"eth[\" is no glob: close every [ and escape \\"},
		{"mac = \"0a:58\\n\";", "X:1: mac: must not contain control characters"},
		{"mac = \"0a-58\";",
		 "X:1: mac: \"0a-58\" is no hardware address xx:xx:xx:xx:xx:xx"},
		{"kind = 1;", "X:1: kind: must be a string"},
		{"driver = \"\";", "X:1: driver: must not be empty"},
		{"\nudp_csum = true;",
		 "X:2: udp_csum: no such key here; the manual page lists them"},
	};
	struct link_match match = {.udp_csum = ANSWER_UNKNOWN};
	struct fixture fixture;

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		fixture_open(&fixture, cases[i].text);
		assert_int_equal(
			setting_read_link_match(&fixture.file, fixture.top, allowed, &match),
			-EBADMSG);
		assert_null(match.name);
		expect_diagnostic(&fixture, cases[i].diagnostic);
		fixture_remove(&fixture);
	}
	fixture_open(&fixture, "name = \"flannel.*\"; kind = \"vxlan\";\n");
	assert_int_equal(setting_read_link_match(&fixture.file, fixture.top, allowed, &match), 0);
	assert_string_equal(match.name, "flannel.*");
	assert_string_equal(match.kind, "vxlan");
	assert_null(match.driver);
	assert_int_equal(match.udp_csum, ANSWER_UNKNOWN);
	link_match_clear(&match);
	fixture_remove(&fixture);
}

static void test_directory_list(void **state)
{
	_cleanup_(strings_cleanup) char **names = NULL;
	_cleanup_free_ char *expected = NULL;
	_cleanup_close_ int fd = -1;
	struct fixture fixture;
	const char *path = fixture.folder.path;

	fixture_make(&fixture);
	folder_write(&fixture.folder, "20-b.conf", "", 0);
	folder_write(&fixture.folder, "10-a.conf", "", 0);
	folder_write(&fixture.folder, ".hidden.conf", "", 0);
	folder_write(&fixture.folder, ".conf", "", 0);
	folder_write(&fixture.folder, "c.conf.dpkg-old", "", 0);
	assert_int_equal(setting_directory_list(path, ".conf", &fixture.diagnostics, &fd, &names),
			 0);
	assert_string_equal(names[0], "10-a.conf");
	assert_string_equal(names[1], "20-b.conf");
	assert_null(names[2]);
	assert_int_equal(faccessat(fd, "10-a.conf", R_OK, 0), 0);
	cleanup_close(&fd);
	fd = -1;

	/* The sticky bit prevents no other user from adding a file. */
	assert_int_equal(fchmod(fixture.folder.fd, 01777), 0);
	assert_int_equal(setting_directory_list(path, ".conf", &fixture.diagnostics, &fd, &names),
			 -EBADMSG);
	assert_true(asprintf(&expected, "%s: others than root may write it; chmod go-w it", path) >
		    0);
	expect_diagnostic(&fixture, expected);
	assert_int_equal(fd, -1);
	assert_int_equal(fchmod(fixture.folder.fd, 0755), 0);
	assert_int_equal(fchown(fixture.folder.fd, 65534, 0), 0);
	assert_int_equal(setting_directory_list(path, ".conf", &fixture.diagnostics, &fd, &names),
			 -EBADMSG);
	assert_non_null(strstr(fixture.diagnostics.texts[0], ": is not owned by root"));
	assert_int_equal(setting_directory_list("/nonexistent/rules.d", ".conf",
						&fixture.diagnostics, &fd, &names),
			 -ENOENT);
	fixture_remove(&fixture);
}

/* A file is no folder. */
static void test_directory_is_file(void **state)
{
	_cleanup_(strings_cleanup) char **names = NULL;
	_cleanup_free_ char *path = NULL;
	struct fixture fixture;
	int fd = -1;

	fixture_make(&fixture);
	write_text(&fixture, "");
	assert_true(asprintf(&path, "%s/x.conf", fixture.folder.path) > 0);
	assert_int_equal(setting_directory_list(path, ".conf", &fixture.diagnostics, &fd, &names),
			 -EBADMSG);
	assert_int_equal(fixture.diagnostics.n_texts, 1);
	assert_non_null(strstr(fixture.diagnostics.texts[0], "x.conf: cannot be opened: "));
	assert_null(names);
	assert_int_equal(fd, -1);
	fixture_remove(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_permissions),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_string),
		cmocka_unit_test(test_bool),
		cmocka_unit_test(test_int),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_check_keys),
		cmocka_unit_test(test_link_match),
		cmocka_unit_test(test_directory_list),
		cmocka_unit_test(test_directory_is_file),
	};

	if (!is_root())
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
