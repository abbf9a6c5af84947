/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which network namespace this is. */

#include <stdint.h>

/*
 * A number that tells this thread's network namespace from others; 0 if the kernel has none.
 * Returns 0 or a negative errno.
 */
int network_namespace_read(uint64_t *ret_network_namespace);
