/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The attributes of nf_tables' messages, by their numbers. What is not there, or is shorter than it
 * must be, reads as a default: the kernel is trusted, but newer ones say other things.
 */

#include <libmnl/libmnl.h>

#include <stddef.h>
#include <stdint.h>

#define NF_ATTRIBUTES_MAX 16

/* Of a message or of a nest; those that are not there are NULL. Borrowed of the message. */
struct nf_attributes {
	const struct nlattr *list[NF_ATTRIBUTES_MAX];
};

struct nf_attributes nf_attributes_of(const struct nlmsghdr *message);
/* NULL is a nest without any. */
struct nf_attributes nf_attributes_in(const struct nlattr *nest);

/* Numbers in network order, as such of the host; else `otherwise`, or 0. */
uint32_t nf_number(const struct nf_attributes *attributes, unsigned int type, uint32_t otherwise);
uint64_t nf_number64(const struct nf_attributes *attributes, unsigned int type);

/* A text; "" if there is none. */
const char *nf_text(const struct nf_attributes *attributes, unsigned int type);

#define NF_VALUE_SIZE 64 /* NFT_DATA_VALUE_MAXLEN */

/* The bytes of a value (NFTA_DATA_VALUE in a nest), and zeroes behind them. */
struct nf_value {
	uint8_t bytes[NF_VALUE_SIZE];
	size_t size; /* 0 = there is none */
};

struct nf_value nf_value(const struct nf_attributes *attributes, unsigned int type);
