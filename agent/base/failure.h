/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a failure that ends a command is to the one who called it. */

struct diagnostics;

/*
 * Says on standard error what went wrong, and returns the program's exit code for it. -EBADMSG
 * comes with diagnostics, which say it all: bad input. Other errors are the system's; then `what`
 * says what was being done. `diagnostics` may be NULL.
 */
int failure_tell(int error, const char *what, const struct diagnostics *diagnostics);
