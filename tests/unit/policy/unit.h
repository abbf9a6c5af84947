/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the tests of policy/ share. */

#include "tests/unit/unit.h"

#include <stdbool.h>
#include <unistd.h>

/*
 * Is this root? Says why not when it is not: what is loaded must be root's, and the copies that
 * the tests make are whoever's who runs them.
 */
static inline bool is_root(void)
{
	if (geteuid() == 0)
		return true;
	print_message("skipped: only root can make files that are root's\n");
	return false;
}
