/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/base/json.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* Since the last json_read(). */
static bool memory_was_short;

static void *note_malloc(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		memory_was_short = true;
	return memory;
}

int json_read(const char *text, size_t size, size_t flags, json_t **ret_json,
	      json_error_t *ret_error)
{
	_cleanup_(cleanup_json) json_t *json = NULL;

	json_set_alloc_funcs(note_malloc, free);
	memory_was_short = false;
	json = json_loadb(text, size, flags, ret_error);
	if (!json || memory_was_short)
		return json_failure();
	*ret_json = TAKE_PTR(json);
	return 0;
}

int json_failure(void)
{
	return memory_was_short ? -ENOMEM : -EBADMSG;
}
