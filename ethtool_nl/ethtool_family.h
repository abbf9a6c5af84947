/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the kernel says of its generic netlink family "ethtool": number, operations, multicast
 * group. One question to the family controller.
 */

#include <stdbool.h>
#include <stdint.h>

struct genl_sock;
struct nlmsghdr;

struct ethtool_family {
	uint16_t id;
	bool features_get, features_set; /* lists the operation */
	uint32_t monitor_group; /* 0 = has no such group */
};

/*
 * Asks for it.
 * Returns 0; -EOPNOTSUPP when the kernel has no such family; another negative errno.
 */
int ethtool_family_resolve(struct genl_sock *sock, struct ethtool_family *ret_family);

/* Reads the answer (CTRL_CMD_NEWFAMILY). Pure. Returns 0 or -EBADMSG. */
int ethtool_family_parse(struct nlmsghdr *message, struct ethtool_family *ret_family);
