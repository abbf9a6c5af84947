/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Puts the answer to one netlink request together, datagram by datagram. Pure. */

#include <stdbool.h>
#include <stdint.h>

struct nlmsghdr;

struct exchange {
	uint32_t sequence; /* of the request; other messages are passed over */
	/* Takes one reply; returns 0 or a negative errno, which becomes the result. */
	int (*on_reply)(struct nlmsghdr *reply, void *context);
	void *context;
	/* Out: */
	bool complete; /* the answer has reached its end */
	bool interrupted; /* a dump during which something changed */
	int error; /* the first one, of the kernel or of on_reply() */
};

/* Takes a datagram: `size` bytes of messages. */
void exchange_take(struct exchange *exchange, struct nlmsghdr *messages, int size);

/* Notes an error, such as a loss, and goes on. */
void exchange_fail(struct exchange *exchange, int error);

/* Of a complete exchange: 0; -EINTR when that was a dump that changes interrupted; the error. */
int exchange_result(const struct exchange *exchange);
