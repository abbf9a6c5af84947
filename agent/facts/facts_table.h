/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The facts on paper: of each object its keys, in the order in which they are written, each with
 * what it is in JSON and where it stands in the structures of policy/facts.h. facts_json.h writes
 * by it, facts_json_parse.h reads by it.
 */

#include <stdbool.h>
#include <stddef.h>

/* What a value is in JSON, and the type of the member that holds it. null means unknown. */
enum fact_kind {
	FACT_SCHEMA, /* the number of the schema; no member */
	FACT_TEXT, /* a string; char * */
	FACT_SHORT_TEXT, /* a string of less than `size` bytes; char [size], "" = unknown */
	FACT_ANSWER, /* true or false; enum answer */
	FACT_ANSWER_WORD, /* "yes", "no" or "unknown"; enum answer */
	FACT_CORRUPTION, /* "corrupt", "clean" or "unknown"; enum answer */
	FACT_FLAG, /* true or false; bool, unknown = false */
	FACT_COUNT, /* a number from 0 to INT_MAX; unsigned int, unknown = 0 */
	FACT_OBJECT, /* an object; the structure itself */
	FACT_LIST, /* a list of objects; a pointer to the first structure, which is allocated */
	FACT_STRINGS, /* a list of strings; char **, ends with NULL, NULL = none */
	FACT_EXPOSED_BY, /* a list of names of rules, derived from them; no member */
};

struct fact_table;

struct fact {
	const char *key;
	enum fact_kind kind;
	size_t offset; /* of the member */
	size_t size; /* FACT_SHORT_TEXT */
	const struct fact_table *table; /* FACT_OBJECT, FACT_LIST: what is in it */
	size_t count_offset; /* FACT_LIST: of the member that counts the elements, a size_t */
	bool own_line; /* FACT_LIST: of each element */
};

/* What is in an object. */
struct fact_table {
	size_t structure_size; /* bytes */
	const struct fact *facts;
	size_t n_facts;
};

/* A struct facts; and its lists, which are left out where none were looked for. */
extern const struct fact_table facts_table;
extern const struct fact_table *const facts_table_links, *const facts_table_devices,
								 *const facts_table_symptoms;
