/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reads netlink's acknowledgements (NLMSG_ERROR) and the kernel's own words in them. Pure. */

#include "ethtool_nl/ethtool_nl.h"

struct nlmsghdr;

struct netlink_ack {
	int error; /* 0 or a negative errno */
	char message[ETHTOOL_NL_MESSAGE_SIZE]; /* cut to fit; "" when the kernel says nothing */
};

/* Returns 0, or -EBADMSG when the message is not a whole NLMSG_ERROR. */
int netlink_ack_parse(struct nlmsghdr *message, struct netlink_ack *ret_ack);

/*
 * The error that ends a dump (NLMSG_DONE), which kernels since 4.16 or so put there; 0 for none.
 */
int netlink_done_error(struct nlmsghdr *message);
