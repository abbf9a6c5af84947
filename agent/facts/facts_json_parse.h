/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Facts from JSON: what facts_json.h writes, or what a person wrote. */

#include "agent/base/json.h"

#include <stddef.h>

struct diagnostics;
struct facts;

/*
 * Everything may be missing or null, which means unknown, but what is there must be right. Of the
 * kernel, what is missing is derived from its strings (kernel_identify()); a Kubernetes version
 * means that it is present.
 * `text` of `size` bytes need not end with a NUL; `shown_name` begins each diagnostic.
 * Returns 0; -EBADMSG with one diagnostic; -ENOMEM. The caller ends with facts_clear().
 */
int facts_json_parse(const char *text, size_t size, const char *shown_name,
		     struct diagnostics *diagnostics, struct facts *ret_facts);

/* The same of an object that was parsed already, and stays the caller's. */
int facts_json_read(json_t *object, const char *shown_name, struct diagnostics *diagnostics,
		    struct facts *ret_facts);

/* The same for who has room for one line: `ret_error` gets the diagnostic, as far as it fits. */
int facts_json_read_line(json_t *object, const char *shown_name, char *ret_error, size_t size,
			 struct facts *ret_facts);
