/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON, read value by value from a file through a small buffer, or from a text in memory. For the
 * nodes of a cluster, of which ten thousand are 200 MB and a few words of each are of interest:
 * what is passed over is checked, but kept nowhere, unless it is asked for.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the longest word that must be seen whole. */
#define JSON_READER_BUFFER_MIN 16

/* A value as it stands in the text. */
struct json_copy {
	char *text; /* the caller's to free */
	size_t length, allocated;
};

/* Once failed, a reader stays so. */
struct json_reader {
	const char *start, *at, *end; /* what is in memory, and how far it is read */
	const char *fault; /* what is wrong at `at`; NULL: nothing so far */
	int error; /* of reading the file: 0 or a negative errno */
	size_t n_lines; /* that came before `start` */
	char *buffer; /* NULL: there is nothing behind `end` */
	size_t size;
	int fd;
	struct json_copy *copy; /* what is read from `copied` on goes there, too; NULL: nowhere */
	const char *copied;
};

/* A reader of a text in memory, and one of a file; text, buffer and descriptor stay the caller's.
 */
struct json_reader json_reader_of_text(const char *text, size_t size);
struct json_reader json_reader_of_file(int fd, char *buffer, size_t size);

/* Is there another value, after blanks? (Texts may hold several, one after the other.) */
bool json_reader_has_more(struct json_reader *reader);

/* The first character of the next value: '{', '[', '"', ... or '\0' when none can begin here. */
char json_read_peek(struct json_reader *reader);

/*
 * Reads an object: json_read_begin(reader, '{'), then json_read_member() as long as it returns
 * true, and after each time one value. An array: the same with '[' and json_read_element().
 * `first` is true before the first of them, and is kept by them.
 */
bool json_read_begin(struct json_reader *reader, char bracket);
bool json_read_member(struct json_reader *reader, bool *first, char *key, size_t key_size);
bool json_read_element(struct json_reader *reader, bool *first);

/*
 * Reads a string; what does not fit is cut off. json_read_text() takes null, too, for an empty one.
 */
bool json_read_string(struct json_reader *reader, char *text, size_t size);
bool json_read_text(struct json_reader *reader, char *text, size_t size);

/* Begins an object; null stands for none, and is passed over. False for that and for a fault. */
bool json_read_begin_or_null(struct json_reader *reader);

/* A member of an object whose text is kept. */
struct json_text {
	const char *key;
	char *text;
	size_t size;
};

/*
 * Reads an object's texts, and passes over all else in it; null is an object without members.
 * False after a fault.
 */
bool json_read_texts(struct json_reader *reader, const struct json_text texts[], size_t n_texts);

/* Reads a number from 0 on; null is 0. One that is greater than the result can be is a fault. */
bool json_read_count(struct json_reader *reader, uint64_t *ret_count);

/* Passes over a value of any type. */
bool json_read_skip(struct json_reader *reader);

/*
 * The same, and keeps it in `copy`, which is empty before. False with an `error` of -ENOMEM when
 * memory is short.
 */
bool json_read_copy(struct json_reader *reader, struct json_copy *copy);

/* The line, from 1, that the reader stands in. */
size_t json_reader_line(const struct json_reader *reader);
