/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/folder.h"

#include "cleanup.h"
#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void folder_make(struct folder *folder)
{
	strcpy(folder->path, "/tmp/offload-agent-test-XXXXXX");
	assert_non_null(mkdtemp(folder->path));
	folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(folder->fd >= 0);
}

/* Calls unlinkat() for every file when `remove` is set; returns how many there were. */
static size_t walk(const struct folder *folder, int remove)
{
	DIR *directory = opendir(folder->path);
	const struct dirent *entry;
	size_t count = 0;

	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (remove)
			assert_int_equal(unlinkat(folder->fd, entry->d_name, 0), 0);
		count++;
	}
	closedir(directory);
	return count;
}

void folder_remove(struct folder *folder)
{
	walk(folder, 1);
	close(folder->fd);
	assert_int_equal(rmdir(folder->path), 0);
}

size_t folder_count(const struct folder *folder)
{
	return walk(folder, 0);
}

void folder_write(const struct folder *folder, const char *name, const char *text, size_t size)
{
	_cleanup_close_ int fd = -1;

	fd = openat(folder->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(write(fd, text, size), size);
}

char *folder_read(const struct folder *folder, const char *name)
{
	_cleanup_close_ int fd = openat(folder->fd, name, O_RDONLY | O_CLOEXEC);
	struct stat status;
	char *text;

	if (fd < 0) {
		assert_int_equal(errno, ENOENT);
		return NULL;
	}
	assert_int_equal(fstat(fd, &status), 0);
	text = calloc(1, status.st_size + 1);
	assert_non_null(text);
	assert_int_equal(read(fd, text, status.st_size), status.st_size);
	return text;
}
