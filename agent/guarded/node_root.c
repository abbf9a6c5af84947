/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/guarded/node_root.h"

#include "agent/base/monotonic.h"
#include "cleanup.h"
#include "policy/file/read_whole.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* As many as the kernel follows (path_resolution(7)). */
#define LINKS_MAX   40
#define FOLDERS_MAX 64

struct node_root {
	int fd;
	char *path; /* how it is shown; "" for "/", so that a path can be appended */
	char *refusal; /* why no program below may be executed; NULL = it may */
};

/* A path being followed from a folder that is its "/". */
struct walk {
	int folders[FOLDERS_MAX]; /* the first one is the start and is borrowed */
	unsigned int n_folders;
	unsigned int n_links;
	char where[PATH_MAX]; /* the folder reached, as shown */
	size_t start_length; /* how much of `where` is the start */
	char rest[PATH_MAX]; /* what is still to be followed */
	size_t after_link; /* as much of it was there before the last symbolic link was read */
	char last[NAME_MAX + 1]; /* the last component, if it was no folder */
	struct stat status; /* of what was reached */
	char *refusal; /* the first untrusted thing on the way; owned */
};

static int walk_folder(const struct walk *walk)
{
	return walk->folders[walk->n_folders - 1];
}

static void walk_clear(struct walk *walk)
{
	while (walk->n_folders > 1)
		close(walk->folders[--walk->n_folders]);
	free(walk->refusal);
}

/* Appends "/NAME" to the path that is shown. */
static int walk_append(struct walk *walk, const char *name)
{
	size_t length = strlen(walk->where);
	int added = snprintf(walk->where + length, sizeof(walk->where) - length, "/%s", name);

	if (added >= 0 && (size_t)added < sizeof(walk->where) - length)
		return 0;
	walk->where[length] = '\0';
	return -ENAMETOOLONG;
}

/* Goes to the parent folder, but not above the start. */
static void walk_up(struct walk *walk)
{
	if (walk->n_folders == 1)
		return;
	close(walk->folders[--walk->n_folders]);
	*strrchr(walk->where, '/') = '\0';
}

/* Notes the first thing on the way that others than root could exchange. */
static int walk_judge(struct walk *walk, const char *name, const struct stat *status)
{
	bool is_link = S_ISLNK(status->st_mode);
	bool writable = !is_link && status->st_mode & (S_IWGRP | S_IWOTH);
	bool sticky = S_ISDIR(status->st_mode) && status->st_mode & S_ISVTX;
	const char *separator = *name || !*walk->where ? "/" : "";
	int result = 0;

	if (walk->refusal)
		return 0;
	if (status->st_uid != 0)
		result = asprintf(&walk->refusal, "%s%s%s belongs to uid %u; chown %sroot %s%s%s",
				  walk->where, separator, name, (unsigned int)status->st_uid,
				  is_link ? "-h " : "", walk->where, separator, name);
	else if (writable && !sticky)
		result = asprintf(&walk->refusal,
				  "%s%s%s may be written by others than root; chmod go-w %s%s%s",
				  walk->where, separator, name, walk->where, separator, name);
	if (result >= 0)
		return 0;
	walk->refusal = NULL;
	return -ENOMEM;
}

/* Puts what a symbolic link says before the rest of the path. */
static int walk_link(struct walk *walk, int link_fd)
{
	char path[PATH_MAX];
	ssize_t length;
	int joined;

	if (++walk->n_links > LINKS_MAX)
		return -ELOOP;
	length = readlinkat(link_fd, "", path, sizeof(path));
	if (length < 0)
		return -errno;
	if ((size_t)length >= sizeof(path))
		return -ENAMETOOLONG;
	path[length] = '\0';
	walk->after_link = strlen(walk->rest);
	if (path[0] == '/') {
		while (walk->n_folders > 1)
			walk_up(walk);
	}
	joined = snprintf(path + length, sizeof(path) - (size_t)length, "/%s", walk->rest);
	if (joined < 0 || (size_t)joined >= sizeof(path) - (size_t)length)
		return -ENAMETOOLONG;
	strcpy(walk->rest, path);
	return 0;
}

/* Goes into a folder; the walk takes over its descriptor. */
static int walk_down(struct walk *walk, const char *name, int *fd)
{
	int result;

	if (walk->n_folders == FOLDERS_MAX)
		return -ENAMETOOLONG;
	result = walk_append(walk, name);
	if (result == 0)
		walk->folders[walk->n_folders++] = TAKE_FD(*fd);
	return result;
}

/* Follows one component. */
static int walk_step(struct walk *walk, const char *name)
{
	_cleanup_close_ int fd = -1;
	int result;

	if (strcmp(name, "..") == 0) {
		walk_up(walk);
		return fstat(walk_folder(walk), &walk->status) < 0 ? -errno : 0;
	}
	fd = openat(walk_folder(walk), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &walk->status) < 0)
		return -errno;
	result = walk_judge(walk, name, &walk->status);
	if (result < 0)
		return result;
	if (S_ISLNK(walk->status.st_mode))
		return walk_link(walk, fd);
	if (S_ISDIR(walk->status.st_mode))
		return walk_down(walk, name, &fd);
	strcpy(walk->last, name);
	return 0;
}

/* Takes the next component off the rest of the path; an empty one at the end. */
static int walk_next(struct walk *walk, char name[static NAME_MAX + 1])
{
	size_t skipped = strspn(walk->rest, "/");
	size_t length = strcspn(walk->rest + skipped, "/");
	char *after = walk->rest + skipped + length;

	if (length > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, walk->rest + skipped, length);
	name[length] = '\0';
	memmove(walk->rest, after, strlen(after) + 1);
	return 0;
}

/* Follows the whole path: `last` is empty when it ends at a folder. */
static int walk_run(struct walk *walk)
{
	char name[NAME_MAX + 1];
	int result;

	result = fstat(walk_folder(walk), &walk->status) < 0 ? -errno : 0;
	if (result == 0)
		result = walk_judge(walk, "", &walk->status);
	while (result == 0) {
		result = walk_next(walk, name);
		if (result < 0 || !name[0])
			break;
		if (walk->last[0])
			return -ENOTDIR;
		if (strcmp(name, ".") != 0)
			result = walk_step(walk, name);
	}
	return result;
}

static int walk_path(int start, const char *shown, const char *path, struct walk *ret_walk)
{
	int length = snprintf(ret_walk->where, sizeof(ret_walk->where), "%s", shown);

	ret_walk->folders[0] = start;
	ret_walk->n_folders = 1;
	if (length < 0 || (size_t)length >= sizeof(ret_walk->where) ||
	    strlen(path) >= sizeof(ret_walk->rest))
		return -ENAMETOOLONG;
	strcpy(ret_walk->rest, path);
	return walk_run(ret_walk);
}

/* Opens the regular file that the walk has reached. */
static int walk_open(const struct walk *walk)
{
	_cleanup_close_ int fd = -1;
	struct stat status;

	if (!walk->last[0])
		return -EISDIR;
	/* Seen before it is opened: opening a device can do things. */
	if (!S_ISREG(walk->status.st_mode))
		return -EINVAL;
	fd = openat(walk_folder(walk), walk->last,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	/* Exchanged meanwhile? */
	if (status.st_dev != walk->status.st_dev || status.st_ino != walk->status.st_ino)
		return -EAGAIN;
	return TAKE_FD(fd);
}

/* A path as the kernel sees it, from "/" on. */
static int make_absolute(const char *path, char **ret_path)
{
	_cleanup_free_ char *here = NULL;

	if (path[0] == '\0')
		return -ENOENT;
	if (path[0] != '/') {
		here = getcwd(NULL, 0);
		if (!here)
			return -errno;
	}
	return asprintf(ret_path, "%s/%s", here ? here : "", path) < 0 ? -ENOMEM : 0;
}

static int root_fill(struct node_root *root, const char *path)
{
	_cleanup_(walk_clear) struct walk walk = {.n_folders = 0};
	_cleanup_free_ char *absolute = NULL;
	_cleanup_close_ int start = -1;
	int result;

	result = make_absolute(path, &absolute);
	if (result < 0)
		return result;
	start = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (start < 0)
		return -errno;
	result = walk_path(start, "", absolute, &walk);
	if (result < 0)
		return result;
	if (walk.last[0])
		return -ENOTDIR;
	root->path = strdup(walk.where);
	if (!root->path)
		return -ENOMEM;
	root->fd = fcntl(walk_folder(&walk), F_DUPFD_CLOEXEC, 3);
	if (root->fd < 0)
		return -errno;
	root->refusal = TAKE_PTR(walk.refusal);
	return 0;
}

int node_root_open(const char *path, struct node_root **ret_root)
{
	_cleanup_(cleanup_node_root) struct node_root *root = calloc(1, sizeof(*root));
	int result;

	if (!root)
		return -ENOMEM;
	root->fd = -1;
	result = root_fill(root, path ? path : "/");
	if (result == 0)
		*ret_root = TAKE_PTR(root);
	return result;
}

struct node_root *node_root_close(struct node_root *root)
{
	if (!root)
		return NULL;
	if (root->fd >= 0)
		close(root->fd);
	free(root->path);
	free(root->refusal);
	free(root);
	return NULL;
}

void cleanup_node_root(struct node_root **root)
{
	node_root_close(*root);
}

int node_root_open_file(const struct node_root *root, const char *path)
{
	_cleanup_(walk_clear) struct walk walk = {.n_folders = 0};
	int result = walk_path(root->fd, root->path, path, &walk);

	return result < 0 ? result : walk_open(&walk);
}

static int keep_deadline(int fd, void *context)
{
	const uint64_t *deadline = context;

	(void)fd;
	return monotonic_ms_until(*deadline) == 0 ? -ETIME : 0;
}

int node_root_read(const struct node_root *root, const char *path, size_t size_max, char **ret_text,
		   size_t *ret_size)
{
	uint64_t deadline = monotonic_now_ms() + NODE_ROOT_READ_LIMIT_MS;
	_cleanup_close_ int fd = node_root_open_file(root, path);

	if (fd < 0)
		return fd;
	return read_whole(fd, size_max, keep_deadline, &deadline, ret_text, ret_size);
}

bool node_root_has(const struct node_root *root, const char *path)
{
	_cleanup_(walk_clear) struct walk walk = {.n_folders = 0};
	int result = walk_path(root->fd, root->path, path, &walk);

	return result == 0 || result == -EACCES;
}

static bool is_empty_folder(int folder)
{
	_cleanup_closedir_ DIR *entries = NULL;
	_cleanup_close_ int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;

	entries = fd < 0 ? NULL : fdopendir(fd);
	if (!entries)
		return false;
	(void)TAKE_FD(fd);
	do {
		errno = 0;
		entry = readdir(entries);
	} while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
	return !entry && errno == 0;
}

bool node_root_hides(const struct node_root *root, const char *path)
{
	_cleanup_(walk_clear) struct walk walk = {.n_folders = 0};
	int result = walk_path(root->fd, root->path, path, &walk);

	/* What a symbolic link says is followed, each component with its slash, before what was
	 * there. */
	if (result == -ENOENT)
		return walk.n_links > 0 && strlen(walk.rest) > walk.after_link;
	return result == 0 && !walk.last[0] && is_empty_folder(walk_folder(&walk));
}

/* Says no with the folder's fault, or with the file's own. */
static int refuse(const struct node_root *root, const struct walk *walk, int error,
		  char **ret_refusal)
{
	const char *reason = root->refusal ? root->refusal : walk->refusal;
	int length;

	if (reason)
		length = asprintf(ret_refusal, "%s", reason);
	else if (error == -EINVAL || error == -EISDIR)
		length = asprintf(ret_refusal, "%s%s%s is no regular file", walk->where,
				  *walk->last ? "/" : "", walk->last);
	else if (error == -ENOEXEC)
		length = asprintf(ret_refusal, "%s/%s is not executable; chmod a+x %s/%s",
				  walk->where, walk->last, walk->where, walk->last);
	else
		length = asprintf(ret_refusal, "cannot be opened: %s", strerror(-error));
	return length < 0 ? -ENOMEM : -EPERM;
}

int node_root_open_program(const struct node_root *root, const char *path, char **ret_refusal)
{
	_cleanup_(walk_clear) struct walk walk = {.n_folders = 0};
	_cleanup_close_ int fd = -1;
	int result;

	result = walk_path(root->fd, root->path, path, &walk);
	if (result == -ENOTDIR)
		return -ENOENT;
	if (result == -ENOENT || result == -EACCES)
		return result;
	if (result < 0)
		return refuse(root, &walk, result, ret_refusal);
	fd = walk_open(&walk);
	if (fd < 0)
		return refuse(root, &walk, fd, ret_refusal);
	if (root->refusal || walk.refusal)
		return refuse(root, &walk, -EPERM, ret_refusal);
	if (!(walk.status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
		return refuse(root, &walk, -ENOEXEC, ret_refusal);
	return TAKE_FD(fd);
}
