/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which word may have been meant? */

/*
 * The one of `words` (ended with NULL) that differs from `text` by the fewest characters that are
 * wrong, missing, too many or swapped with the next one; NULL when none is near: one slip, and one
 * more for every six characters. Borrowed from `words`.
 */
const char *near_miss(const char *text, const char *const words[]);
