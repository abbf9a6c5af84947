/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How a measurement is shown, to people and to programs. */

#include "agent/probe/probe_result.h"

#include <stdio.h>

/* One line, then a table; only the line when nothing at all was measured. */
void probe_print_text(FILE *output, const struct probe_result *result);

/* All of it as one object, schema 1, on a line of its own. Returns 0, or -EIO. */
int probe_print_json(FILE *output, const struct probe_result *result);
