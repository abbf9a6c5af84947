/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Diagnostics and remarks of the program, one line each, on standard error. Only the layer that
 * decides logs; policy/ and ethtool_nl/ never do.
 */

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

enum log_kind {
	LOG_LINE_PLAIN,
	LOG_LINE_WARNING,
	LOG_LINE_DEBUG, /* printed when log_set_verbose() says so */
};

void log_line(enum log_kind kind, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)	 log_line(LOG_LINE_PLAIN, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LINE_WARNING, __VA_ARGS__)
#define log_notice(...)	 log_line(LOG_LINE_PLAIN, __VA_ARGS__)
#define log_debug(...)	 log_line(LOG_LINE_DEBUG, __VA_ARGS__)
