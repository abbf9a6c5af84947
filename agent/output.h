/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Results on standard output, in the form that was asked for. */

#include <stdbool.h>
#include <stdio.h>

struct options;
struct report;

/*
 * Prints the report, as JSON or with `print_text`, and returns the exit code for its state (for
 * apply and --acting: by the rules that act alone), or EXIT_CODE_INTERNAL when it could not be
 * written.
 */
int output_report(const struct options *options, const struct report *report,
		  void (*print_text)(FILE *output, const struct report *report, bool color));

/*
 * The same in a format for other programs. The exit code is that of the state, or, for monitoring
 * plugins' readers, theirs.
 */
int output_format(const struct options *options, const struct report *report);

/* Flushes standard output. Returns `exit_code`, or EXIT_CODE_INTERNAL when that fails. */
int output_end(int exit_code);
