/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/dpkg_status.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

/* Longer than the lines that matter; of others only the start is looked at. */
#define LINE_SIZE 1024

/* The paragraph being read. */
struct paragraph {
	bool named; /* it is the package's */
	bool installed;
	char *version;
};

static void paragraph_clear(struct paragraph *paragraph)
{
	free(paragraph->version);
	*paragraph = (struct paragraph){0};
}

/* The value of the line if it is the field `name`, else NULL. */
static const char *field_value(const char *line, const char *name)
{
	size_t length = strlen(name);

	if (strncmp(line, name, length) != 0 || line[length] != ':')
		return NULL;
	line += length + 1;
	return line + strspn(line, " \t");
}

static int read_field(struct paragraph *paragraph, const char *line, const char *package)
{
	const char *value = field_value(line, "Package");

	if (value) {
		paragraph->named = strcmp(value, package) == 0;
		return 0;
	}
	value = field_value(line, "Status");
	if (value) {
		/* The third word is the state; the first, what is wanted, may be "hold". */
		const char *state = strrchr(value, ' ');

		paragraph->installed = state && strcmp(state, " installed") == 0;
		return 0;
	}
	value = field_value(line, "Version");
	if (!value || !*value)
		return 0;
	free(paragraph->version);
	paragraph->version = strdup(value);
	return paragraph->version ? 0 : -ENOMEM;
}

/* Reads lines until the paragraph that is looked for has ended. */
static int search(FILE *file, const char *package, struct paragraph *paragraph)
{
	char line[LINE_SIZE];
	bool at_start = true; /* of a line, not in the middle of a long one */
	size_t size = 0;

	while (fgets(line, sizeof(line), file)) {
		size_t length = strlen(line);
		bool ended = length > 0 && line[length - 1] == '\n';
		int result = 0;

		/* A NUL byte hides the rest of its piece, which must not be free of charge. */
		size += length ? length : 1;
		if (size > DPKG_STATUS_SIZE_MAX)
			return -EFBIG;
		if (ended)
			line[length - 1] = '\0';
		if (at_start && line[0] == '\0') {
			if (paragraph->named)
				return 0;
			paragraph_clear(paragraph);
		} else if (at_start) {
			result = read_field(paragraph, line, package);
		}
		if (result < 0)
			return result;
		at_start = ended;
	}
	return ferror(file) ? -EIO : 0;
}

int dpkg_status_version(int fd, const char *package, char **ret_version)
{
	_cleanup_(paragraph_clear) struct paragraph paragraph = {0};
	_cleanup_fclose_ FILE *file = NULL;
	_cleanup_close_ int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	int result;

	file = copy < 0 ? NULL : fdopen(copy, "r");
	if (!file)
		return -errno;
	TAKE_FD(copy);
	result = search(file, package, &paragraph);
	if (result < 0)
		return result;
	if (!paragraph.named || !paragraph.installed || !paragraph.version)
		return -ENOENT;
	*ret_version = TAKE_PTR(paragraph.version);
	return 0;
}
