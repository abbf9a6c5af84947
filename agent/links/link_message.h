/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One rtnetlink link message to one link: pure, touches no socket.
 */

#include "policy/facts.h"

struct nlmsghdr;

/*
 * Parses RTM_NEWLINK or RTM_DELLINK. `message` must lie whole in memory (mnl_nlmsg_ok()). The
 * driver is not part of such messages and stays "".
 * Returns 0; -EBADMSG for a message that is no link or is broken.
 */
int link_message_parse(const struct nlmsghdr *message, struct link_facts *ret_link);
