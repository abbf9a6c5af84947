/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The addresses of this network namespace's links, read over rtnetlink. */

#include "policy/facts.h"

#include <stddef.h>
#include <stdint.h>

struct node_address {
	unsigned int ifindex; /* of the link that has it */
	uint8_t scope; /* RT_SCOPE_UNIVERSE, ... (linux/rtnetlink.h) */
	struct link_address address;
};

/*
 * Reads all with one dump, repeated a few times while changes interrupt it: an address can be there
 * twice, and one that went meanwhile, too. (getifaddrs() repeats it for as long as links come and
 * go, which on a busy node is for ever.)
 * Returns 0 or a negative errno. The caller frees the array.
 */
int node_addresses_read(struct node_address **ret_addresses, size_t *ret_n_addresses);
