/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a failure that ends a command is to the one who called it. */

struct complaints;

/*
 * Says on standard error what went wrong, and returns the program's exit code for it. -EBADMSG
 * comes with complaints, which say it all: bad input. Other errors are the system's; then `what`
 * says what was being done. `complaints` may be NULL.
 */
int failure_tell(int error, const char *what, const struct complaints *complaints);
