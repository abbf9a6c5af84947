/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Strings from outside, made fit to be shown: the kernel lets a link be called almost
 * anything, control characters and broken UTF-8 included.
 */

#include <stdbool.h>
#include <stddef.h>

/*
 * Does a control character begin here? C0, DEL, and C1 (U+0080 to U+009F, two bytes in UTF-8),
 * which terminals obey as well. `text` is valid UTF-8.
 */
bool text_begins_control(const char *text);

/*
 * Copies `text` to `clean` (at most `size` bytes, always ended): control characters become '?',
 * and so does every non-ASCII byte when the text is not valid UTF-8. Returns `clean`.
 */
const char *text_clean(const char *text, char *clean, size_t size);
