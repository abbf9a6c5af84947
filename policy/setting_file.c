/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/setting_file.h"

#include "cleanup.h"
#include "policy/link_match.h"
#include "policy/string_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static int complain(struct complaints *complaints, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds a complaint and returns -EBADMSG (or -ENOMEM). */
static int complain(struct complaints *complaints, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return complaints_add(complaints, "%s", text) < 0 ? -ENOMEM : -EBADMSG;
}

/* Who may write a file or folder that has power over the node? Root alone. */
static int check_owner(const struct stat *status, const char *shown, struct complaints *complaints)
{
	if (status->st_uid != 0)
		return complain(complaints, "%s: is not owned by root; chown root it", shown);
	if (status->st_mode & (S_IWGRP | S_IWOTH))
		return complain(complaints, "%s: others than root may write it; chmod go-w it",
				shown);
	return 0;
}

static bool is_dev_null(const struct stat *status)
{
	return S_ISCHR(status->st_mode) && status->st_rdev == makedev(1, 3);
}

/* Opens and checks. Returns the descriptor; -ENODATA for /dev/null; -ENOENT; -EBADMSG; -ENOMEM. */
static int open_checked(int directory_fd, const char *path, const char *shown,
			struct complaints *complaints, size_t *ret_size)
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
		return complain(complaints,
				"%s: links to a file that is not there; remove it, or link it to "
				"/dev/null to mask what it replaces",
				shown);
	}
	if (fd < 0 || fstat(fd, &status) < 0)
		return complain(complaints, "%s: cannot be opened: %s", shown, strerror(errno));
	if (is_dev_null(&status))
		return -ENODATA;
	if (!S_ISREG(status.st_mode))
		return complain(complaints, "%s: is no regular file", shown);
	result = check_owner(&status, shown, complaints);
	if (result < 0)
		return result;
	if (status.st_size > SETTING_FILE_SIZE_MAX)
		return complain(complaints, "%s: is larger than %d KiB", shown,
				SETTING_FILE_SIZE_MAX / 1024);
	*ret_size = status.st_size;
	return TAKE_FD(fd);
}

static int read_text(int fd, size_t size, const char *shown, struct complaints *complaints,
		     char **ret_text)
{
	_cleanup_free_ char *text = malloc(size + 1);
	size_t done = 0;

	if (!text)
		return -ENOMEM;
	while (done < size) {
		ssize_t length = read(fd, text + done, size - done);

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return complain(complaints, "%s: cannot be read: %s", shown,
					strerror(errno));
		if (length == 0)
			break;
		done += length;
	}
	text[done] = '\0';
	if (strlen(text) != done)
		return complain(complaints, "%s: is no text: it holds a NUL byte", shown);
	*ret_text = TAKE_PTR(text);
	return 0;
}

/*
 * Complains about bytes that are no text, and about @include: what it names would be read without
 * any of the checks above, and libconfig before 1.7 cannot be told not to.
 */
static int check_lines(const char *text, const char *shown, struct complaints *complaints)
{
	int number = 1;

	for (const char *line = text; *line; number++) {
		size_t length = strcspn(line, "\n");

		for (size_t i = 0; i < length; i++) {
			unsigned char byte = line[i];

			if ((byte < 0x20 && byte != '\t' && byte != '\r') || byte == 0x7f)
				return complain(complaints, "%s:%d: is no text: byte 0x%02x", shown,
						number, byte);
		}
		if (strncmp(line + strspn(line, " \t"), "@include", 8) == 0)
			return complain(
				complaints,
				"%s:%d: @include is not allowed; put the file into the folder",
				shown, number);
		line += length + (line[length] == '\n');
	}
	return 0;
}

static int parse(struct setting_file *file, const char *text, struct complaints *complaints)
{
	config_init(&file->config);
	if (config_read_string(&file->config, text) == CONFIG_TRUE)
		return config_setting_length(config_root_setting(&file->config)) == 0;
	return complain(complaints, "%s:%d: %s", file->path, config_error_line(&file->config),
			config_error_text(&file->config));
}

int setting_file_open(int directory_fd, const char *path, const char *shown,
		      struct complaints *complaints, struct setting_file *ret_file)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t size = 0;
	int result;

	fd = open_checked(directory_fd, path, shown, complaints, &size);
	if (fd == -ENODATA)
		return 1;
	if (fd < 0)
		return fd;
	result = read_text(fd, size, shown, complaints, &text);
	if (result == 0)
		result = check_lines(text, shown, complaints);
	if (result < 0)
		return result;
	ret_file->path = strdup(shown);
	return ret_file->path ? parse(ret_file, text, complaints) : -ENOMEM;
}

void setting_file_close(struct setting_file *file)
{
	if (file->path)
		config_destroy(&file->config);
	free(file->path);
	*file = (struct setting_file){0};
}

void setting_note(int *fault, int result)
{
	if (result < 0 && (*fault == 0 || result == -ENOMEM))
		*fault = result;
}

int setting_complain(const struct setting_file *file, const config_setting_t *setting,
		     struct complaints *complaints, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return complain(complaints, "%s:%d: %s", file->path, config_setting_source_line(setting),
			text);
}

static const char *string_fault(const char *text)
{
	if (!*text)
		return "must not be empty";
	for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++) {
		if (*byte < 0x20 || *byte == 0x7f)
			return "must not contain control characters";
	}
	return NULL;
}

int setting_read_string(const struct setting_file *file, const config_setting_t *group,
			const char *key, struct complaints *complaints, char **ret_string)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	const char *text, *fault;
	char *copy;

	if (!setting)
		return 0;
	text = config_setting_get_string(setting);
	if (!text)
		return setting_complain(file, setting, complaints, "%s: must be a string", key);
	fault = string_fault(text);
	if (fault)
		return setting_complain(file, setting, complaints, "%s: %s", key, fault);
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	*ret_string = copy;
	return 1;
}

int setting_read_bool(const struct setting_file *file, const config_setting_t *group,
		      const char *key, struct complaints *complaints, bool *ret_value)
{
	const config_setting_t *setting = config_setting_get_member(group, key);

	if (!setting)
		return 0;
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL)
		return setting_complain(file, setting, complaints, "%s: must be true or false",
					key);
	*ret_value = config_setting_get_bool(setting);
	return 1;
}

int setting_read_int(const struct setting_file *file, const config_setting_t *group,
		     const char *key, int minimum, int maximum, struct complaints *complaints,
		     int *ret_value)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	int value;

	if (!setting)
		return 0;
	value = config_setting_get_int(setting);
	if (config_setting_type(setting) != CONFIG_TYPE_INT || value < minimum || value > maximum)
		return setting_complain(file, setting, complaints,
					"%s: must be a whole number from %d to %d", key, minimum,
					maximum);
	*ret_value = value;
	return 1;
}

static int read_element(const struct setting_file *file, const config_setting_t *setting,
			const char *key, struct complaints *complaints, char **ret_string)
{
	const char *text = config_setting_get_string(setting);
	const char *fault = text ? string_fault(text) : "must hold strings only";

	if (fault)
		return setting_complain(file, setting, complaints, "%s: %s", key, fault);
	*ret_string = strdup(text);
	return *ret_string ? 0 : -ENOMEM;
}

int setting_read_strings(const struct setting_file *file, const config_setting_t *group,
			 const char *key, struct complaints *complaints, char ***ret_strings)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	_cleanup_(strings_cleanup) char **strings = NULL;
	int count, result;

	if (!setting)
		return 0;
	if (!config_setting_is_list(setting) && !config_setting_is_array(setting))
		return setting_complain(file, setting, complaints,
					"%s: must be a list of strings: [ \"...\" ]", key);
	count = config_setting_length(setting);
	strings = calloc(count + 1, sizeof(char *));
	if (!strings)
		return -ENOMEM;
	for (int i = 0; i < count; i++) {
		result = read_element(file, config_setting_get_elem(setting, i), key, complaints,
				      &strings[i]);
		if (result < 0)
			return result;
	}
	*ret_strings = TAKE_PTR(strings);
	return 1;
}

int setting_read_choice(const struct setting_file *file, const config_setting_t *group,
			const char *key, const char *const choices[], struct complaints *complaints,
			int *ret_choice)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	_cleanup_free_ char *listed = NULL;
	const char *text;

	if (!setting)
		return 0;
	text = config_setting_get_string(setting);
	for (int i = 0; choices[i]; i++) {
		char *longer = NULL;

		if (text && strcmp(text, choices[i]) == 0) {
			*ret_choice = i;
			return 1;
		}
		if (asprintf(&longer, "%s%s\"%s\"", listed ? listed : "", listed ? " or " : "",
			     choices[i]) < 0)
			return -ENOMEM;
		free(listed);
		listed = longer;
	}
	return setting_complain(file, setting, complaints, "%s: must be %s", key, listed);
}

int setting_read_group(const struct setting_file *file, const config_setting_t *group,
		       const char *key, struct complaints *complaints,
		       const config_setting_t **ret_group)
{
	const config_setting_t *setting = config_setting_get_member(group, key);

	if (!setting)
		return 0;
	if (!config_setting_is_group(setting))
		return setting_complain(file, setting, complaints, "%s: must be a group: { ... }",
					key);
	*ret_group = setting;
	return 1;
}

int setting_read_group_list(const struct setting_file *file, const config_setting_t *group,
			    const char *key, struct complaints *complaints,
			    const config_setting_t **ret_list)
{
	const config_setting_t *setting = config_setting_get_member(group, key);

	if (!setting)
		return 0;
	if (!config_setting_is_list(setting))
		return setting_complain(file, setting, complaints,
					"%s: must be a list of groups: ( { ... } )", key);
	for (int i = 0; i < config_setting_length(setting); i++) {
		const config_setting_t *element = config_setting_get_elem(setting, i);

		if (!config_setting_is_group(element))
			return setting_complain(file, element, complaints,
						"%s: must hold groups only: { ... }", key);
	}
	*ret_list = setting;
	return 1;
}

int setting_check_keys(const struct setting_file *file, const config_setting_t *group,
		       const char *const known[], struct complaints *complaints)
{
	int result = 0;

	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *member = config_setting_get_elem(group, i);
		int one;

		if (strings_have(known, config_setting_name(member)))
			continue;
		one = setting_complain(file, member, complaints,
				       "%s: no such key here; see README.md",
				       config_setting_name(member));
		if (one == -ENOMEM)
			return one;
		result = one;
	}
	return result;
}

static int check_match(const struct setting_file *file, const config_setting_t *group,
		       const struct link_match *match, struct complaints *complaints)
{
	if (match->name && !link_match_glob_valid(match->name))
		return setting_complain(file, config_setting_get_member(group, "name"), complaints,
					"name: \"%s\" is no glob: close every [ and escape \\",
					match->name);
	if (match->mac && !link_match_mac_valid(match->mac))
		return setting_complain(file, config_setting_get_member(group, "mac"), complaints,
					"mac: \"%s\" is no hardware address xx:xx:xx:xx:xx:xx",
					match->mac);
	if (config_setting_length(group) == 0)
		return setting_complain(file, group, complaints,
					"an empty group would match everything; give it a key");
	return 0;
}

int setting_read_link_match(const struct setting_file *file, const config_setting_t *group,
			    const char *const allowed[], struct complaints *complaints,
			    struct link_match *ret_match)
{
	_cleanup_(link_match_clear) struct link_match match = {.udp_csum = ANSWER_UNKNOWN};
	bool udp_csum = false;
	int result;

	result = setting_check_keys(file, group, allowed, complaints);
	if (result == 0)
		result = setting_read_string(file, group, "name", complaints, &match.name);
	if (result >= 0)
		result = setting_read_string(file, group, "kind", complaints, &match.kind);
	if (result >= 0)
		result = setting_read_string(file, group, "driver", complaints, &match.driver);
	if (result >= 0)
		result = setting_read_string(file, group, "mac", complaints, &match.mac);
	if (result >= 0)
		result = setting_read_bool(file, group, "udp_csum", complaints, &udp_csum);
	if (result > 0)
		match.udp_csum = udp_csum ? ANSWER_YES : ANSWER_NO;
	if (result >= 0)
		result = check_match(file, group, &match, complaints);
	if (result < 0)
		return result;
	*ret_match = match;
	match = (struct link_match){0};
	return 0;
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

static void cleanup_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

/* The names in an open folder, sorted. The descriptor stays the caller's. */
static int list_names(int directory_fd, const char *suffix, char ***ret_names)
{
	_cleanup_(cleanup_closedir) DIR *directory = NULL;
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

int setting_directory_list(const char *directory, const char *suffix, struct complaints *complaints,
			   int *ret_directory_fd, char ***ret_names)
{
	_cleanup_close_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat status;
	int result;

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 || fstat(fd, &status) < 0)
		return complain(complaints, "%s: cannot be opened: %s", directory, strerror(errno));
	result = check_owner(&status, directory, complaints);
	if (result == 0)
		result = list_names(fd, suffix, ret_names);
	if (result < 0 && result != -EBADMSG && result != -ENOMEM)
		return complain(complaints, "%s: cannot be read: %s", directory, strerror(-result));
	if (result == 0)
		*ret_directory_fd = TAKE_FD(fd);
	return result;
}
