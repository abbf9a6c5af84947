/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Strings from outside, made fit to be shown: the kernel lets a network interface be called almost
 * anything, control characters and broken UTF-8 included.
 */

#include <stddef.h>

/*
 * Copies `text` to `clean` (at most `size` bytes, always ended): control characters become '?',
 * and so does every non-ASCII byte when the text is not valid UTF-8. Returns `clean`.
 */
const char *text_clean(const char *text, char *clean, size_t size);
