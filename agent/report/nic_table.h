/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The table of NICs for people, in ethtool's own words: one line for each feature worth showing. */

#include "agent/report/report.h"

#include <stdio.h>

void nic_table_print(FILE *output, const struct report *report);
