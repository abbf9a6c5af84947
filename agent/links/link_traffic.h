/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How many packets came in by links, by the kernel's own counters, which all users may read. */

#include "policy/facts.h"

#include <stddef.h>
#include <stdint.h>

/* By the links of these names, all together. Returns 0 or a negative errno. */
int link_traffic_received(char (*names)[LINK_NAME_SIZE], size_t n_names, uint64_t *ret_packets);

/* Pure: the same of one link, from the text of /proc/net/dev; 0 when it is not there. */
uint64_t link_traffic_find(const char *text, const char *name);
