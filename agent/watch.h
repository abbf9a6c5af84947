/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* status --watch: shows something again whenever the node's NICs or the published report change. */

struct options;

/*
 * Calls `show`, which prints to standard output and returns an exit code, at once and after every
 * change, until SIGINT or SIGTERM; on a terminal each showing replaces the one before, and the
 * terminal is left as it was. An exit code of 64 or more ends it.
 * Returns the last exit code of `show`.
 */
int watch_run(const struct options *options, int (*show)(const struct options *options));
