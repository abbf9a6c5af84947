/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What all unit tests share: cmocka with what its header needs before it, in an order that sorting
 * would undo.
 */

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
