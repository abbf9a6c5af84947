/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * iptables' matches and targets as iptables-nft hands them to the kernel: structures of x_tables,
 * by name and revision. Newer versions of it translate ever more of them to nf_tables' own
 * expressions (nat_expressions.h).
 */

#include "policy/nat/nat_rule.h"

#include <stddef.h>
#include <stdint.h>

struct nat_extension {
	const char *name;
	unsigned int revision;
	const void *info; /* borrowed, not aligned */
	size_t size;
};

/* The name of the ipset with this index, NULL when it is not known; borrowed until the next call.
 */
typedef const char *nat_set_name(void *data, uint16_t index);

/* Each adds what it means to `steps`: a step that is not understood, if need be. */
void nat_extension_add_match(const struct nat_extension *match, nat_set_name *set_name, void *data,
			     struct nat_steps *steps);
void nat_extension_add_target(const struct nat_extension *target, struct nat_steps *steps);
