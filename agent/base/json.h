/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * jansson, which reads JSON here (json_writer.h writes it), with the project's way of ownership and
 * errors. Where an allocation fails, jansson may succeed with strings that lack a part, and gives
 * no reason when it fails; a file that could not be read for want of memory must not pass for a
 * damaged one, or for another one.
 */

#include "cleanup.h"

#include <jansson.h>

/* For _cleanup_(cleanup_json). */
static inline void cleanup_json(json_t **json)
{
	json_decref(*json);
}

/*
 * json_loadb(), whose flags and error (may be NULL) these are.
 * Returns 0, -EBADMSG for what is no JSON, or -ENOMEM.
 */
int json_read(const char *text, size_t size, size_t flags, json_t **ret_json,
	      json_error_t *ret_error);

/* Why json_unpack() of what was read last failed: -EBADMSG or -ENOMEM. */
int json_failure(void);
