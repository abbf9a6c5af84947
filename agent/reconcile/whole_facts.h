/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The facts of a node for who judges it elsewhere, or later: all its links, and of them whatever a
 * loaded rule asks for, be it one that applies here or not.
 */

struct policy_in_force;
struct sources;

/*
 * Completes the facts of this node, after it was judged: policy_in_force_judge(). Then those of
 * features are known, which are no part of them otherwise. Returns 0, or the exit code of the
 * program after having said on standard error what is wrong.
 */
int whole_facts_read(const struct sources *sources, struct policy_in_force *policy);
