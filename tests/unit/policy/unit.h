/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* cmocka with what its header needs before it, and what the tests of policy/ share. */

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
