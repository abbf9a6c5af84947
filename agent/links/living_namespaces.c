/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/living_namespaces.h"

#include "array.h"
#include "cleanup.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The machine's own process namespace (PROC_PID_INIT_INO, include/linux/proc_ns.h). */
#define PID_NAMESPACE_INIT UINT64_C(0xEFFFFFFC)

/* While it is read: which mount namespaces were looked at. */
struct scan {
	struct living_namespaces *living;
	uint64_t *mounts;
	size_t n_mounts, allocated_mounts;
};

void living_namespaces_clear(struct living_namespaces *living)
{
	free(living->inodes);
	*living = (struct living_namespaces){0};
}

static int compare(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;

	return (a > b) - (a < b);
}

bool living_namespaces_have(const struct living_namespaces *living, uint64_t inode)
{
	return bsearch(&inode, living->inodes, living->n_inodes, sizeof(inode), compare) != NULL;
}

uint64_t pid_namespace_read(void)
{
	static uint64_t inode; /* a process stays in its own */
	struct stat status;

	if (!inode && stat("/proc/self/ns/pid", &status) == 0)
		inode = status.st_ino;
	return inode;
}

static int add(uint64_t **array, size_t *n, size_t *allocated, uint64_t number)
{
	uint64_t *grown;

	if (*n > 0 && (*array)[*n - 1] == number) /* most are those of the one before */
		return 0;
	grown = array_grow(*array, *n, allocated, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	*array = grown;
	grown[(*n)++] = number;
	return 0;
}

static int add_living(struct scan *scan, uint64_t inode)
{
	struct living_namespaces *living = scan->living;

	return add(&living->inodes, &living->n_inodes, &living->allocated, inode);
}

/* What ends while it is looked at is no failure. */
static int failure(int error)
{
	return error == ENOENT || error == ESRCH ? 0 : -error;
}

/* Calls `visit` for what is in a folder of /proc. */
static int walk(int parent_fd, const char *name, struct scan *scan,
		int (*visit)(int directory_fd, const char *entry, struct scan *scan))
{
	int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = 0;
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;

	if (fd < 0)
		return failure(errno);
	directory = fdopendir(fd);
	if (!directory) {
		result = -errno;
		close(fd);
		return result;
	}
	while (result == 0 && (entry = readdir(directory))) {
		if (isdigit((unsigned char)entry->d_name[0]))
			result = visit(fd, entry->d_name, scan);
	}
	return result;
}

static int visit_task(int directory_fd, const char *task, struct scan *scan)
{
	struct stat status;
	char path[64];

	snprintf(path, sizeof(path), "%s/ns/net", task);
	if (fstatat(directory_fd, path, &status, 0) < 0)
		return failure(errno);
	return add_living(scan, status.st_ino);
}

static int visit_open_file(int directory_fd, const char *file, struct scan *scan)
{
	char target[64];
	ssize_t length = readlinkat(directory_fd, file, target, sizeof(target) - 1);
	uint64_t inode;

	if (length < 0)
		return failure(errno);
	target[length] = '\0';
	return sscanf(target, "net:[%" SCNu64 "]", &inode) == 1 ? add_living(scan, inode) : 0;
}

/* A bind mount's root is what was mounted: the fourth word of its line. */
static int read_mounts(int process_fd, struct scan *scan)
{
	int fd = openat(process_fd, "mountinfo", O_RDONLY | O_CLOEXEC), result = 0;
	_cleanup_fclose_ FILE *file = NULL;
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	uint64_t inode;

	if (fd < 0)
		return failure(errno);
	file = fdopen(fd, "r");
	if (!file) {
		result = -errno;
		close(fd);
		return result;
	}
	while (result == 0 && getline(&line, &size, file) >= 0) {
		if (sscanf(line, "%*s %*s %*s net:[%" SCNu64 "]", &inode) == 1)
			result = add_living(scan, inode);
	}
	return result;
}

static int visit_mounts(int process_fd, struct scan *scan)
{
	struct stat status;

	if (fstatat(process_fd, "ns/mnt", &status, 0) < 0)
		return failure(errno);
	for (size_t i = 0; i < scan->n_mounts; i++) {
		if (scan->mounts[i] == status.st_ino)
			return 0;
	}
	if (add(&scan->mounts, &scan->n_mounts, &scan->allocated_mounts, status.st_ino) < 0)
		return -ENOMEM;
	return read_mounts(process_fd, scan);
}

static int visit_process(int directory_fd, const char *process, struct scan *scan)
{
	_cleanup_close_ int fd = openat(directory_fd, process, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return failure(errno);
	result = walk(fd, "task", scan, visit_task);
	if (result == 0)
		result = walk(fd, "fd", scan, visit_open_file);
	return result == 0 ? visit_mounts(fd, scan) : result;
}

/* A /proc that hides others' processes (hidepid=, ProtectProc=) hides the first one, too. */
static bool shows_all_processes(void)
{
	return access("/proc/1", F_OK) == 0;
}

int living_namespaces_read(struct living_namespaces *ret_living)
{
	_cleanup_(living_namespaces_clear) struct living_namespaces living = {0};
	struct scan scan = {.living = &living};
	int result;

	if (!shows_all_processes())
		return -EACCES;
	result = walk(AT_FDCWD, "/proc", &scan, visit_process);
	free(scan.mounts);
	if (result < 0)
		return result;
	if (living.n_inodes)
		qsort(living.inodes, living.n_inodes, sizeof(*living.inodes), compare);
	living.pid_namespace = pid_namespace_read();
	living.all = living.pid_namespace == PID_NAMESPACE_INIT;
	*ret_living = living;
	living = (struct living_namespaces){0};
	return 0;
}
