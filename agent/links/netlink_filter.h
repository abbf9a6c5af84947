/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Programs by which the kernel tells which messages of a netlink socket are worth waking up for
 * (classic BPF, socket(7): SO_ATTACH_FILTER): made of instructions, and attached to a socket.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sock_filter;

#define NETLINK_FILTER_DROP 0
#define NETLINK_FILTER_PASS UINT32_MAX

/* A zeroed one is empty, which no socket takes. */
struct netlink_filter {
	struct sock_filter *code; /* owned */
	size_t length, allocated;
	bool incomplete; /* memory ran out */
};

void netlink_filter_clear(struct netlink_filter *filter);

/* Netlink has the host's order of octets; what BPF loads it takes for the network's. */
uint32_t netlink_filter_short(uint16_t value);
uint32_t netlink_filter_word(const void *octets);

/* Adds an instruction: opcode and operand, as <linux/filter.h> has them. */
void netlink_filter_put(struct netlink_filter *filter, uint16_t code, uint32_t value);

/* Adds a test: goes on behind it if it is so, and skips that many instructions otherwise. */
void netlink_filter_put_if(struct netlink_filter *filter, uint16_t code, uint32_t value,
			   size_t skip);

/* Ends the program there with that answer if the accumulator has the value. */
void netlink_filter_put_answer(struct netlink_filter *filter, uint32_t value, uint32_t answer);

/*
 * What follows is done for messages of these two types alone, up to netlink_filter_end_types(), and
 * must end the program. The accumulator has the type before, and behind.
 */
size_t netlink_filter_begin_types(struct netlink_filter *filter, uint16_t type, uint16_t other);
void netlink_filter_end_types(struct netlink_filter *filter, size_t begin);

/*
 * Finds the first attribute of a type, from an offset on or (put_nested) in the one that is in the
 * accumulator: its place, or 0, is then in the accumulator.
 */
void netlink_filter_put_search(struct netlink_filter *filter, size_t offset, uint32_t type);
void netlink_filter_put_nested(struct netlink_filter *filter, uint32_t type);

/* Ends the program there with that answer if the attribute at X is that text, of at most 63 octets.
 */
void netlink_filter_put_text(struct netlink_filter *filter, const char *text, uint32_t answer);

/*
 * Attaches `fresh`, which is moved, in place of what was attached, at once: no message falls
 * between the two. One that is incomplete, or that the kernel does not take, leaves the socket
 * without any. Returns whether messages that pass now may have been dropped before.
 */
bool netlink_filter_attach(int fd, struct netlink_filter *attached, struct netlink_filter *fresh);
