/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/base/json_writer.h"

#include "agent/base/text.h"
#include "cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Strings up to this length need no memory of their own. */
#define SHORT_TEXT_SIZE 256

static void write_plain(FILE *output, const char *text)
{
	fwrite_unlocked(text, 1, strlen(text), output);
}

/* `text` is clean: no control characters, valid UTF-8. */
static void write_quoted(FILE *output, const char *text)
{
	putc_unlocked('"', output);
	for (;;) {
		size_t length = strcspn(text, "\"\\");

		fwrite_unlocked(text, 1, length, output);
		if (!text[length])
			break;
		putc_unlocked('\\', output);
		putc_unlocked(text[length], output);
		text += length + 1;
	}
	putc_unlocked('"', output);
}

/* Comma, line and key: whatever stands before a value. */
static void write_lead(struct json_writer *writer, const char *key)
{
	if (writer->comma)
		putc_unlocked(',', writer->output);
	if (writer->line_break)
		putc_unlocked('\n', writer->output);
	if (key) {
		write_quoted(writer->output, key);
		putc_unlocked(':', writer->output);
	}
	writer->comma = true;
	writer->line_break = false;
}

void json_write_string(struct json_writer *writer, const char *key, const char *value)
{
	char short_text[SHORT_TEXT_SIZE];
	_cleanup_free_ char *long_text = NULL;
	char *clean = short_text;
	size_t size = strlen(value) + 1;

	/* Without memory a long text is cut: what is read again knows such by its length. */
	if (size > sizeof(short_text) && (long_text = malloc(size)))
		clean = long_text;
	else if (size > sizeof(short_text))
		size = sizeof(short_text);
	write_lead(writer, key);
	write_quoted(writer->output, text_clean(value, clean, size));
}

void json_write_integer(struct json_writer *writer, const char *key, int64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRId64, value);
	write_lead(writer, key);
	write_plain(writer->output, digits);
}

void json_write_boolean(struct json_writer *writer, const char *key, bool value)
{
	write_lead(writer, key);
	write_plain(writer->output, value ? "true" : "false");
}

void json_write_null(struct json_writer *writer, const char *key)
{
	write_lead(writer, key);
	write_plain(writer->output, "null");
}

void json_write_begin(struct json_writer *writer, const char *key, char bracket)
{
	write_lead(writer, key);
	putc_unlocked(bracket, writer->output);
	writer->comma = false;
}

void json_write_end(struct json_writer *writer, char bracket)
{
	putc_unlocked(bracket, writer->output);
	writer->comma = true;
	writer->line_break = false;
}

void json_write_line(struct json_writer *writer)
{
	writer->line_break = true;
}

void json_write_text(struct json_writer *writer, const char *key, const char *value)
{
	if (value)
		json_write_string(writer, key, value);
	else
		json_write_null(writer, key);
}

void json_write_strings(struct json_writer *writer, const char *key, char *const strings[])
{
	json_write_begin(writer, key, '[');
	for (size_t i = 0; strings && strings[i]; i++)
		json_write_string(writer, NULL, strings[i]);
	json_write_end(writer, ']');
}

int json_write_result(const struct json_writer *writer)
{
	return ferror(writer->output) ? -EIO : 0;
}
