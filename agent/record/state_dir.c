/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/record/state_dir.h"

#include "cleanup.h"
#include "policy/file/read_whole.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_INTERVAL_MS 20

int state_dir_open(void)
{
	int fd = open(STATE_DIR_PATH, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

bool state_dir_is_current(int directory_fd)
{
	struct stat open_one, named;

	return fstat(directory_fd, &open_one) == 0 && stat(STATE_DIR_PATH, &named) == 0 &&
	       open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev;
}

int state_dir_create(void)
{
	if (mkdir(STATE_DIR_PATH, 0755) < 0 && errno != EEXIST)
		return -errno;
	return state_dir_open();
}

/* A file that has another name elsewhere may be anybody's, and a link leads anywhere. */
static int give_file(int directory_fd, const char *name, uid_t user, gid_t group)
{
	struct stat status;

	if (fstatat(directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISREG(status.st_mode) || status.st_nlink > 1)
		return 0;
	return fchownat(directory_fd, name, user, group, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int give_files(int directory_fd, uid_t user, gid_t group)
{
	int fd = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = 0;
	_cleanup_closedir_ DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!directory) {
		result = -errno;
		if (fd >= 0)
			close(fd);
		return result;
	}
	while (result == 0 && (entry = readdir(directory)))
		result = give_file(directory_fd, entry->d_name, user, group);
	return result;
}

/*
 * The files while nobody else can put another in their place, or a link to one: as long as the
 * folder is this process's own.
 */
int state_dir_give(int directory_fd, uid_t user, gid_t group)
{
	struct stat status;
	int result;

	if (fstat(directory_fd, &status) < 0)
		return -errno;
	if (status.st_uid == user && status.st_gid == group)
		return 0;
	if (fchown(directory_fd, geteuid(), getegid()) < 0 || fchmod(directory_fd, 0755) < 0)
		return -errno;
	result = give_files(directory_fd, user, group);
	if (result < 0)
		return result;
	return fchown(directory_fd, user, group) < 0 ? -errno : 0;
}

/*
 * Root's commands and the service's own user share the folder: what root makes belongs to the
 * folder's owner, so that the service can go on with it. Only for files that were made by this
 * call: one that was there may be a hard link of that user's to a file of root's. Not being allowed
 * to is not a fault: then there is no other user.
 */
static void own_as_folder(int directory_fd, int fd)
{
	struct stat folder;

	if (fstat(directory_fd, &folder) == 0 && folder.st_uid != geteuid() &&
	    fchown(fd, folder.st_uid, folder.st_gid) < 0)
		return;
}

/*
 * Looks before it opens: a device may do something when it is opened, a socket cannot be, and each
 * of the others would say so with an error of its own. Looks again afterwards, since what was
 * looked at may have been replaced.
 */
static int open_plain(int directory_fd, const char *name, int flags, struct stat *ret_status)
{
	_cleanup_close_ int fd = -1;

	if (fstatat(directory_fd, name, ret_status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISREG(ret_status->st_mode))
		return -EBADMSG;
	fd = openat(directory_fd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, ret_status) < 0)
		return -errno;
	return S_ISREG(ret_status->st_mode) ? TAKE_FD(fd) : -EBADMSG;
}

int state_dir_open_lock(int directory_fd, const char *name)
{
	struct stat status;
	int fd = open_plain(directory_fd, name, O_RDWR, &status);

	if (fd != -ENOENT)
		return fd;
	fd = openat(directory_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		own_as_folder(directory_fd, fd);
	else if (errno == EEXIST) /* another process was quicker */
		fd = open_plain(directory_fd, name, O_RDWR, &status);
	else
		fd = -errno;
	return fd;
}

int state_dir_lock_file(int file, unsigned int wait_ms)
{
	for (unsigned int waited = 0; flock(file, LOCK_EX | LOCK_NB) < 0;
	     waited += LOCK_INTERVAL_MS) {
		const struct timespec pause = {.tv_nsec = LOCK_INTERVAL_MS * 1000000L};

		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (waited >= wait_ms)
			return -ETIME;
		nanosleep(&pause, NULL);
	}
	return 0;
}

int state_dir_lock(int directory_fd, unsigned int wait_ms)
{
	_cleanup_close_ int fd = state_dir_open_lock(directory_fd, STATE_DIR_LOCK_FILE);
	int result = fd < 0 ? fd : state_dir_lock_file(fd, wait_ms);

	return result < 0 ? result : TAKE_FD(fd);
}

/* While it is open, no other file can have its number. */
bool state_dir_has_lock_file(int file)
{
	struct stat open_one, named;

	return fstat(file, &open_one) == 0 &&
	       lstat(STATE_DIR_PATH "/" STATE_DIR_LOCK_FILE, &named) == 0 &&
	       open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev;
}

void state_dir_unlock(int file)
{
	flock(file, LOCK_UN);
}

/* Whose files are read. */
enum read_flags {
	READ_ANY,
	READ_TRUSTED, /* root's, or this process's own user's */
	READ_OWNED, /* root's, or the folder's owner's */
};

/* Is the file root's or that user's, and closed to others? */
static bool is_users(const struct stat *status, uid_t user)
{
	return (status->st_uid == 0 || status->st_uid == user) &&
	       !(status->st_mode & (S_IWGRP | S_IWOTH));
}

bool state_dir_owns(int directory_fd, const struct stat *status)
{
	struct stat folder;

	return fstat(directory_fd, &folder) == 0 && is_users(status, folder.st_uid);
}

int state_dir_open_file(int directory_fd, const char *name, struct stat *ret_status)
{
	return open_plain(directory_fd, name, O_RDONLY, ret_status);
}

static int read_file(int directory_fd, const char *name, enum read_flags flags, size_t size_max,
		     char **ret_text, size_t *ret_size)
{
	_cleanup_close_ int fd = -1;
	struct stat status = {0};

	fd = state_dir_open_file(directory_fd, name, &status);
	if (fd < 0)
		return fd;
	if ((flags == READ_TRUSTED && !is_users(&status, geteuid())) ||
	    (flags == READ_OWNED && !state_dir_owns(directory_fd, &status)))
		return -EPERM;
	return read_whole(fd, size_max, NULL, NULL, ret_text, ret_size);
}

int state_dir_read(int directory_fd, const char *name, size_t size_max, char **ret_text,
		   size_t *ret_size)
{
	return read_file(directory_fd, name, READ_ANY, size_max, ret_text, ret_size);
}

int state_dir_read_trusted(int directory_fd, const char *name, size_t size_max, char **ret_text,
			   size_t *ret_size)
{
	return read_file(directory_fd, name, READ_TRUSTED, size_max, ret_text, ret_size);
}

int state_dir_read_owned(int directory_fd, const char *name, size_t size_max, char **ret_text,
			 size_t *ret_size)
{
	return read_file(directory_fd, name, READ_OWNED, size_max, ret_text, ret_size);
}

/* What a file is to say: a text, or what `print` prints. */
struct content {
	int (*print)(FILE *output, void *data);
	void *data;
	const char *text;
	size_t size;
};

/* Fills the file through a descriptor of its own, so that `fd` stays open. */
static int print_file(int fd, const struct content *content)
{
	_cleanup_close_ int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	_cleanup_fclose_ FILE *output = copy < 0 ? NULL : fdopen(copy, "w");
	int result;

	if (!output)
		return -errno;
	TAKE_FD(copy);
	result = content->print(output, content->data);
	if (result < 0)
		return result;
	if (fflush(output) != 0)
		return -errno;
	return ferror(output) ? -EIO : 0;
}

static int write_text(int fd, const char *text, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t written = write(fd, text + done, size - done);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0)
			done += (size_t)written;
	}
	return 0;
}

static int fill_file(int fd, const struct content *content)
{
	int result = content->print ? print_file(fd, content)
				    : write_text(fd, content->text, content->size);

	if (result == 0 && fsync(fd) < 0)
		result = -errno;
	return result;
}

/* How a file is written. */
enum write_flags {
	WRITE_PLAIN,
	WRITE_OWN, /* it stays the writer's own */
	WRITE_LOCKED, /* the writer locks it before others can open it */
};

/* Locked when all else is done: closing any descriptor of the file unlocks it. */
static int lock_and_open_to_all(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_SETLK, &lock) < 0 || fchmod(fd, 0644) < 0 ? -errno : 0;
}

/* One name is enough: one writer at a time; what is there is left of a crash. */
static int create_temporary(int directory_fd, const char *temporary, mode_t mode)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(directory_fd, temporary, flags, mode);

	if (fd < 0 && errno == EEXIST && unlinkat(directory_fd, temporary, 0) == 0)
		fd = openat(directory_fd, temporary, flags, mode);
	return fd < 0 ? -errno : fd;
}

static int write_file(int directory_fd, const char *name, enum write_flags flags,
		      const struct content *content, int *ret_fd)
{
	_cleanup_free_ char *temporary = NULL;
	_cleanup_close_ int fd = -1;
	int result;

	if (asprintf(&temporary, ".%s.new", name) < 0)
		return -ENOMEM;
	fd = create_temporary(directory_fd, temporary, flags == WRITE_LOCKED ? 0600 : 0644);
	if (fd < 0)
		return fd;
	result = fill_file(fd, content);
	if (result == 0 && flags == WRITE_LOCKED)
		result = lock_and_open_to_all(fd);
	if (flags != WRITE_OWN)
		own_as_folder(directory_fd, fd);
	if (result == 0 && renameat(directory_fd, temporary, directory_fd, name) < 0)
		result = -errno;
	if (result < 0)
		unlinkat(directory_fd, temporary, 0);
	else if (ret_fd)
		*ret_fd = TAKE_FD(fd);
	return result;
}

int state_dir_write(int directory_fd, const char *name, int (*print)(FILE *output, void *data),
		    void *data)
{
	const struct content content = {.print = print, .data = data};

	return write_file(directory_fd, name, WRITE_PLAIN, &content, NULL);
}

int state_dir_write_own(int directory_fd, const char *name, int (*print)(FILE *output, void *data),
			void *data)
{
	const struct content content = {.print = print, .data = data};

	return write_file(directory_fd, name, WRITE_OWN, &content, NULL);
}

int state_dir_write_text(int directory_fd, const char *name, const char *text, size_t size,
			 int *ret_fd)
{
	const struct content content = {.text = text, .size = size};

	return write_file(directory_fd, name, WRITE_PLAIN, &content, ret_fd);
}

int state_dir_write_locked(int directory_fd, const char *name, const char *text, size_t size,
			   int *ret_fd)
{
	const struct content content = {.text = text, .size = size};

	return write_file(directory_fd, name, WRITE_LOCKED, &content, ret_fd);
}

const char *state_dir_failure(int error)
{
	static char text[256];

	if (error == -EBADMSG || error == -EISDIR)
		return "what is no file has a file's name there; remove what "
		       "\"find " STATE_DIR_PATH " -mindepth 1 ! -type f\" names";
	if ((error != -EACCES && error != -EROFS) || access(STATE_DIR_PATH, F_OK) == 0)
		return strerror(-error);
	snprintf(text, sizeof(text),
		 "%s; there is no " STATE_DIR_PATH ": as root, run "
		 "\"systemd-tmpfiles --create offload-agent.conf\", and restart the service",
		 strerror(-error));
	return text;
}

int state_dir_remove(int directory_fd, const char *name)
{
	return unlinkat(directory_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}
