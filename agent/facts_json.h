/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Facts to JSON and back: the shape that README.md describes under "JSON". */

#include "agent/json_writer.h"
#include "policy/complaint.h"
#include "policy/facts.h"
#include "policy/rule.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the object. With `rules` every link says which of them it exposes (or may expose); NULL:
 * that is left out.
 */
void facts_json_write(struct json_writer *writer, const char *key, const struct facts *facts,
		      const struct rules *rules);

/* The same as a text, which the caller frees. Returns 0 or -ENOMEM. */
int facts_json_print(const struct facts *facts, const struct rules *rules, char **ret_text);

/*
 * Reads what facts_json_write() made, or what a person wrote: everything may be missing or null,
 * which means unknown, but what is there must be right. Of the kernel, what is missing is derived
 * from its strings (kernel_identify()); a Kubernetes version means that it is present.
 * `text` of `size` bytes need not end with a NUL; `shown_name` begins each complaint.
 * Returns 0; -EBADMSG with one complaint; -ENOMEM. The caller ends with facts_clear().
 */
int facts_json_parse(const char *text, size_t size, const char *shown_name,
		     struct complaints *complaints, struct facts *ret_facts);

/* Do both say the same of the node, links aside? False also when memory is short. */
bool facts_json_equal(const struct facts *a, const struct facts *b);
