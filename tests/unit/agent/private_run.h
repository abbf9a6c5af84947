/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Gives the process a mount namespace of its own with an empty /run, so that a test may use
 * /run/offload-agent. Returns 0, or 77 after having said why that is refused: the exit code of a
 * skipped test.
 */
int private_run_enter(void);
