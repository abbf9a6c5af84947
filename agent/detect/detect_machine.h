/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The machine, by its firmware's words: DMI, or the device tree. */

#include "policy/facts.h"

struct node_root;

/*
 * Reads what is known of the machine; a word that it does not have is "", one that could not be
 * read is NULL, and `reason` says why. Returns 0 or -ENOMEM. The caller ends with
 * machine_facts_clear().
 */
int detect_machine(const struct node_root *root, struct machine_facts *ret_machine);
