/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The terminal's second screen, on standard output: each showing replaces the one before, and what
 * stood on the first screen comes back when it is left.
 */

#define SCREEN_ENTER "\033[?1049h"
#define SCREEN_CLEAR "\033[H\033[J"
#define SCREEN_LEAVE "\033[?1049l"
