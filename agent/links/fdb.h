/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The forwarding databases of VXLAN devices: to which nodes they send.
 */

#include "policy/facts.h"

#include <stdbool.h>
#include <stddef.h>

struct nlmsghdr;
struct rtnetlink;

#define FDB_NH_ID 13 /* NDA_NH_ID, of 5.8: include/uapi/linux/neighbour.h */

/* A destination, of however many entries. */
struct fdb_remote {
	unsigned int ifindex; /* of the VXLAN device */
	struct link_address address; /* size 0: of a next hop, which has it */
	unsigned int via; /* the link that it is sent by; 0 = as routed */
};

/* Does the message, RTM_NEWNEIGH or RTM_DELNEIGH, speak of such an entry? */
bool fdb_message_sends(const struct nlmsghdr *message);

/*
 * Reads those of all devices with one dump; ascending by ifindex, each once. Returns 0 or a
 * negative errno. The caller frees the array.
 */
int fdb_read(struct rtnetlink *rtnetlink, struct fdb_remote **ret_remotes, size_t *ret_n_remotes);
