/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Complaints and remarks of the program, one line each, on standard error. Only the layer that
 * decides logs; policy/ and ethtool_nl/ never do.
 */

#include "policy/complaint.h"

#include <stdbool.h>

/* Also print log_debug()'s lines? Off at the start. */
void log_set_verbose(bool verbose);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One log_error() for each complaint. */
void log_complaints(const struct complaints *complaints);
