/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A network namespace of the test's own, with its loopback interface up. */

#include <stdbool.h>

/* Returns whether there is one; who is not root gets none. */
bool own_network_enter(void);
