/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Questions to rtnetlink, one after another on one socket, and their answers.
 */

#include <libmnl/libmnl.h>

#include <stddef.h>
#include <stdint.h>

struct rtnetlink;

/* In the calling thread's network namespace. Returns 0 or a negative errno. */
int rtnetlink_open(struct rtnetlink **ret_rtnetlink);

/* NULL is fine. */
void rtnetlink_close(struct rtnetlink *rtnetlink);

/* For _cleanup_(cleanup_rtnetlink). */
void cleanup_rtnetlink(struct rtnetlink **rtnetlink);

/*
 * Asks, and hands each message of the answer to `take` (an MNL_CB_...; an error is that of errno).
 * The question's header needs its type and, for a dump, NLM_F_DUMP. Returns 0; -EINTR when changes
 * interrupted the dump: what was handed on is right, but something can be missing, or be there
 * twice; another negative errno: the kernel's answer, or that of the socket. After one in the midst
 * of a dump the socket is of no use any more.
 */
int rtnetlink_ask(struct rtnetlink *rtnetlink, struct nlmsghdr *question, mnl_cb_t take,
		  void *context);

/*
 * Asks for all that there is: a message of that type, whose header is `header_size` zeros but for
 * its first octet, the family (rtnetlink(7); at most 20 octets). Returns as rtnetlink_ask() does.
 */
int rtnetlink_dump(struct rtnetlink *rtnetlink, uint16_t type, uint8_t family, size_t header_size,
		   mnl_cb_t take, void *context);
