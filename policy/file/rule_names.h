/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The names in a rule that other kernels or machines may know, with their lines: nobody can refuse
 * them, but `check` can say that they look like a slip of the pen.
 */

#include "policy/file/setting_file.h"

struct rule;

/* Fills `rule->names` from the group of a rule that was read without a fault. 0 or -ENOMEM. */
int rule_names_collect(const config_setting_t *group, struct rule *rule);
