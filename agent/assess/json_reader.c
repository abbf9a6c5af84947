/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/assess/json_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longer than any key that is looked for. */
#define KEY_SIZE 32

/* Deeper than any object of Kubernetes is; one bit each says whether it is an object. */
#define DEPTH_MAX 512

struct json_reader json_reader_of_text(const char *text, size_t size)
{
	return (struct json_reader){.start = text, .at = text, .end = text + size, .fd = -1};
}

struct json_reader json_reader_of_file(int fd, char *buffer, size_t size)
{
	return (struct json_reader){.start = buffer,
				    .at = buffer,
				    .end = buffer,
				    .buffer = buffer,
				    .size = size,
				    .fd = fd};
}

static size_t count_lines(const char *begin, const char *end)
{
	size_t count = 0;

	while ((begin = memchr(begin, '\n', end - begin))) {
		begin++;
		count++;
	}
	return count;
}

/* Copies what was read since the last time. */
static void keep_read(struct json_reader *reader)
{
	struct json_copy *copy = reader->copy;
	size_t length = reader->at - reader->copied;

	if (copy->length + length > copy->allocated) {
		size_t allocated = 2 * (copy->length + length);
		char *grown = realloc(copy->text, allocated);

		if (!grown) {
			reader->error = -ENOMEM;
			return;
		}
		copy->text = grown;
		copy->allocated = allocated;
	}
	if (length)
		memcpy(copy->text + copy->length, reader->copied, length);
	copy->length += length;
	reader->copied = reader->at;
}

/* Reads more of the file behind what is not yet read here. False: that was all. */
static bool refill(struct json_reader *reader)
{
	size_t kept = reader->end - reader->at;
	ssize_t length;

	if (reader->buffer && reader->copy)
		keep_read(reader);
	if (!reader->buffer || reader->error < 0)
		return false;
	reader->n_lines += count_lines(reader->start, reader->at);
	memmove(reader->buffer, reader->at, kept);
	do
		length = read(reader->fd, reader->buffer + kept, reader->size - kept);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		reader->error = -errno;
	reader->start = reader->at = reader->copied = reader->buffer;
	reader->end = reader->buffer + kept + (length > 0 ? length : 0);
	return length > 0;
}

/* Are there `n_bytes` at once? Not more than JSON_READER_BUFFER_MIN. */
static bool has_bytes(struct json_reader *reader, size_t n_bytes)
{
	while ((size_t)(reader->end - reader->at) < n_bytes) {
		if (!refill(reader))
			return false;
	}
	return true;
}

static bool fail(struct json_reader *reader, const char *fault)
{
	if (!reader->fault)
		reader->fault = fault;
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static void skip_blanks(struct json_reader *reader)
{
	do {
		while (reader->at < reader->end && is_blank(*reader->at)) {
			reader->at++;
			/* Of what kubectl prints a third is indentation. */
			while (reader->end - reader->at >= 8 &&
			       memcmp(reader->at, "        ", 8) == 0)
				reader->at += 8;
		}
	} while (reader->at == reader->end && refill(reader));
}

bool json_reader_has_more(struct json_reader *reader)
{
	skip_blanks(reader);
	return !reader->fault && reader->at < reader->end;
}

char json_read_peek(struct json_reader *reader)
{
	return json_reader_has_more(reader) ? *reader->at : '\0';
}

static bool take(struct json_reader *reader, char wanted)
{
	if (json_read_peek(reader) != wanted)
		return false;
	reader->at++;
	return true;
}

bool json_read_begin(struct json_reader *reader, char bracket)
{
	if (take(reader, bracket))
		return true;
	return fail(reader, bracket == '{' ? "'{' is missing" : "'[' is missing");
}

/* A comma before all but the first, or the end. */
static bool take_next(struct json_reader *reader, bool *first, char end)
{
	bool was_first = *first;

	*first = false;
	if (take(reader, end))
		return false;
	if (was_first)
		return !reader->fault;
	if (take(reader, ','))
		return true;
	return fail(reader, json_reader_has_more(reader) ? "',' or an end is missing"
							 : "the text ends too early");
}

bool json_read_element(struct json_reader *reader, bool *first)
{
	return take_next(reader, first, ']');
}

bool json_read_member(struct json_reader *reader, bool *first, char *key, size_t key_size)
{
	if (!take_next(reader, first, '}') || !json_read_string(reader, key, key_size))
		return false;
	return take(reader, ':') || fail(reader, "':' is missing");
}

struct output {
	char *text;
	size_t size, length; /* size 0: nothing is kept */
};

/* One character may be several bytes: all of them fit, or it is the end. */
static void put(struct output *output, const char *bytes, size_t n_bytes)
{
	if (output->size == 0)
		return;
	if (output->length + n_bytes >= output->size) {
		output->size = output->length + 1;
		return;
	}
	memcpy(output->text + output->length, bytes, n_bytes);
	output->length += n_bytes;
}

static void put_code_point(struct output *output, uint32_t code)
{
	char bytes[4];

	if (code < 0x80) {
		bytes[0] = code;
		put(output, bytes, 1);
	} else if (code < 0x800) {
		bytes[0] = 0xc0 | code >> 6;
		bytes[1] = 0x80 | (code & 0x3f);
		put(output, bytes, 2);
	} else if (code < 0x10000) {
		bytes[0] = 0xe0 | code >> 12;
		bytes[1] = 0x80 | (code >> 6 & 0x3f);
		bytes[2] = 0x80 | (code & 0x3f);
		put(output, bytes, 3);
	} else {
		bytes[0] = 0xf0 | code >> 18;
		bytes[1] = 0x80 | (code >> 12 & 0x3f);
		bytes[2] = 0x80 | (code >> 6 & 0x3f);
		bytes[3] = 0x80 | (code & 0x3f);
		put(output, bytes, 4);
	}
}

static bool read_hex(struct json_reader *reader, uint32_t *ret_code)
{
	uint32_t code = 0;

	if (!has_bytes(reader, 4))
		return fail(reader, "the text ends too early");
	for (int i = 0; i < 4; i++) {
		char digit = *reader->at++;

		code <<= 4;
		if (digit >= '0' && digit <= '9')
			code |= digit - '0';
		else if (digit >= 'a' && digit <= 'f')
			code |= digit - 'a' + 10;
		else if (digit >= 'A' && digit <= 'F')
			code |= digit - 'A' + 10;
		else
			return fail(reader, "\\u needs four hexadecimal digits");
	}
	*ret_code = code;
	return true;
}

/* Behind "\u". What stands for no character, and NUL, becomes U+FFFD. */
static bool read_code_point(struct json_reader *reader, struct output *output)
{
	uint32_t code, low;

	if (!read_hex(reader, &code))
		return false;
	if (code >= 0xd800 && code < 0xdc00 && has_bytes(reader, 6) && reader->at[0] == '\\' &&
	    reader->at[1] == 'u') {
		reader->at += 2;
		if (!read_hex(reader, &low))
			return false;
		code = low >= 0xdc00 && low < 0xe000
			       ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
			       : 0xfffd;
	}
	put_code_point(output, code == 0 || (code >= 0xd800 && code < 0xe000) ? 0xfffd : code);
	return true;
}

/* Behind the backslash. */
static bool read_escape(struct json_reader *reader, struct output *output)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *name;

	if (!has_bytes(reader, 1))
		return fail(reader, "the text ends too early");
	if (*reader->at == 'u') {
		reader->at++;
		return read_code_point(reader, output);
	}
	name = memchr(names, *reader->at, sizeof(names) - 1);
	if (!name)
		return fail(reader, "unknown escape");
	reader->at++;
	put(output, &values[name - names], 1);
	return true;
}

/* Reads on after the opening quote. */
static bool read_quoted(struct json_reader *reader, struct output *output)
{
	for (;;) {
		const char *begin = reader->at;

		while (reader->at < reader->end && *reader->at != '"' && *reader->at != '\\' &&
		       (unsigned char)*reader->at >= 0x20)
			reader->at++;
		if (output->size && reader->at > begin) {
			size_t length = reader->at - begin, room = output->size - output->length;

			put(output, begin, length < room ? length : room - 1);
		}
		if (reader->at == reader->end) {
			if (refill(reader))
				continue;
			return fail(reader, "the text ends too early");
		}
		if (*reader->at == '"')
			break;
		if (*reader->at != '\\')
			return fail(reader, "control character in a string");
		reader->at++;
		if (!read_escape(reader, output))
			return false;
	}
	reader->at++;
	return true;
}

bool json_read_string(struct json_reader *reader, char *text, size_t size)
{
	struct output output = {text, size, 0};

	if (!take(reader, '"'))
		return fail(reader, "a string is missing");
	if (!read_quoted(reader, &output))
		return false;
	text[output.length] = '\0';
	return true;
}

static bool skip_word(struct json_reader *reader, const char *word)
{
	size_t length = strlen(word);

	if (!has_bytes(reader, length) || memcmp(reader->at, word, length) != 0)
		return fail(reader, "no value of JSON");
	reader->at += length;
	return true;
}

bool json_read_text(struct json_reader *reader, char *text, size_t size)
{
	if (json_read_peek(reader) != 'n')
		return json_read_string(reader, text, size);
	text[0] = '\0';
	return skip_word(reader, "null");
}

/* Is there another character, and is it one of these? Then it is passed over. */
static bool skip_one_of(struct json_reader *reader, const char *characters)
{
	if (!has_bytes(reader, 1) || !*reader->at || !strchr(characters, *reader->at))
		return false;
	reader->at++;
	return true;
}

static bool skip_digits(struct json_reader *reader)
{
	if (!skip_one_of(reader, "0123456789"))
		return false;
	while (skip_one_of(reader, "0123456789"))
		;
	return true;
}

static bool skip_number(struct json_reader *reader)
{
	bool valid;

	skip_one_of(reader, "-");
	/* A number other than zero begins with no zero. */
	valid = skip_one_of(reader, "0") || skip_digits(reader);
	if (valid && skip_one_of(reader, "."))
		valid = skip_digits(reader);
	if (valid && skip_one_of(reader, "eE")) {
		skip_one_of(reader, "+-");
		valid = skip_digits(reader);
	}
	return valid || fail(reader, "no value of JSON");
}

bool json_read_count(struct json_reader *reader, uint64_t *ret_count)
{
	char digits[24];
	size_t length = 0;

	*ret_count = 0;
	if (json_read_peek(reader) == 'n')
		return skip_word(reader, "null");
	while (length < sizeof(digits) - 1 && has_bytes(reader, 1) && *reader->at >= '0' &&
	       *reader->at <= '9')
		digits[length++] = *reader->at++;
	digits[length] = '\0';
	errno = 0;
	*ret_count = strtoull(digits, NULL, 10);
	if (length == 0 || errno == ERANGE || (length > 1 && digits[0] == '0') ||
	    (has_bytes(reader, 1) && strchr("0123456789.eE", *reader->at)))
		return fail(reader, "a number is missing");
	return true;
}

/* A value that holds no others. */
static bool skip_scalar(struct json_reader *reader)
{
	struct output nothing = {0};

	switch (json_read_peek(reader)) {
	case '"':
		reader->at++;
		return read_quoted(reader, &nothing);
	case 't':
		return skip_word(reader, "true");
	case 'f':
		return skip_word(reader, "false");
	case 'n':
		return skip_word(reader, "null");
	case '\0':
		return fail(reader, "the text ends too early");
	default:
		return skip_number(reader);
	}
}

/* The brackets that are open, the innermost last; a text from outside must not use up the stack. */
struct nesting {
	bool is_object[DEPTH_MAX];
	size_t depth;
	bool first; /* the innermost has had no member yet */
};

/* Begins an object or array, or skips a scalar. */
static bool skip_one(struct json_reader *reader, struct nesting *nesting)
{
	char bracket = json_read_peek(reader);

	if (bracket != '{' && bracket != '[') {
		nesting->first = false;
		return skip_scalar(reader);
	}
	if (nesting->depth == DEPTH_MAX)
		return fail(reader, "too deeply nested");
	reader->at++;
	nesting->is_object[nesting->depth++] = bracket == '{';
	nesting->first = true;
	return true;
}

bool json_read_skip(struct json_reader *reader)
{
	struct nesting nesting;
	char key[1];

	nesting.depth = 0;
	if (!skip_one(reader, &nesting))
		return false;
	while (nesting.depth > 0) {
		bool more = nesting.is_object[nesting.depth - 1]
				    ? json_read_member(reader, &nesting.first, key, sizeof(key))
				    : json_read_element(reader, &nesting.first);

		if (reader->fault)
			return false;
		if (!more)
			nesting.depth--;
		else if (!skip_one(reader, &nesting))
			return false;
	}
	return true;
}

/* Kubernetes leaves out what is empty, or says null. */
bool json_read_begin_or_null(struct json_reader *reader)
{
	if (json_read_peek(reader) == '{')
		return json_read_begin(reader, '{');
	json_read_skip(reader);
	return false;
}

bool json_read_texts(struct json_reader *reader, const struct json_text texts[], size_t n_texts)
{
	char key[KEY_SIZE];
	bool first = true;

	if (!json_read_begin_or_null(reader))
		return !reader->fault;
	while (json_read_member(reader, &first, key, sizeof(key))) {
		size_t i = 0;

		while (i < n_texts && strcmp(texts[i].key, key) != 0)
			i++;
		if (i < n_texts)
			json_read_text(reader, texts[i].text, texts[i].size);
		else
			json_read_skip(reader);
	}
	return !reader->fault;
}

bool json_read_copy(struct json_reader *reader, struct json_copy *copy)
{
	bool valid;

	reader->copy = copy;
	reader->copied = reader->at;
	valid = json_read_skip(reader);
	keep_read(reader);
	reader->copy = NULL;
	return valid && reader->error == 0;
}

size_t json_reader_line(const struct json_reader *reader)
{
	return 1 + reader->n_lines + count_lines(reader->start, reader->at);
}
