/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The rules alone, with the modes that the configuration gives them: what needs no facts. */

struct rules;
struct sources;

/*
 * Reads configuration and rules. Returns 0, or the exit code of the program after having said on
 * standard error what is wrong. The caller ends with rules_clear().
 */
int rules_in_force_load(const struct sources *sources, struct rules *ret_rules);
