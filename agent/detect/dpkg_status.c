/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/dpkg_status.h"

#include "agent/base/monotonic.h"
#include "cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Longer than the lines that matter; of others only the start is looked at. */
#define LINE_SIZE 1024

/* Of the fields that matter. */
#define FIRST_LETTERS "PSV"

#define PIECE_SIZE 16384 /* read at once */

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

/* A file being read, line by line. */
struct reader {
	const char *package;
	struct paragraph paragraph;
	char line[LINE_SIZE];
	size_t length; /* of the line so far; what does not fit into it is dropped */
	size_t size; /* of all that was read */
	uint64_t deadline;
};

static void reader_clear(struct reader *reader)
{
	paragraph_clear(&reader->paragraph);
}

/* Returns 1 when the paragraph that is looked for has ended, 0 or -ENOMEM. */
static int take_line(struct reader *reader)
{
	size_t length = reader->length;

	reader->length = 0;
	reader->line[length] = '\0';
	if (length > 1)
		return read_field(&reader->paragraph, reader->line, reader->package);
	if (length == 1)
		return 0; /* no field, and no end of the paragraph either */
	if (reader->paragraph.named)
		return 1;
	paragraph_clear(&reader->paragraph);
	return 0;
}

static void add_to_line(struct reader *reader, const char *text, size_t size)
{
	size_t room = sizeof(reader->line) - 1 - reader->length;
	size_t taken = size < room ? size : room;

	/* Of nearly all lines it is enough that they are not empty. */
	if (reader->length == 0 && size > 0 && !strchr(FIRST_LETTERS, text[0]))
		taken = 1;
	memcpy(reader->line + reader->length, text, taken);
	reader->length += taken;
}

/* The same for all lines that end in these bytes. */
static int take_piece(struct reader *reader, const char *piece, size_t size)
{
	const char *end = piece + size, *newline;
	int result = 0;

	while (result == 0 && (newline = memchr(piece, '\n', (size_t)(end - piece)))) {
		add_to_line(reader, piece, (size_t)(newline - piece));
		result = take_line(reader);
		piece = newline + 1;
	}
	if (result == 0)
		add_to_line(reader, piece, (size_t)(end - piece));
	return result;
}

/* Reads until the paragraph that is looked for, or the file, has ended. */
static int search(int fd, struct reader *reader)
{
	char piece[PIECE_SIZE];
	ssize_t got;

	while ((got = read(fd, piece, sizeof(piece))) != 0) {
		int result = 0;

		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0) {
			reader->size += (size_t)got;
			result = take_piece(reader, piece, (size_t)got);
		}
		if (result != 0)
			return result < 0 ? result : 0;
		/* What is one large hole has no end, and no lines. */
		if (reader->size > DPKG_STATUS_SIZE_MAX)
			return -EFBIG;
		if (monotonic_ms_until(reader->deadline) == 0)
			return -ETIME;
	}
	return take_line(reader) < 0 ? -ENOMEM : 0;
}

int dpkg_status_version(int fd, const char *package, char **ret_version)
{
	_cleanup_(reader_clear) struct reader reader = {
		.package = package,
		.deadline = monotonic_now_ms() + DPKG_STATUS_LIMIT_MS,
	};
	const struct paragraph *paragraph = &reader.paragraph;
	int result = search(fd, &reader);

	if (result < 0)
		return result;
	if (!paragraph->named || !paragraph->installed || !paragraph->version)
		return -ENOENT;
	*ret_version = TAKE_PTR(reader.paragraph.version);
	return 0;
}
