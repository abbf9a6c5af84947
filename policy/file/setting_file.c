/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/file/setting_file.h"

#include "cleanup.h"
#include "policy/file/diagnostics.h"
#include "policy/file/read_whole.h"
#include "policy/string_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Who may write a file or folder that has power over the node? Root alone. */
static int check_owner(const struct stat *status, const char *shown,
		       struct diagnostics *diagnostics)
{
	if (status->st_uid != 0)
		return diagnostics_refuse(diagnostics, "%s: is not owned by root; chown root it",
					  shown);
	if (status->st_mode & (S_IWGRP | S_IWOTH))
		return diagnostics_refuse(
			diagnostics, "%s: others than root may write it; chmod go-w it", shown);
	return 0;
}

static bool is_dev_null(const struct stat *status)
{
	return S_ISCHR(status->st_mode) && status->st_rdev == makedev(1, 3);
}

/* Opens and checks. Returns the descriptor; -ENODATA for /dev/null; -ENOENT; -EBADMSG; -ENOMEM. */
static int open_checked(int directory_fd, const char *path, const char *shown,
			struct diagnostics *diagnostics)
{
	_cleanup_close_ int fd = -1;
	struct stat status;
	int result;

	/* O_NONBLOCK: a FIFO must not hang the reader. */
	fd = openat(directory_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		if (directory_fd == AT_FDCWD && lstat(path, &status) < 0)
			return -ENOENT;
		/* The name is there, or was when its folder was listed: a link to nothing. */
		return diagnostics_refuse(
			diagnostics,
			"%s: links to a file that is not there; remove it, or link it to "
			"/dev/null to mask what it replaces",
			shown);
	}
	if (fd < 0 || fstat(fd, &status) < 0)
		return diagnostics_refuse(diagnostics, "%s: cannot be opened: %s", shown,
					  strerror(errno));
	if (is_dev_null(&status))
		return -ENODATA;
	if (!S_ISREG(status.st_mode))
		return diagnostics_refuse(diagnostics, "%s: is no regular file", shown);
	result = check_owner(&status, shown, diagnostics);
	if (result < 0)
		return result;
	return TAKE_FD(fd);
}

static int read_text(int fd, const char *shown, struct diagnostics *diagnostics, char **ret_text)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int result = read_whole(fd, SETTING_FILE_SIZE_MAX, NULL, NULL, &text, &size);

	if (result == -EFBIG)
		return diagnostics_refuse(diagnostics, "%s: is larger than %d KiB", shown,
					  SETTING_FILE_SIZE_MAX / 1024);
	if (result < 0 && result != -ENOMEM)
		return diagnostics_refuse(diagnostics, "%s: cannot be read: %s", shown,
					  strerror(-result));
	if (result < 0)
		return result;
	if (strlen(text) != size)
		return diagnostics_refuse(diagnostics, "%s: is no text: it holds a NUL byte",
					  shown);
	*ret_text = TAKE_PTR(text);
	return 0;
}

/*
 * Refuses bytes that are no text, and @include: what it names would be read without
 * any of the checks above, and libconfig before 1.7 has no way to prevent it.
 */
static int check_lines(const char *text, const char *shown, struct diagnostics *diagnostics)
{
	int number = 1;

	for (const char *line = text; *line; number++) {
		size_t length = strcspn(line, "\n");

		for (size_t i = 0; i < length; i++) {
			unsigned char byte = line[i];

			if ((byte < 0x20 && byte != '\t' && byte != '\r') || byte == 0x7f)
				return diagnostics_refuse(diagnostics,
							  "%s:%d: is no text: byte 0x%02x", shown,
							  number, byte);
		}
		if (strncmp(line + strspn(line, " \t"), "@include", 8) == 0)
			return diagnostics_refuse(
				diagnostics,
				"%s:%d: @include is not allowed; put the file into the folder",
				shown, number);
		line += length + (line[length] == '\n');
	}
	return 0;
}

static int parse(struct setting_file *file, const char *text)
{
	config_init(&file->config);
	if (config_read_string(&file->config, text) == CONFIG_TRUE)
		return config_setting_length(config_root_setting(&file->config)) == 0;
	return diagnostics_refuse(file->diagnostics, "%s:%d: %s", file->path,
				  config_error_line(&file->config),
				  config_error_text(&file->config));
}

int setting_file_open(int directory_fd, const char *path, const char *shown,
		      struct diagnostics *diagnostics, struct setting_file *ret_file)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	int result;

	fd = open_checked(directory_fd, path, shown, diagnostics);
	if (fd == -ENODATA)
		return 1;
	if (fd < 0)
		return fd;
	result = read_text(fd, shown, diagnostics, &text);
	if (result == 0)
		result = check_lines(text, shown, diagnostics);
	if (result < 0)
		return result;
	ret_file->path = strdup(shown);
	ret_file->diagnostics = diagnostics;
	return ret_file->path ? parse(ret_file, text) : -ENOMEM;
}

void setting_file_close(struct setting_file *file)
{
	if (file->path)
		config_destroy(&file->config);
	free(file->path);
	*file = (struct setting_file){0};
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t length = strlen(name), suffix_length = strlen(suffix);

	return name[0] != '.' && length > suffix_length &&
	       strcmp(name + length - suffix_length, suffix) == 0;
}

/* The names in an open folder, sorted. The descriptor stays the caller's. */
static int list_names(int directory_fd, const char *suffix, char ***ret_names)
{
	_cleanup_closedir_ DIR *directory = NULL;
	_cleanup_(strings_cleanup) char **names = NULL;
	_cleanup_close_ int fd = -1;
	const struct dirent *entry;
	size_t count = 0;

	fd = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	names = calloc(1, sizeof(char *));
	directory = names ? fdopendir(fd) : NULL;
	if (!directory)
		return names ? -errno : -ENOMEM;
	fd = -1; /* the directory's now */
	errno = 0;
	while ((entry = readdir(directory))) {
		char **longer;

		if (!has_suffix(entry->d_name, suffix))
			continue;
		longer = realloc(names, (count + 2) * sizeof(char *));
		if (!longer)
			return -ENOMEM;
		names = longer;
		names[count] = strdup(entry->d_name);
		names[count + 1] = NULL;
		if (!names[count++])
			return -ENOMEM;
		errno = 0;
	}
	if (errno != 0)
		return -errno;
	qsort(names, count, sizeof(char *), compare_names);
	*ret_names = TAKE_PTR(names);
	return 0;
}

int setting_directory_list(const char *directory, const char *suffix,
			   struct diagnostics *diagnostics, int *ret_directory_fd,
			   char ***ret_names)
{
	_cleanup_close_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat status;
	int result;

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 || fstat(fd, &status) < 0)
		return diagnostics_refuse(diagnostics, "%s: cannot be opened: %s", directory,
					  strerror(errno));
	result = check_owner(&status, directory, diagnostics);
	if (result == 0)
		result = list_names(fd, suffix, ret_names);
	if (result < 0 && result != -EBADMSG && result != -ENOMEM)
		return diagnostics_refuse(diagnostics, "%s: cannot be read: %s", directory,
					  strerror(-result));
	if (result == 0)
		*ret_directory_fd = TAKE_FD(fd);
	return result;
}
