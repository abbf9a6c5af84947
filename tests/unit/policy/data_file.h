/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Copies of the source tree's files in a folder of the test's own, where they are root's: a
 * checkout need not be.
 */

#include "policy/rule.h"
#include "tests/unit/agent/folder.h"

/* Copies the file `name` of `directory` into the folder; fails the test on an error. */
void data_file_copy(const struct folder *folder, const char *directory, const char *name);

/* Copies the rules that are shipped. */
void data_file_copy_rules(const struct folder *folder);

/* Loads the rules that are shipped; fails the test on a diagnostic. The caller clears them. */
void data_file_load_rules(struct rules *ret_rules);
