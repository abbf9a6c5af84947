/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/nf_tables/nat_symbol.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>

#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>

/* Connection states as nf_tables has them (NF_CT_STATE_BIT()). */
#define STATE_NEW 8u

int nat_register_index(uint32_t number)
{
	if (number >= NFT_REG_1 && number <= NFT_REG_4)
		return (int)(number - NFT_REG_1) * 4;
	if (number >= NFT_REG32_00 && number <= NFT_REG32_15)
		return (int)(number - NFT_REG32_00);
	return -1;
}

struct nat_symbol nat_registers_at(const struct nat_registers *registers, uint32_t number)
{
	const struct nat_symbol none = {.meaning = MEANS_OPAQUE};
	int index = nat_register_index(number);

	return index < 0 ? none : registers->list[index];
}

bool nat_registers_load(struct nat_registers *registers, uint32_t number, struct nat_symbol symbol)
{
	int index = nat_register_index(number);

	if (index < 0)
		return false;
	registers->list[index] = symbol;
	for (unsigned int i = 4; i < symbol.size && ++index < NAT_REGISTERS; i += 4)
		registers->list[index] = (struct nat_symbol){.meaning = MEANS_MORE};
	return true;
}

uint32_t nat_symbol_word(const uint8_t *bytes, bool swapped)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return swapped ? ntohl(word) : word;
}

bool nat_symbol_is_some(const struct nat_symbol *symbol)
{
	return symbol->meaning == MEANS_SOURCE || symbol->meaning == MEANS_DESTINATION ||
	       symbol->meaning == MEANS_OTHER || symbol->meaning == MEANS_STATUS;
}

struct nat_step nat_constant_match(bool fits)
{
	struct nat_step step = {.kind = NAT_MATCH_STATE};

	step.states = fits ? NAT_STATE_NEW : NAT_STATE_OTHER;
	return step;
}

static struct nat_step mark_step(const struct nat_symbol *symbol, const uint8_t *first,
				 const uint8_t *last)
{
	struct nat_step step = {.kind = NAT_MATCH_MARK};
	uint32_t low = nat_symbol_word(first, symbol->swapped),
		 high = nat_symbol_word(last, symbol->swapped);

	/* Of a range that does not keep its order. */
	if (low != high && (symbol->xor || !symbol->swapped))
		return (struct nat_step){.kind = NAT_MATCH_OPAQUE};
	step.mark.mask = symbol->mask;
	step.mark.low = low ^ symbol->xor ;
	step.mark.high = high ^ symbol->xor ;
	return step;
}

/* A name with its NUL is whole; without it is how names begin. */
static struct nat_step device_step(const struct nf_value *value)
{
	struct nat_step step = {.kind = NAT_MATCH_OUT_DEVICE};
	size_t length = strnlen((const char *)value->bytes, value->size);

	if (length >= sizeof(step.device.name))
		return (struct nat_step){.kind = NAT_MATCH_OPAQUE};
	memcpy(step.device.name, value->bytes, length);
	step.device.prefix = length == value->size;
	return step;
}

/* One that is gone has a name that none has. */
static struct nat_step index_step(const struct nf_value *value)
{
	struct nat_step step = {.kind = NAT_MATCH_OUT_DEVICE};

	if (!if_indextoname(nat_symbol_word(value->bytes, false), step.device.name))
		strcpy(step.device.name, "/");
	return step;
}

static struct nat_step number_step(enum nat_step_kind kind, unsigned int number)
{
	return (struct nat_step){.kind = kind, .number = number};
}

static struct nat_step port_step(const struct nf_value *first, const struct nf_value *last)
{
	struct nat_step step = {.kind = NAT_MATCH_PORT};

	step.port.first = (uint16_t)(first->bytes[0] << 8 | first->bytes[1]);
	step.port.last = (uint16_t)(last->bytes[0] << 8 | last->bytes[1]);
	return step;
}

static struct nat_step family_step(const struct nat_symbol *symbol, const struct nf_value *value)
{
	if (symbol->meaning == MEANS_FAMILY)
		return number_step(NAT_MATCH_FAMILY, value->bytes[0] == NFPROTO_IPV6 ? 6 : 4);
	return number_step(NAT_MATCH_FAMILY,
			   (value->bytes[0] << 8 | value->bytes[1]) == ETH_P_IPV6 ? 6 : 4);
}

static struct nat_step type_step(const struct nat_symbol *symbol, const struct nf_value *value)
{
	if (nat_symbol_word(value->bytes, false) != RTN_LOCAL)
		return (struct nat_step){.kind = NAT_MATCH_SOME};
	return (struct nat_step){.kind = symbol->meaning == MEANS_SOURCE_TYPE
						 ? NAT_MATCH_SOURCE_LOCAL
						 : NAT_MATCH_DESTINATION_LOCAL};
}

static struct nat_step state_step(const struct nat_symbol *symbol, const uint8_t *first,
				  const uint8_t *last)
{
	uint32_t state = (STATE_NEW & symbol->mask) ^ symbol->xor ;

	return nat_constant_match(state >= nat_symbol_word(first, symbol->swapped) &&
				  state <= nat_symbol_word(last, symbol->swapped));
}

/* How many bytes of a value the meaning has at least; fewer are not understood. */
static size_t least_size(enum nat_meaning meaning)
{
	switch (meaning) {
	case MEANS_MARK:
	case MEANS_STATE:
	case MEANS_STATUS:
	case MEANS_OUT_INDEX:
	case MEANS_SOURCE_TYPE:
	case MEANS_DESTINATION_TYPE:
		return 4;
	case MEANS_PORT:
	case MEANS_ETHERTYPE:
		return 2;
	default:
		return 1;
	}
}

struct nat_step nat_symbol_match(const struct nat_symbol *symbol, const struct nf_value *first,
				 const struct nf_value *last)
{
	const bool single = memcmp(first->bytes, last->bytes, NF_VALUE_SIZE) == 0;
	const size_t least = least_size(symbol->meaning);

	if (first->size < least || last->size < least)
		return (struct nat_step){.kind = NAT_MATCH_OPAQUE};
	switch (symbol->meaning) {
	case MEANS_MARK:
		return mark_step(symbol, first->bytes, last->bytes);
	case MEANS_STATE:
		return state_step(symbol, first->bytes, last->bytes);
	case MEANS_PORT:
		return port_step(first, last);
	case MEANS_IN_DEVICE:
		return (struct nat_step){.kind = NAT_MATCH_IN_DEVICE};
	case MEANS_SOURCE:
		return (struct nat_step){.kind = NAT_MATCH_SOURCE};
	case MEANS_OTHER:
	case MEANS_DESTINATION:
	case MEANS_STATUS:
		return (struct nat_step){.kind = NAT_MATCH_SOME};
	default:
		break;
	}
	if (!single)
		return (struct nat_step){.kind = NAT_MATCH_OPAQUE};
	switch (symbol->meaning) {
	case MEANS_OUT_DEVICE:
		return device_step(first);
	case MEANS_OUT_INDEX:
		return index_step(first);
	case MEANS_FAMILY:
	case MEANS_ETHERTYPE:
		return family_step(symbol, first);
	case MEANS_PROTOCOL:
		return number_step(NAT_MATCH_PROTOCOL, first->bytes[0]);
	case MEANS_SOURCE_TYPE:
	case MEANS_DESTINATION_TYPE:
		return type_step(symbol, first);
	default:
		return (struct nat_step){.kind = NAT_MATCH_OPAQUE};
	}
}
