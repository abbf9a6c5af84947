/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What must stay off while the node forwards: LRO joins packets so that they cannot be told apart
 * again, and where they are forwarded, they are lost. The kernel turns it off when forwarding
 * begins (dev_disable_lro()), and takes it again from whoever asks; so that no one but the agent
 * sees to it that it is not given back.
 */

#include <stddef.h>

struct link_facts;

#define FORWARDING_WHY_SIZE 112

/*
 * Are packets that come in by this link forwarded: by net.ipv4.ip_forward and its like, of the
 * whole node, of the link or of one above it, or by a bridge or switch whose port it is? `links`
 * are all of this network namespace. Returns 1 and says in `ret_why` by what; 0; or a negative
 * errno, which `ret_why` explains, too.
 */
int forwarding_find(const struct link_facts *link, const struct link_facts *links, size_t n_links,
		    char ret_why[static FORWARDING_WHY_SIZE]);
