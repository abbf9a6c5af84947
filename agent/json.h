/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* jansson, which reads JSON here (json_writer.h writes it), with the project's way of ownership. */

#include <jansson.h>

/* For _cleanup_(cleanup_json). */
static inline void cleanup_json(json_t **json)
{
	json_decref(*json);
}
