/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an ipset is called: a rule of iptables-nft knows its number alone. */

#include <stdint.h>

#define IPSET_NAME_SIZE 32 /* IPSET_MAXNAMELEN */

/*
 * Asks the kernel, which answers with CAP_NET_ADMIN.
 * Returns 0; -ENOENT when there is no such set; another negative errno.
 */
int ipset_name(uint16_t index, char ret_name[static IPSET_NAME_SIZE]);
