/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/base/json_writer.h"

#include "agent/base/text.h"
#include "cleanup.h"

#include <errno.h>
#include <string.h>

/* Strings up to this length need no memory of their own. */
#define SHORT_TEXT_SIZE 256

/* What skip_plain() looks for: bytes of ASCII without DEL, or all. */
#define ASCII_END 0x7f
#define ALL_BYTES 0x100

static void write_plain(FILE *output, const char *text)
{
	fwrite_unlocked(text, 1, strlen(text), output);
}

/* Where the part of it ends that stands in JSON as it is, with bytes below `end` alone. */
static const char *skip_plain(const char *text, unsigned int end)
{
	for (;; text++) {
		const unsigned int byte = (unsigned char)*text;

		if (byte - ' ' >= end - ' ' || byte == '"' || byte == '\\')
			return text;
	}
}

/* Writes it up to the first byte that is not fit, or to its end; returns where that is. */
static const char *write_fit(FILE *output, const char *text, unsigned int end)
{
	for (;;) {
		const char *plain = text;

		text = skip_plain(text, end);
		fwrite_unlocked(plain, 1, (size_t)(text - plain), output);
		if (*text != '"' && *text != '\\')
			return text;
		putc_unlocked('\\', output);
		putc_unlocked(*text++, output);
	}
}

/* Comma, line and key: whatever stands before a value. Keys are fit. */
static void write_lead(struct json_writer *writer, const char *key)
{
	if (writer->comma)
		putc_unlocked(',', writer->output);
	if (writer->line_break)
		putc_unlocked('\n', writer->output);
	if (key) {
		putc_unlocked('"', writer->output);
		write_fit(writer->output, key, ALL_BYTES);
		putc_unlocked('"', writer->output);
		putc_unlocked(':', writer->output);
	}
	writer->comma = true;
	writer->line_break = false;
}

/*
 * What is left of a text, and is not ASCII, or not fit. Without memory a long one is cut: what is
 * read again knows such by its length.
 */
static void write_made_fit(FILE *output, const char *text)
{
	char short_text[SHORT_TEXT_SIZE];
	_cleanup_free_ char *long_text = NULL;
	char *clean = short_text;
	size_t size = strlen(text) + 1;

	if (size > sizeof(short_text) && (long_text = malloc(size)))
		clean = long_text;
	else if (size > sizeof(short_text))
		size = sizeof(short_text);
	write_fit(output, text_clean(text, clean, size), ALL_BYTES);
}

void json_write_string(struct json_writer *writer, const char *key, const char *value)
{
	write_lead(writer, key);
	putc_unlocked('"', writer->output);
	value = write_fit(writer->output, value, ASCII_END);
	if (*value)
		write_made_fit(writer->output, value);
	putc_unlocked('"', writer->output);
}

void json_write_integer(struct json_writer *writer, const char *key, int64_t value)
{
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char digits[24];
	size_t begin = sizeof(digits);

	do
		digits[--begin] = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		digits[--begin] = '-';
	write_lead(writer, key);
	fwrite_unlocked(digits + begin, 1, sizeof(digits) - begin, writer->output);
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
