/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The report in the format that another program reads. */

#include "agent/settings/report_format.h"

#include <stdio.h>

struct report;

/* Prints it in a format other than NONE. Returns 0, or -EIO: it could not be written. */
int report_print_format(FILE *output, const struct report *report, enum report_format format);
