/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"

#include "cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define SPOILED	     0xa5
#define SKIP	     77
#define FOLDER_LIMIT 256

void fuzz_spoil(void *object, size_t size)
{
	memset(object, SPOILED, size);
}

bool fuzz_is_spoiled(const void *object, size_t size)
{
	const unsigned char *bytes = object;

	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != SPOILED)
			return false;
	}
	return true;
}

char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = strndup(size ? (const char *)data : "", size);

	FUZZ_CHECK(text);
	return text;
}

char *fuzz_take_line(const uint8_t **data, size_t *size)
{
	const uint8_t *newline = *size ? memchr(*data, '\n', *size) : NULL;
	size_t length = newline ? (size_t)(newline - *data) : *size;
	size_t taken = newline ? length + 1 : length;
	char *line = fuzz_text(*data, length);

	*data += taken;
	*size -= taken;
	return line;
}

uint8_t fuzz_take_byte(const uint8_t **data, size_t *size)
{
	if (*size == 0)
		return 0;
	(*size)--;
	return *(*data)++;
}

void *fuzz_guarded(const uint8_t *data, size_t size)
{
	static char *end;
	char *place;

	if (size > FUZZ_GUARDED_MAX)
		return NULL;
	if (!end) {
		size_t page = (size_t)sysconf(_SC_PAGESIZE);
		char *pages = mmap(NULL, FUZZ_GUARDED_MAX + page, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		FUZZ_CHECK(pages != MAP_FAILED);
		FUZZ_CHECK(mprotect(pages + FUZZ_GUARDED_MAX, page, PROT_NONE) == 0);
		end = pages + FUZZ_GUARDED_MAX;
	}
	place = end - (size + 3) / 4 * 4;
	if (size)
		memcpy(place, data, size);
	return place;
}

static char folder[FOLDER_LIMIT];

static void remove_folder(void)
{
	DIR *directory = opendir(folder);
	const struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(directory), entry->d_name, 0);
	}
	if (directory)
		closedir(directory);
	rmdir(folder);
}

const char *fuzz_folder(void)
{
	const char *parent = getenv("TMPDIR");

	if (folder[0])
		return folder;
	FUZZ_CHECK(snprintf(folder, sizeof(folder), "%s/offload-agent-fuzz.XXXXXX",
			    parent ? parent : "/tmp") < (int)sizeof(folder));
	FUZZ_CHECK(mkdtemp(folder));
	FUZZ_CHECK(atexit(remove_folder) == 0);
	return folder;
}

const char *fuzz_put(const char *name, const uint8_t *data, size_t size)
{
	static char path[2 * FOLDER_LIMIT];
	_cleanup_close_ int fd = -1;

	FUZZ_CHECK(snprintf(path, sizeof(path), "%s/%s", fuzz_folder(), name) < (int)sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	FUZZ_CHECK(fd >= 0);
	FUZZ_CHECK(write(fd, data, size) == (ssize_t)size);
	return path;
}

int fuzz_file(const uint8_t *data, size_t size)
{
	static int fd = -1;

	if (fd < 0)
		fd = open(fuzz_put("input", data, size), O_RDWR | O_CLOEXEC);
	FUZZ_CHECK(fd >= 0);
	FUZZ_CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	FUZZ_CHECK(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

void fuzz_needs_root(void)
{
	if (geteuid() == 0)
		return;
	fprintf(stderr, "skipped: only root can make files that are root's\n");
	exit(SKIP);
}
