/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which distribution the node runs: os-release(5) below the node's root. */

#include "agent/guarded/node_root.h"
#include "policy/facts.h"

/*
 * Reads etc/os-release, or usr/lib/os-release when the first is missing. Without either, or with
 * one that is too large to be one, all stays unknown.
 * Returns 0 or -ENOMEM. The caller ends with os_facts_clear().
 */
int detect_os(const struct node_root *root, struct os_facts *ret_os);

/*
 * Reads the text of an os-release file: variable assignments as a shell has them, without
 * expansion. Pure. Returns 0 or -ENOMEM.
 */
int detect_os_parse(const char *text, struct os_facts *ret_os);
