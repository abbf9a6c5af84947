/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which tunnels the NICs of this network namespace carry: asks the kernel for what underlay_find()
 * wants to know. Needs no privilege.
 */

#include <stddef.h>

struct device_facts;
struct link_facts;
struct route_interest;

/*
 * Fills in what the devices carry. The links must be all of the namespace, in ascending order.
 * Where the kernel does not say what is needed, the devices say that it is not known.
 * `ret_interest` (or NULL) is what can change it: underlay_interest().
 */
void tunnels_read(const struct link_facts *links, size_t n_links, struct device_facts *devices,
		  size_t n_devices, struct route_interest *ret_interest);
