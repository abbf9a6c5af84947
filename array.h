/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How many elements an array has; not for a pointer to the first of them. */
#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
