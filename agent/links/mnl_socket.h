/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* libmnl's sockets, with the project's way of ownership and of reading dumps. */

#include <libmnl/libmnl.h>

#include <stdbool.h>

/* For _cleanup_(cleanup_mnl_socket). */
static inline void cleanup_mnl_socket(struct mnl_socket **socket)
{
	if (*socket)
		mnl_socket_close(*socket);
}

/*
 * Was the dump, of which these messages are a part, interrupted by changes? libmnl ends at the flag
 * that says so; it is taken away, since what follows is right all the same.
 */
static inline bool mnl_socket_clear_interrupted(void *messages, int size)
{
	bool interrupted = false;

	for (struct nlmsghdr *message = messages; mnl_nlmsg_ok(message, size);
	     message = mnl_nlmsg_next(message, &size)) {
		interrupted = interrupted || (message->nlmsg_flags & NLM_F_DUMP_INTR);
		message->nlmsg_flags &= (uint16_t)~NLM_F_DUMP_INTR;
	}
	return interrupted;
}

/*
 * The error that ended the dump in the middle, if these messages have its end: the kernel says it
 * in the last message (netlink_dump_done()), and libmnl takes that for a good end. Returns 0 or a
 * negative errno.
 */
static inline int mnl_socket_dump_error(const void *messages, int size)
{
	for (const struct nlmsghdr *message = messages; mnl_nlmsg_ok(message, size);
	     message = mnl_nlmsg_next(message, &size)) {
		const int *error = mnl_nlmsg_get_payload(message);

		if (message->nlmsg_type == NLMSG_DONE &&
		    mnl_nlmsg_get_payload_len(message) >= sizeof(*error))
			return *error < 0 ? *error : 0;
	}
	return 0;
}
