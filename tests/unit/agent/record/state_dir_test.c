/* SPDX-License-Identifier: Apache-2.0 */
/* The state folder, in a mount namespace with a /run of the test's own. */
#include "agent/base/monotonic.h"
#include "agent/record/state_dir.h"
#include "cleanup.h"
#include "tests/unit/agent/folder.h"
#include "tests/unit/agent/private_run.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

/* The tmpfs of the tests of a full disk; the kernel rounds it up to pages. */
#define SMALL_SIZE 16384

static int print_text(FILE *output, void *data)
{
	return fputs(data, output) < 0 ? -EIO : 0;
}

static int print_and_fail(FILE *output, void *data)
{
	fputs(data, output);
	return -EBADMSG;
}

/* Much more than fits into SMALL_SIZE. */
static int print_much(FILE *output, void *data)
{
	(void)data;
	for (int i = 0; i < SMALL_SIZE; i++)
		fputs("0123456789abcdef", output);
	return 0;
}

static void write_text(const struct folder *folder, const char *name, const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	assert_int_equal(state_dir_write(folder->fd, name, print_text, copy), 0);
	free(copy);
}

static void assert_file(const struct folder *folder, const char *name, const char *expected)
{
	_cleanup_free_ char *text = folder_read(folder, name);

	assert_non_null(text);
	assert_string_equal(text, expected);
}

static int make_folder(void **state)
{
	static struct folder folder;

	folder_make(&folder);
	*state = &folder;
	return 0;
}

static int remove_folder(void **state)
{
	folder_remove(*state);
	return 0;
}

static void test_create(void **state)
{
	_cleanup_close_ int first = -1, second = -1;
	struct stat status;

	assert_int_equal(state_dir_open(), -ENOENT);
	first = state_dir_create();
	assert_true(first >= 0);
	assert_int_equal(fstat(first, &status), 0);
	assert_int_equal(status.st_mode, S_IFDIR | 0755);
	second = state_dir_create();
	assert_true(second >= 0);
	assert_int_equal(rmdir(STATE_DIR_PATH), 0);
}

static void test_create_fails(void **state)
{
	int result;

	assert_int_equal(mount(NULL, "/run", NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	result = state_dir_create();
	assert_int_equal(mount(NULL, "/run", NULL, MS_REMOUNT, "mode=0755"), 0);
	assert_int_equal(result, -EROFS);

	assert_int_equal(symlink("/etc", STATE_DIR_PATH), 0);
	result = state_dir_create();
	assert_int_equal(unlink(STATE_DIR_PATH), 0);
	assert_true(result == -ELOOP || result == -ENOTDIR);

	assert_int_equal(mknod(STATE_DIR_PATH, S_IFREG | 0644, 0), 0);
	result = state_dir_create();
	assert_int_equal(unlink(STATE_DIR_PATH), 0);
	assert_int_equal(result, -ENOTDIR);
}

static void test_write(void **state)
{
	const struct folder *folder = *state;
	struct stat status;

	write_text(folder, "report.json", "first\n");
	assert_file(folder, "report.json", "first\n");
	write_text(folder, "report.json", "");
	assert_file(folder, "report.json", "");
	assert_int_equal(fstatat(folder->fd, "report.json", &status, 0), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0644);
	assert_int_equal(folder_count(folder), 1);
}

/* Who has the old file open goes on reading the old one, whole. */
static void test_write_is_atomic(void **state)
{
	const struct folder *folder = *state;
	_cleanup_close_ int reader = -1;
	char text[32] = "";

	write_text(folder, "report.json", "the old report");
	reader = openat(folder->fd, "report.json", O_RDONLY | O_CLOEXEC);
	write_text(folder, "report.json", "new");
	assert_int_equal(read(reader, text, sizeof(text) - 1), 14);
	assert_string_equal(text, "the old report");
	assert_file(folder, "report.json", "new");
}

static void test_print_fails(void **state)
{
	const struct folder *folder = *state;
	char text[] = "half of";

	assert_int_equal(state_dir_write(folder->fd, "report.json", print_and_fail, text),
			 -EBADMSG);
	assert_int_equal(folder_count(folder), 0);
	write_text(folder, "report.json", "old");
	assert_int_equal(state_dir_write(folder->fd, "report.json", print_and_fail, text),
			 -EBADMSG);
	assert_file(folder, "report.json", "old");
	assert_int_equal(folder_count(folder), 1);
}

static void test_no_room(void **state)
{
	struct folder small = *(const struct folder *)*state;

	assert_int_equal(mount("tmpfs", small.path, "tmpfs", 0, "size=16384"), 0);
	small.fd = open(small.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(small.fd >= 0);
	write_text(&small, "changes.json", "old");
	assert_int_equal(state_dir_write(small.fd, "changes.json", print_much, NULL), -ENOSPC);
	assert_file(&small, "changes.json", "old");
	assert_int_equal(folder_count(&small), 1);
	write_text(&small, "changes.json", "room again");
	assert_file(&small, "changes.json", "room again");
	close(small.fd);
	assert_int_equal(umount(small.path), 0);
}

/* What a crash left is removed, and a link that was put there is not followed. */
static void test_left_over(void **state)
{
	const struct folder *folder = *state;

	folder_write(folder, ".report.json.new", "left over", 9);
	write_text(folder, "report.json", "new");
	assert_file(folder, "report.json", "new");
	folder_write(folder, "precious", "precious", 8);
	assert_int_equal(symlinkat("precious", folder->fd, ".report.json.new"), 0);
	write_text(folder, "report.json", "newer");
	assert_file(folder, "report.json", "newer");
	assert_file(folder, "precious", "precious");
	assert_int_equal(folder_count(folder), 2);
}

static void test_write_fails(void **state)
{
	const struct folder *folder = *state;
	char text[] = "text";

	assert_int_equal(state_dir_write(-1, "report.json", print_text, text), -EBADF);
	assert_int_equal(mkdirat(folder->fd, "report.json", 0755), 0);
	assert_int_equal(state_dir_write(folder->fd, "report.json", print_text, text), -EISDIR);
	assert_int_equal(unlinkat(folder->fd, "report.json", AT_REMOVEDIR), 0);
	assert_int_equal(folder_count(folder), 0);
}

/* What root writes is the folder's owner's. */
static void test_owner(void **state)
{
	const struct folder *folder = *state;
	int lock;
	struct stat status;

	assert_int_equal(fchown(folder->fd, 4711, 4712), 0);
	write_text(folder, "report.json", "text");
	assert_int_equal(fstatat(folder->fd, "report.json", &status, 0), 0);
	assert_int_equal(status.st_uid, 4711);
	assert_int_equal(status.st_gid, 4712);
	lock = state_dir_lock(folder->fd, 300);
	assert_true(lock >= 0);
	assert_int_equal(fstat(lock, &status), 0);
	assert_int_equal(status.st_uid, 4711);
	close(lock);
}

static void test_read(void **state)
{
	static const char bytes[] = "a\0b\377\n";
	const struct folder *folder = *state;
	char *text = NULL;
	size_t size = 0;

	folder_write(folder, "file", bytes, sizeof(bytes));
	assert_int_equal(state_dir_read(folder->fd, "file", sizeof(bytes), &text, &size), 0);
	assert_int_equal(size, sizeof(bytes));
	assert_memory_equal(text, bytes, sizeof(bytes));
	assert_int_equal(text[size], '\0');
	free(text);
	folder_write(folder, "file", "", 0);
	assert_int_equal(state_dir_read(folder->fd, "file", 0, &text, &size), 0);
	assert_int_equal(size, 0);
	assert_string_equal(text, "");
	free(text);
}

static void test_read_fails(void **state)
{
	const struct folder *folder = *state;
	char *text = (char *)folder;
	size_t size = 42;

	assert_int_equal(state_dir_read(folder->fd, "file", 10, &text, &size), -ENOENT);
	folder_write(folder, "file", "0123456789a", 11);
	assert_int_equal(state_dir_read(folder->fd, "file", 10, &text, &size), -EFBIG);
	assert_int_equal(symlinkat("file", folder->fd, "link"), 0);
	assert_int_equal(state_dir_read(folder->fd, "link", 20, &text, &size), -EBADMSG);
	assert_int_equal(mkfifoat(folder->fd, "fifo", 0600), 0);
	assert_int_equal(state_dir_read(folder->fd, "fifo", 20, &text, &size), -EBADMSG);
	assert_ptr_equal(text, folder);
	assert_int_equal(size, 42);
}

/* Another process holds the lock for that long. Returns when it has it. */
static pid_t hold_lock(const struct folder *folder, unsigned int hold_ms)
{
	int ready[2];
	pid_t child;
	char byte;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const struct timespec hold = {hold_ms / 1000, hold_ms % 1000 * 1000000L};

		if (state_dir_lock(folder->fd, 300) < 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		nanosleep(&hold, NULL);
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return child;
}

static void test_lock(void **state)
{
	const struct folder *folder = *state;
	pid_t child = hold_lock(folder, 300);
	uint64_t before = monotonic_now_ms();
	int status, lock;

	lock = state_dir_lock(folder->fd, STATE_DIR_LOCK_WAIT_MS);
	assert_true(lock >= 0);
	assert_true(monotonic_now_ms() - before >= 200);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(lock);
	/* closing unlocks */
	before = monotonic_now_ms();
	lock = state_dir_lock(folder->fd, 300);
	assert_true(lock >= 0 && monotonic_now_ms() - before < STATE_DIR_LOCK_WAIT_MS);
	close(lock);
}

static void test_lock_is_held(void **state)
{
	const struct folder *folder = *state;
	pid_t child = hold_lock(folder, 60000);
	uint64_t before = monotonic_now_ms();
	int status;

	assert_int_equal(state_dir_lock(folder->fd, 300), -ETIME);
	assert_true(monotonic_now_ms() - before >= 300);
	assert_true(monotonic_now_ms() - before < STATE_DIR_LOCK_WAIT_MS);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
}

/* The file stays open; one that was replaced locks nothing, and neither does one of another folder.
 */
static void test_lock_file(void **state)
{
	int folder_fd = state_dir_create(), file;

	(void)state;
	assert_true(folder_fd >= 0);
	file = state_dir_open_lock(folder_fd, STATE_DIR_LOCK_FILE);
	assert_true(file >= 0);
	for (int i = 0; i < 2; i++) {
		assert_true(state_dir_has_lock_file(file));
		assert_int_equal(state_dir_lock_file(file, 0), 0);
		assert_int_equal(state_dir_lock(folder_fd, 0), -ETIME);
		state_dir_unlock(file);
	}
	close(state_dir_lock(folder_fd, 0));

	assert_int_equal(rename(STATE_DIR_PATH, "/run/away"), 0);
	assert_false(state_dir_has_lock_file(file));
	close(folder_fd);
	folder_fd = state_dir_create();
	close(state_dir_open_lock(folder_fd, STATE_DIR_LOCK_FILE));
	assert_false(state_dir_has_lock_file(file));
	assert_int_equal(unlinkat(folder_fd, STATE_DIR_LOCK_FILE, 0), 0);
	assert_int_equal(
		symlinkat("/run/away/" STATE_DIR_LOCK_FILE, folder_fd, STATE_DIR_LOCK_FILE), 0);
	assert_false(state_dir_has_lock_file(file));
	assert_false(state_dir_has_lock_file(-1));
	assert_int_equal(state_dir_lock_file(-1, 300), -EBADF);

	close(file);
	close(folder_fd);
	assert_int_equal(unlink(STATE_DIR_PATH "/" STATE_DIR_LOCK_FILE), 0);
	assert_int_equal(unlink("/run/away/" STATE_DIR_LOCK_FILE), 0);
	assert_int_equal(rmdir(STATE_DIR_PATH), 0);
	assert_int_equal(rmdir("/run/away"), 0);
}

/* Who holds it makes others wait, and not for ever. */
static void test_lock_file_is_held(void **state)
{
	const struct folder *folder = *state;
	int file = state_dir_open_lock(folder->fd, STATE_DIR_LOCK_FILE), status;
	pid_t child = hold_lock(folder, 60000);

	assert_int_equal(state_dir_lock_file(file, 0), -ETIME);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(state_dir_lock_file(file, 300), 0);
	close(file);
}

static void test_lock_fails(void **state)
{
	const struct folder *folder = *state;

	assert_int_equal(state_dir_lock(-1, 300), -EBADF);
	assert_int_equal(symlinkat("elsewhere", folder->fd, "changes.lock"), 0);
	assert_int_equal(state_dir_lock(folder->fd, 300), -EBADMSG);
}

static uid_t owner(int directory_fd, const char *name)
{
	struct stat status;

	assert_int_equal(fstatat(directory_fd, name, &status, AT_SYMLINK_NOFOLLOW), 0);
	return status.st_uid;
}

/* Files are given away with the folder, but none that has a name elsewhere, and no link's target.
 */
static void test_give(void **state)
{
	_cleanup_close_ int fd = state_dir_create();
	struct stat status;

	assert_true(fd >= 0);
	assert_int_equal(mknodat(fd, "changes.json", S_IFREG | 0644, 0), 0);
	assert_int_equal(mkfifoat(fd, "fifo", 0600), 0);
	assert_int_equal(symlinkat("/etc", fd, "etc"), 0);
	assert_int_equal(mknod("/run/precious", S_IFREG | 0600, 0), 0);
	assert_int_equal(link("/run/precious", STATE_DIR_PATH "/report.json"), 0);
	assert_int_equal(fchmod(fd, 0777), 0);
	assert_int_equal(state_dir_give(fd, 4711, 4712), 0);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_uid, 4711);
	assert_int_equal(status.st_gid, 4712);
	assert_int_equal(status.st_mode, S_IFDIR | 0755);
	assert_int_equal(owner(fd, "changes.json"), 4711);
	assert_int_equal(owner(fd, "fifo"), 0);
	assert_int_equal(owner(fd, "etc"), 0);
	assert_int_equal(owner(AT_FDCWD, "/etc"), 0);
	assert_int_equal(owner(AT_FDCWD, "/run/precious"), 0);
	/* It is his: what is in it is nobody else's matter any more. */
	assert_int_equal(mknodat(fd, "later", S_IFREG | 0644, 0), 0);
	assert_int_equal(state_dir_give(fd, 4711, 4712), 0);
	assert_int_equal(owner(fd, "later"), 0);
	assert_int_equal(state_dir_give(fd, 0, 0), 0);
	assert_int_equal(owner(fd, "changes.json"), 0);
	assert_int_equal(owner(AT_FDCWD, STATE_DIR_PATH), 0);
}

#define folder_test(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),	  cmocka_unit_test(test_create_fails),
		folder_test(test_write),	  folder_test(test_write_is_atomic),
		folder_test(test_print_fails),	  folder_test(test_no_room),
		folder_test(test_left_over),	  folder_test(test_write_fails),
		folder_test(test_owner),	  folder_test(test_read),
		folder_test(test_read_fails),	  folder_test(test_lock),
		folder_test(test_lock_is_held),	  folder_test(test_lock_file_is_held),
		cmocka_unit_test(test_lock_file), folder_test(test_lock_fails),
		cmocka_unit_test(test_give),
	};
	int result = private_run_enter();

	umask(022);
	return result ? result : cmocka_run_group_tests(tests, NULL, NULL);
}
