/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What all unit tests share: how to count the elements of an array, and cmocka with what its header
 * needs before it, in an order that sorting would undo.
 */

#include "array.h"

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <string.h>

/* cmocka hands a state to every test, and few have one. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* The same text, or both NULL; else the test fails and names `what`. */
static inline void assert_same_text(const char *what, const char *found, const char *expected)
{
	if (!found != !expected || (found && strcmp(found, expected) != 0))
		fail_msg("%s: %s instead of %s", what, found ? found : "NULL",
			 expected ? expected : "NULL");
}
