/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON, written value by value as it is printed. jansson reads what this program reads; but it
 * makes a tree before it prints, which for the report of a thousand NICs was most of the memory
 * and half of the time of `apply`.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* {.output = file} is a writer. Its output stays the caller's; faults show in ferror(). */
struct json_writer {
	FILE *output;
	bool comma; /* something stands before the next value */
	bool line_break; /* the next value begins a line */
};

/*
 * Each writes one value: with `key` as a member of an object, with NULL as an element of an array
 * or as the only value.
 */
void json_write_string(struct json_writer *writer, const char *key, const char *value);
void json_write_integer(struct json_writer *writer, const char *key, int64_t value);
void json_write_boolean(struct json_writer *writer, const char *key, bool value);
void json_write_null(struct json_writer *writer, const char *key);

/* Begins an object or an array, and ends the innermost one: '{' with '}', '[' with ']'. */
void json_write_begin(struct json_writer *writer, const char *key, char bracket);
void json_write_end(struct json_writer *writer, char bracket);

/* The next value begins a line. */
void json_write_line(struct json_writer *writer);

/* A string, or null for NULL. What JSON cannot hold is made fit first (text.h), here and above. */
void json_write_text(struct json_writer *writer, const char *key, const char *value);

/* An array of strings that ends with NULL (NULL: an empty one). */
void json_write_strings(struct json_writer *writer, const char *key, char *const strings[]);

/* Has everything been written so far? Returns 0 or -EIO. */
int json_write_result(const struct json_writer *writer);
