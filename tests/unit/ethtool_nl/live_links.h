/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Links in a network namespace of the test's own, made with ip(8). */

#include <stdbool.h>

/*
 * Moves the process into a network namespace of its own. Returns 0, or 77 after having said why
 * that is refused: the exit code of a skipped test.
 */
int live_namespace_enter(void);

/* Runs a shell command; did it succeed? */
bool live_run(const char *command);
