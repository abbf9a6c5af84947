/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/record/written_file.h"

#include "agent/base/print_memory.h"
#include "agent/record/state_dir.h"
#include "cleanup.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* The report of a few dozen NICs; to keep that of thousands would cost more than it spares. */
#define KEPT_SIZE_MAX ((size_t)32 * 1024)

void written_file_forget(struct written_file *file)
{
	free(file->text);
	file->text = NULL;
}

void written_file_clear(struct written_file *file)
{
	written_file_forget(file);
	if (file->fd >= 0)
		close(file->fd);
	*file = (struct written_file)WRITTEN_FILE_NONE;
}

/* The time of its last change tells of another writer, mode or owner. */
static bool stands(const struct written_file *file, int directory_fd, const char *name,
		   const char *text, size_t size)
{
	struct stat status;

	return file->text && file->size == size && memcmp(file->text, text, size) == 0 &&
	       fstatat(directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       status.st_dev == file->device && status.st_ino == file->inode &&
	       (size_t)status.st_size == size && status.st_ctim.tv_sec == file->changed.tv_sec &&
	       status.st_ctim.tv_nsec == file->changed.tv_nsec;
}

static void keep(struct written_file *file, char **text, size_t size)
{
	struct stat status;

	if (size > KEPT_SIZE_MAX || fstat(file->fd, &status) < 0)
		return;
	file->text = TAKE_PTR(*text);
	file->size = size;
	file->device = status.st_dev;
	file->inode = status.st_ino;
	file->changed = status.st_ctim;
}

int written_file_write(struct written_file *file, int directory_fd, const char *name, bool locked,
		       int (*print)(FILE *output, void *data), void *data)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int fd = -1, result;

	result = print_memory(print, data, &text, &size);
	if (result < 0)
		return result;
	if (stands(file, directory_fd, name, text, size))
		return 0;
	written_file_forget(file);
	result = locked ? state_dir_write_locked(directory_fd, name, text, size, &fd)
			: state_dir_write_text(directory_fd, name, text, size, &fd);
	if (result < 0)
		return result;
	if (file->fd >= 0)
		close(file->fd);
	file->fd = fd;
	keep(file, &text, size);
	return 0;
}
