/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The rules that are loaded, as a table for people. */

#include <stdio.h>

struct rules;

void rule_table_print(FILE *output, const struct rules *rules);
