/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rule files to rules. The format is described in README.md, section "Rules".
 */

#include "policy/rule.h"

struct diagnostics;

/*
 * Reads *.rules of every folder in `directories` (ended with NULL), the later ones replacing
 * files of the same name in the earlier ones; a file without any setting, or a link to /dev/null,
 * masks. A folder that is missing is skipped, but at least one rule file must be found.
 * All faults of all files are collected before it fails.
 * Returns 0, -EBADMSG with at least one diagnostic, -ENOMEM. On success the caller ends with
 * rules_clear().
 */
int rule_files_load(const char *const directories[], struct diagnostics *diagnostics,
		    struct rules *ret_rules);
