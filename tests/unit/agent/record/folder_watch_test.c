/* SPDX-License-Identifier: Apache-2.0 */
/* What is noticed of a folder: removals, and nothing of the writing that goes on in it. */
#include "agent/record/folder_watch.h"
#include "cleanup.h"
#include "tests/unit/agent/folder.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int watch(const struct folder *folder)
{
	int fd = folder_watch_open();

	assert_true(fd >= 0);
	folder_watch_set(fd, folder->path);
	assert_false(folder_watch_read(fd));
	return fd;
}

/* Readable just when something was removed, and only once. */
static void assert_noticed(int fd, bool noticed)
{
	struct pollfd input = {.fd = fd, .events = POLLIN};

	assert_int_equal(poll(&input, 1, 0), noticed);
	assert_int_equal(folder_watch_read(fd), noticed);
	assert_false(folder_watch_read(fd));
}

static void test_writing(void **state)
{
	struct folder folder;
	_cleanup_close_ int fd = -1;

	(void)state;
	folder_make(&folder);
	fd = watch(&folder);
	folder_write(&folder, ".report.json.new", "1", 1);
	assert_int_equal(renameat(folder.fd, ".report.json.new", folder.fd, "report.json"), 0);
	folder_write(&folder, ".report.json.new", "2", 1);
	assert_int_equal(renameat(folder.fd, ".report.json.new", folder.fd, "report.json"), 0);
	assert_noticed(fd, false);
	folder_remove(&folder);
}

static void test_removal(void **state)
{
	struct folder folder;
	_cleanup_close_ int fd = -1;

	(void)state;
	folder_make(&folder);
	fd = watch(&folder);
	folder_write(&folder, "changes.json", "1", 1);
	folder_write(&folder, "report.json", "1", 1);
	assert_noticed(fd, false);
	assert_int_equal(unlinkat(folder.fd, "changes.json", 0), 0);
	assert_noticed(fd, true);
	folder_remove(&folder); /* with report.json */
	assert_noticed(fd, true);
}

/* An empty folder that a process holds open is moved away; the one that is made then is watched. */
static void test_another_folder(void **state)
{
	char away[sizeof(((struct folder *)0)->path) + 8];
	struct folder folder;
	_cleanup_close_ int fd = -1;

	(void)state;
	folder_make(&folder);
	fd = watch(&folder);
	snprintf(away, sizeof(away), "%s.away", folder.path);
	assert_int_equal(rename(folder.path, away), 0);
	assert_noticed(fd, true);
	folder_watch_set(fd, folder.path); /* there is none: nothing is told, now or later */
	assert_noticed(fd, false);
	assert_int_equal(rmdir(away), 0);
	close(folder.fd); /* now it is gone, which is told once more */
	assert_noticed(fd, true);

	assert_int_equal(mkdir(folder.path, 0755), 0);
	folder.fd = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(folder.fd >= 0);
	folder_watch_set(fd, folder.path);
	folder_watch_set(fd, folder.path);
	folder_write(&folder, "changes.json", "1", 1);
	assert_noticed(fd, false);
	folder_remove(&folder);
	assert_noticed(fd, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writing),
		cmocka_unit_test(test_removal),
		cmocka_unit_test(test_another_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
