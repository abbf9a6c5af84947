/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the registers of nf_tables hold while a rule is read: not values, but what they mean ("the
 * mark, and-ed with 0x4000"); and which match it is to compare that with a value.
 */

#include "agent/nf_tables/nf_attributes.h"
#include "policy/nat/nat_rule.h"

#include <stdbool.h>
#include <stdint.h>

/* What a register holds. */
enum nat_meaning {
	MEANS_OTHER, /* what is not looked at, but is about the packet */
	MEANS_OPAQUE, /* not known */
	MEANS_MORE, /* of what begins in a register before */
	MEANS_CONSTANT, /* `xor` */
	MEANS_MARK, /* (mark & mask) ^ xor */
	MEANS_STATE, /* (state & mask) ^ xor */
	MEANS_STATUS, /* (status & mask) */
	MEANS_OUT_DEVICE,
	MEANS_OUT_INDEX,
	MEANS_IN_DEVICE,
	MEANS_FAMILY, /* NFPROTO_ */
	MEANS_ETHERTYPE,
	MEANS_PROTOCOL,
	MEANS_PORT,
	MEANS_SOURCE,
	MEANS_DESTINATION,
	MEANS_SOURCE_TYPE,
	MEANS_DESTINATION_TYPE,
};

struct nat_symbol {
	enum nat_meaning meaning;
	uint32_t mask, xor;
	bool swapped; /* most significant byte first */
	unsigned int size; /* bytes; 0 = one register */
};

/* Registers of four bytes; NFT_REG_1 to 4 are four of them each. */
#define NAT_REGISTERS 16

struct nat_registers {
	struct nat_symbol list[NAT_REGISTERS];
};

/* The first of the registers that nf_tables' number names; -1 = none. */
int nat_register_index(uint32_t number);

/* What a register holds; nothing that is understood, if there is no such. */
struct nat_symbol nat_registers_at(const struct nat_registers *registers, uint32_t number);

/* Loads one, or as many as the symbol takes. False when there is no such register. */
bool nat_registers_load(struct nat_registers *registers, uint32_t number, struct nat_symbol symbol);

/* The first four bytes of a value, as a number of the host. */
uint32_t nat_symbol_word(const uint8_t *bytes, bool swapped);

/* Is it about the packet, but not looked at? */
bool nat_symbol_is_some(const struct nat_symbol *symbol);

/*
 * The match whether what the symbol stands for is from `first` to `last`, both included; not
 * negated. One that is not understood is NAT_MATCH_OPAQUE.
 */
struct nat_step nat_symbol_match(const struct nat_symbol *symbol, const struct nf_value *first,
				 const struct nf_value *last);

/* A match that always or never fits: a first packet's state is known. */
struct nat_step nat_constant_match(bool fits);
