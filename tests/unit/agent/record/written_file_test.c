/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/record/written_file.h"
#include "cleanup.h"
#include "tests/unit/agent/folder.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* More than is kept. */
#define LONG_SIZE ((size_t)100 * 1000)

static struct folder folder;
static struct written_file file;

static int setup(void **state)
{
	folder_make(&folder);
	file = (struct written_file)WRITTEN_FILE_NONE;
	return 0;
}

static int teardown(void **state)
{
	written_file_clear(&file);
	folder_remove(&folder);
	return 0;
}

static int print(FILE *output, void *data)
{
	return fputs(data, output) < 0 ? -EIO : 0;
}

static int print_and_fail(FILE *output, void *data)
{
	(void)output;
	(void)data;
	return -E2BIG;
}

static ino_t inode(void)
{
	struct stat status;

	assert_int_equal(fstatat(folder.fd, "report.json", &status, AT_SYMLINK_NOFOLLOW), 0);
	return status.st_ino;
}

/* Writes the text; another file has come then, or the one from before stands. */
static void write_and_expect(const char *text, bool locked, bool new)
{
	const ino_t before =
		file.fd >= 0 && faccessat(folder.fd, "report.json", F_OK, 0) == 0 ? inode() : 0;
	_cleanup_free_ char *copy = strdup(text), *read = NULL;

	assert_int_equal(written_file_write(&file, folder.fd, "report.json", locked, print, copy),
			 0);
	assert_int_equal(inode() != before, new);
	read = folder_read(&folder, "report.json");
	assert_string_equal(read, text);
	assert_int_equal(folder_count(&folder), 1);
}

static void same_text_is_not_written_again(void **state)
{
	for (int locked = 0; locked < 2; locked++) {
		write_and_expect("first", locked, true);
		write_and_expect("first", locked, false);
		write_and_expect("other", locked, true);
		write_and_expect("longer than that", locked, true);
		write_and_expect("longer than that", locked, false);
		write_and_expect("", locked, true);
		write_and_expect("", locked, false);
	}
	written_file_forget(&file);
	write_and_expect("", true, true);
}

/* Whatever another process does with it: what it is to say stands there afterwards. */
static void what_was_touched_is_written_again(void **state)
{
	int fd;

	write_and_expect("text", false, true);
	assert_int_equal(unlinkat(folder.fd, "report.json", 0), 0);
	write_and_expect("text", false, true);
	folder_write(&folder, "other", "text", 4);
	assert_int_equal(renameat(folder.fd, "other", folder.fd, "report.json"), 0);
	write_and_expect("text", false, true);
	assert_int_equal(unlinkat(folder.fd, "report.json", 0), 0);
	assert_int_equal(symlinkat("nowhere", folder.fd, "report.json"), 0);
	write_and_expect("text", false, true);

	/* Its time is the kernel's clock, which has ticks. */
	usleep(20000);
	fd = openat(folder.fd, "report.json", O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, "TEXT", 4), 4);
	close(fd);
	write_and_expect("text", false, true);
	usleep(20000);
	assert_int_equal(fchmodat(folder.fd, "report.json", 0600, 0), 0);
	write_and_expect("text", false, true);
	write_and_expect("text", false, false);
}

static void another_folder_gets_it_too(void **state)
{
	const struct folder first = folder;

	write_and_expect("text", false, true);
	folder_make(&folder);
	write_and_expect("text", false, true);
	folder_remove(&folder);
	folder = first;
	write_and_expect("text", false, true);
}

static void failure_leaves_the_old_one(void **state)
{
	_cleanup_free_ char *text = NULL;
	char new[] = "new";

	write_and_expect("old", true, true);
	assert_int_equal(
		written_file_write(&file, folder.fd, "report.json", true, print_and_fail, NULL),
		-E2BIG);
	assert_int_equal(mkdirat(folder.fd, ".report.json.new", 0700), 0);
	assert_int_equal(written_file_write(&file, folder.fd, "report.json", true, print, new),
			 -EISDIR);
	assert_int_equal(unlinkat(folder.fd, ".report.json.new", AT_REMOVEDIR), 0);
	text = folder_read(&folder, "report.json");
	assert_string_equal(text, "old");
	assert_true(file.fd >= 0);
	/* It is not known any more whether it stands. */
	write_and_expect("old", true, true);
}

static void long_text_is_not_kept(void **state)
{
	_cleanup_free_ char *text = calloc(1, LONG_SIZE + 1);

	memset(text, 'x', LONG_SIZE);
	write_and_expect(text, false, true);
	assert_null(file.text);
	write_and_expect(text, false, true);
	write_and_expect("short", false, true);
	write_and_expect("short", false, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(same_text_is_not_written_again, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_touched_is_written_again, setup, teardown),
		cmocka_unit_test_setup_teardown(another_folder_gets_it_too, setup, teardown),
		cmocka_unit_test_setup_teardown(failure_leaves_the_old_one, setup, teardown),
		cmocka_unit_test_setup_teardown(long_text_is_not_kept, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
