/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Complaints and remarks of the program, one line each, on standard error. Only the layer that
 * decides logs; policy/ and ethtool_nl/ never do.
 */

#include "policy/file/complaint.h"

#include <stdbool.h>

/* Also print log_debug()'s lines? Off at the start. */
void log_set_verbose(bool verbose);

/*
 * Between the two, lines are kept, and printed by the last log_release(): a reader that does not
 * read (a pager, a full pipe) must not keep others waiting for a lock that this process holds. They
 * nest. What is kept when the process is killed is lost.
 */
void log_hold(void);
void log_release(void);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One log_error() for each complaint. */
void log_complaints(const struct complaints *complaints);
