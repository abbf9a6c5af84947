/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The table of NICs for people, in ethtool's own words: one line for each feature worth showing. */

#include <stdio.h>

struct report;

void nic_table_print(FILE *output, const struct report *report);
