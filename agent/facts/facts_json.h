/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Facts to JSON, in the shape that README.md describes under "JSON"; facts_json_parse.h reads it.
 */

#include <stdbool.h>

struct facts;
struct json_writer;
struct rules;

#define FACTS_JSON_SCHEMA 1

/*
 * Writes the object. With `rules` every link says which of them it exposes (or may expose); NULL:
 * that is left out.
 */
void facts_json_write(struct json_writer *writer, const char *key, const struct facts *facts,
		      const struct rules *rules);

/* The same as a text, which the caller frees. Returns 0 or -ENOMEM. */
int facts_json_print(const struct facts *facts, const struct rules *rules, char **ret_text);

/* Do both say the same of the node, links aside? False also when memory is short. */
bool facts_json_equal(const struct facts *a, const struct facts *b);
