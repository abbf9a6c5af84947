/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/nf_tables/nat_expressions.h"

#include "array.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>

/* Newer than the oldest headers that this is built with. */
#define DATA_TYPE_BITWISE_BOOL 0
#define BITWISE_OP	       6 /* NFTA_BITWISE_OP */
#define DYNSET_EXPR	       7 /* NFTA_DYNSET_EXPR */
#define DYNSET_EXPRESSIONS     10 /* NFTA_DYNSET_EXPRESSIONS */
#define OBJECT_QUOTA	       2 /* NFT_OBJECT_QUOTA */
#define OBJECT_LIMIT	       4
#define OBJECT_CONNLIMIT       5

/* IPS_SRC_NAT | IPS_DST_NAT */
#define STATUS_TRANSLATED 0x30u

#define UDP_HEADER_SIZE 8

struct parser {
	const struct nat_source *source;
	struct nat_registers registers;
	struct nat_steps steps;
	struct nat_branches *branches; /* of a verdict map, behind which nothing comes; or NULL */
	int error;
};

static struct nat_symbol symbol_at(const struct parser *parser, uint32_t number)
{
	return nat_registers_at(&parser->registers, number);
}

static void load(struct parser *parser, uint32_t number, struct nat_symbol symbol)
{
	if (!nat_registers_load(&parser->registers, number, symbol))
		parser->steps.damaged = true;
}

static void load_sized(struct parser *parser, uint32_t number, enum nat_meaning meaning,
		       uint32_t size)
{
	load(parser, number,
	     (struct nat_symbol){.meaning = meaning, .mask = UINT32_MAX, .size = size});
}

static void load_meaning(struct parser *parser, uint32_t number, enum nat_meaning meaning)
{
	load_sized(parser, number, meaning, 0);
}

static void add_kind(struct parser *parser, enum nat_step_kind kind)
{
	nat_steps_add_kind(&parser->steps, kind, false);
}

/* What is known of a packet. */

static void read_meta(struct parser *parser, const struct nf_attributes *attributes)
{
	static const struct {
		uint32_t key;
		enum nat_meaning meaning;
	} meanings[] = {
		{NFT_META_MARK, MEANS_MARK},	    {NFT_META_OIFNAME, MEANS_OUT_DEVICE},
		{NFT_META_OIF, MEANS_OUT_INDEX},    {NFT_META_IIFNAME, MEANS_IN_DEVICE},
		{NFT_META_IIF, MEANS_IN_DEVICE},    {NFT_META_NFPROTO, MEANS_FAMILY},
		{NFT_META_L4PROTO, MEANS_PROTOCOL}, {NFT_META_PROTOCOL, MEANS_ETHERTYPE},
	};
	uint32_t key = nf_number(attributes, NFTA_META_KEY, UINT32_MAX);
	enum nat_meaning meaning = MEANS_OTHER;

	if (attributes->list[NFTA_META_SREG]) {
		struct nat_symbol symbol =
			symbol_at(parser, nf_number(attributes, NFTA_META_SREG, 0));
		struct nat_step step = {.kind = NAT_ACTION_MARK};

		if (key != NFT_META_MARK)
			return;
		if (symbol.swapped ||
		    (symbol.meaning != MEANS_MARK && symbol.meaning != MEANS_CONSTANT))
			step.kind = NAT_ACTION_OPAQUE;
		step.set_mark.mask = symbol.meaning == MEANS_MARK ? ~symbol.mask : UINT32_MAX;
		step.set_mark.value = symbol.xor ;
		nat_steps_add(&parser->steps, &step);
		return;
	}
	for (size_t i = 0; i < N_ELEMENTS(meanings); i++) {
		if (key == meanings[i].key)
			meaning = meanings[i].meaning;
	}
	load_sized(parser, nf_number(attributes, NFTA_META_DREG, 0), meaning,
		   key == NFT_META_OIFNAME || key == NFT_META_IIFNAME ? IFNAMSIZ : 0);
}

static void read_ct(struct parser *parser, const struct nf_attributes *attributes)
{
	uint32_t key = nf_number(attributes, NFTA_CT_KEY, UINT32_MAX);
	enum nat_meaning meaning = MEANS_OTHER;

	/* What is set is the connection's. */
	if (attributes->list[NFTA_CT_SREG])
		return;
	if (key == NFT_CT_STATE)
		meaning = MEANS_STATE;
	else if (key == NFT_CT_STATUS)
		meaning = MEANS_STATUS;
	load_meaning(parser, nf_number(attributes, NFTA_CT_DREG, 0), meaning);
}

/* Is the rule for TCP, ICMP, ...? Then it is none for VXLAN packets, whatever else it asks for. */
static bool is_for_other_protocol(const struct parser *parser)
{
	for (size_t i = 0; i < parser->steps.count; i++) {
		const struct nat_step *step = &parser->steps.list[i];

		if (step->kind == NAT_MATCH_PROTOCOL && !step->negated && !step->or_next &&
		    step->number != IPPROTO_UDP)
			return true;
	}
	return false;
}

/*
 * Headers of IPv4 and IPv6 have other fields at the same places; those that are read here differ by
 * their size, and a prefix of whole octets is read as so many of them. One octet at 8 is IPv4's
 * TTL.
 */
static void read_payload(struct parser *parser, const struct nf_attributes *attributes)
{
	static const struct {
		uint32_t base, offset, size_min, size_max;
		enum nat_meaning meaning;
	} fields[] = {
		{NFT_PAYLOAD_NETWORK_HEADER, 9, 1, 1, MEANS_PROTOCOL}, /* IPv4 */
		{NFT_PAYLOAD_NETWORK_HEADER, 12, 1, 4, MEANS_SOURCE},
		{NFT_PAYLOAD_NETWORK_HEADER, 16, 1, 4, MEANS_DESTINATION},
		{NFT_PAYLOAD_NETWORK_HEADER, 6, 1, 1, MEANS_PROTOCOL}, /* IPv6 */
		{NFT_PAYLOAD_NETWORK_HEADER, 8, 2, 16, MEANS_SOURCE},
		{NFT_PAYLOAD_NETWORK_HEADER, 24, 1, 16, MEANS_DESTINATION},
		{NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, 2, MEANS_PORT},
	};
	uint32_t base = nf_number(attributes, NFTA_PAYLOAD_BASE, UINT32_MAX);
	uint32_t offset = nf_number(attributes, NFTA_PAYLOAD_OFFSET, UINT32_MAX);
	uint32_t size = nf_number(attributes, NFTA_PAYLOAD_LEN, UINT32_MAX);
	enum nat_meaning meaning = MEANS_OTHER;

	if (attributes->list[NFTA_PAYLOAD_SREG])
		return;
	/* Neither what is behind the headers, nor inside of a tunnel, is a field that is known. */
	if (base > NFT_PAYLOAD_TRANSPORT_HEADER ||
	    (base == NFT_PAYLOAD_TRANSPORT_HEADER && offset >= UDP_HEADER_SIZE &&
	     !is_for_other_protocol(parser)))
		meaning = MEANS_OPAQUE;
	for (size_t i = 0; i < N_ELEMENTS(fields); i++) {
		if (base == fields[i].base && offset == fields[i].offset &&
		    size >= fields[i].size_min && size <= fields[i].size_max)
			meaning = fields[i].meaning;
	}
	load_sized(parser, nf_number(attributes, NFTA_PAYLOAD_DREG, 0), meaning,
		   size <= NF_VALUE_SIZE ? size : 0);
}

static void read_fib(struct parser *parser, const struct nf_attributes *attributes)
{
	uint32_t flags = nf_number(attributes, NFTA_FIB_FLAGS, 0);
	enum nat_meaning meaning = MEANS_OTHER;

	if (nf_number(attributes, NFTA_FIB_RESULT, 0) == NFT_FIB_RESULT_ADDRTYPE) {
		if (flags == NFTA_FIB_F_SADDR)
			meaning = MEANS_SOURCE_TYPE;
		else if (flags & NFTA_FIB_F_DADDR)
			meaning = MEANS_DESTINATION_TYPE;
	}
	load_meaning(parser, nf_number(attributes, NFTA_FIB_DREG, 0), meaning);
}

/* Changes of it. */

static void read_bitwise(struct parser *parser, const struct nf_attributes *attributes)
{
	uint32_t target = nf_number(attributes, NFTA_BITWISE_DREG, 0);
	struct nat_symbol symbol = symbol_at(parser, nf_number(attributes, NFTA_BITWISE_SREG, 0));
	const struct nf_value mask = nf_value(attributes, NFTA_BITWISE_MASK);
	const struct nf_value xor = nf_value(attributes, NFTA_BITWISE_XOR);
	bool plain =
		nf_number(attributes, BITWISE_OP, DATA_TYPE_BITWISE_BOOL) == DATA_TYPE_BITWISE_BOOL;

	switch (symbol.meaning) {
	case MEANS_MARK:
	case MEANS_STATE:
	case MEANS_STATUS:
	case MEANS_CONSTANT:
		if (!plain || mask.size != sizeof(uint32_t) || xor.size != sizeof(uint32_t)) {
			symbol.meaning = MEANS_OPAQUE;
			break;
		}
		symbol.mask &= nat_symbol_word(mask.bytes, symbol.swapped);
		symbol.xor &= nat_symbol_word(mask.bytes, symbol.swapped);
		symbol.xor ^= nat_symbol_word(xor.bytes, symbol.swapped);
		break;
	case MEANS_SOURCE:
	case MEANS_DESTINATION:
	case MEANS_OPAQUE:
		break;
	default:
		symbol.meaning = MEANS_OTHER;
	}
	load(parser, target, symbol);
}

static void read_byteorder(struct parser *parser, const struct nf_attributes *attributes)
{
	struct nat_symbol symbol = symbol_at(parser, nf_number(attributes, NFTA_BYTEORDER_SREG, 0));

	symbol.swapped = !symbol.swapped;
	load(parser, nf_number(attributes, NFTA_BYTEORDER_DREG, 0), symbol);
}

/* Comparisons: a range of values, of which both ends fit. */

static void add_match(struct parser *parser, struct nat_step step, bool negated)
{
	step.negated = negated;
	nat_steps_add(&parser->steps, &step);
}

/* Lets go of the end of a range that is not in it: value - 1. */
static void decrease(struct nf_value *value)
{
	for (size_t i = value->size; i > 0; i--) {
		if (value->bytes[i - 1]--)
			return;
	}
}

static void increase(struct nf_value *value)
{
	for (size_t i = value->size; i > 0; i--) {
		if (++value->bytes[i - 1])
			return;
	}
}

/* "Is the status that of a translated connection?" asks whether a bit is set. */
static bool add_status(struct parser *parser, const struct nat_symbol *symbol,
		       const struct nf_value *value, bool equal)
{
	struct nat_step step = {.kind = NAT_MATCH_STATE, .negated = equal};

	if (symbol->meaning != MEANS_STATUS || value->size != sizeof(uint32_t) ||
	    nat_symbol_word(value->bytes, false) != 0 || !(symbol->mask & STATUS_TRANSLATED) ||
	    symbol->mask & ~STATUS_TRANSLATED)
		return false;
	step.states = NAT_STATE_TRANSLATED;
	nat_steps_add(&parser->steps, &step);
	return true;
}

static void read_cmp(struct parser *parser, const struct nf_attributes *attributes)
{
	const struct nat_symbol symbol = symbol_at(parser, nf_number(attributes, NFTA_CMP_SREG, 0));
	uint32_t op = nf_number(attributes, NFTA_CMP_OP, UINT32_MAX);
	struct nf_value first = nf_value(attributes, NFTA_CMP_DATA), last = first;

	if (first.size == 0 || op > NFT_CMP_GTE) {
		add_kind(parser, NAT_MATCH_OPAQUE);
		return;
	}
	if ((op == NFT_CMP_EQ || op == NFT_CMP_NEQ) &&
	    add_status(parser, &symbol, &first, op == NFT_CMP_EQ))
		return;
	if (op == NFT_CMP_LT)
		decrease(&last);
	if (op == NFT_CMP_GT)
		increase(&first);
	if (op == NFT_CMP_LT || op == NFT_CMP_LTE)
		memset(first.bytes, 0, first.size);
	if (op == NFT_CMP_GT || op == NFT_CMP_GTE)
		memset(last.bytes, 0xff, last.size);
	add_match(parser, nat_symbol_match(&symbol, &first, &last), op == NFT_CMP_NEQ);
}

static void read_range(struct parser *parser, const struct nf_attributes *attributes)
{
	const struct nat_symbol symbol =
		symbol_at(parser, nf_number(attributes, NFTA_RANGE_SREG, 0));
	const struct nf_value first = nf_value(attributes, NFTA_RANGE_FROM_DATA);
	const struct nf_value last = nf_value(attributes, NFTA_RANGE_TO_DATA);

	add_match(parser, nat_symbol_match(&symbol, &first, &last),
		  nf_number(attributes, NFTA_RANGE_OP, NFT_RANGE_EQ) == NFT_RANGE_NEQ);
}

static void read_lookup(struct parser *parser, const struct nf_attributes *attributes)
{
	const char *name = nf_text(attributes, NFTA_LOOKUP_SET);
	uint32_t number = nf_number(attributes, NFTA_LOOKUP_SREG, 0);
	bool maps = attributes->list[NFTA_LOOKUP_DREG];
	uint32_t target = nf_number(attributes, NFTA_LOOKUP_DREG, 0);
	bool inverted = nf_number(attributes, NFTA_LOOKUP_FLAGS, 0) & NFT_LOOKUP_F_INV;

	if (maps && target == NFT_REG_VERDICT) {
		parser->branches = calloc(1, sizeof(*parser->branches));
		if (!parser->branches)
			parser->error = -ENOMEM;
		else
			parser->error =
				nat_lookup_find_branches(&parser->registers, number, parser->source,
							 name, &parser->steps, parser->branches);
		return;
	}
	/* Where a map of values leads to is not looked at. */
	if (maps) {
		add_kind(parser, NAT_MATCH_SOME);
		load_meaning(parser, target, MEANS_OPAQUE);
		return;
	}
	parser->error = nat_lookup_add_match(&parser->registers, number, parser->source, name,
					     inverted, &parser->steps);
}

/* Actions. */

static void add_verdict(struct nat_steps *steps, int32_t verdict, const char *chain)
{
	switch (verdict) {
	case NF_ACCEPT:
		nat_steps_add_kind(steps, NAT_ACTION_ACCEPT, false);
		break;
	case NF_DROP:
	case NF_STOLEN:
		nat_steps_add_kind(steps, NAT_ACTION_DROP, false);
		break;
	case NFT_RETURN:
		nat_steps_add_kind(steps, NAT_ACTION_RETURN, false);
		break;
	case NFT_CONTINUE:
		break;
	case NFT_JUMP:
	case NFT_GOTO:
		nat_steps_add_jump(steps, verdict == NFT_JUMP ? NAT_ACTION_JUMP : NAT_ACTION_GOTO,
				   chain, strlen(chain));
		break;
	default:
		/* To a queue, from which it comes back. */
		nat_steps_add_kind(steps,
				   (verdict & NF_VERDICT_MASK) == NF_QUEUE ? NAT_ACTION_ACCEPT
									   : NAT_ACTION_OPAQUE,
				   false);
	}
}

static void read_immediate(struct parser *parser, const struct nf_attributes *attributes)
{
	uint32_t target = nf_number(attributes, NFTA_IMMEDIATE_DREG, UINT32_MAX);
	const struct nf_value value = nf_value(attributes, NFTA_IMMEDIATE_DATA);
	struct nf_attributes data = nf_attributes_in(attributes->list[NFTA_IMMEDIATE_DATA]);
	struct nf_attributes verdict = nf_attributes_in(data.list[NFTA_DATA_VERDICT]);
	struct nat_symbol symbol = {.meaning = MEANS_OTHER};

	if (target == NFT_REG_VERDICT) {
		if (verdict.list[NFTA_VERDICT_CODE])
			add_verdict(&parser->steps,
				    (int32_t)nf_number(&verdict, NFTA_VERDICT_CODE, 0),
				    nf_text(&verdict, NFTA_VERDICT_CHAIN));
		else
			parser->steps.damaged = true;
		return;
	}
	if (value.size == sizeof(uint32_t)) {
		symbol.meaning = MEANS_CONSTANT;
		symbol.xor = nat_symbol_word(value.bytes, false);
	}
	load(parser, target, symbol);
}

static void add_rewrite(struct parser *parser, uint32_t flags)
{
	struct nat_step step = {.kind = NAT_ACTION_REWRITE};

	step.full_random = flags & NF_NAT_RANGE_PROTO_RANDOM_FULLY;
	nat_steps_add(&parser->steps, &step);
}

static void read_masquerade(struct parser *parser, const struct nf_attributes *attributes)
{
	add_rewrite(parser, nf_number(attributes, NFTA_MASQ_FLAGS, 0));
}

static void read_nat(struct parser *parser, const struct nf_attributes *attributes)
{
	add_rewrite(parser, nf_number(attributes, NFTA_NAT_FLAGS, 0));
}

static void read_redirect(struct parser *parser, const struct nf_attributes *attributes)
{
	(void)attributes;
	add_rewrite(parser, 0);
}

static void read_notrack(struct parser *parser, const struct nf_attributes *attributes)
{
	(void)attributes;
	add_kind(parser, NAT_ACTION_NOTRACK);
}

static void read_drop(struct parser *parser, const struct nf_attributes *attributes)
{
	(void)attributes;
	add_kind(parser, NAT_ACTION_DROP);
}

static void read_accept(struct parser *parser, const struct nf_attributes *attributes)
{
	(void)attributes;
	add_kind(parser, NAT_ACTION_ACCEPT);
}

static void read_some(struct parser *parser, const struct nf_attributes *attributes)
{
	(void)attributes;
	add_kind(parser, NAT_MATCH_SOME);
}

static void read_nothing(struct parser *parser, const struct nf_attributes *attributes)
{
	(void)parser;
	(void)attributes;
}

static void read_object(struct parser *parser, const struct nf_attributes *attributes)
{
	uint32_t type = nf_number(attributes, NFTA_OBJREF_IMM_TYPE, UINT32_MAX);

	/* Those that a packet can exceed; which one a map chooses is not looked at. */
	if (type == OBJECT_QUOTA || type == OBJECT_LIMIT || type == OBJECT_CONNLIMIT ||
	    type == UINT32_MAX)
		add_kind(parser, NAT_MATCH_SOME);
}

/* A set that is added to: with a limit of its own it is one. */
static void read_dynset(struct parser *parser, const struct nf_attributes *attributes)
{
	if (attributes->list[DYNSET_EXPR] || attributes->list[DYNSET_EXPRESSIONS])
		add_kind(parser, NAT_MATCH_SOME);
}

/* Loads from what is not looked at: the number of the attribute that names the register. */
static void read_other_1(struct parser *parser, const struct nf_attributes *attributes)
{
	if (attributes->list[1])
		load_meaning(parser, nf_number(attributes, 1, 0), MEANS_OTHER);
}

static void read_other_2(struct parser *parser, const struct nf_attributes *attributes)
{
	if (attributes->list[2])
		load_meaning(parser, nf_number(attributes, 2, 0), MEANS_OTHER);
}

static struct nat_extension extension_of(const struct nf_attributes *attributes)
{
	/* NFTA_MATCH_ and NFTA_TARGET_ have the same numbers. */
	const struct nlattr *info = attributes->list[NFTA_MATCH_INFO];

	return (struct nat_extension){
		.name = nf_text(attributes, NFTA_MATCH_NAME),
		.revision = nf_number(attributes, NFTA_MATCH_REV, 0),
		.info = info ? mnl_attr_get_payload(info) : NULL,
		.size = info ? mnl_attr_get_payload_len(info) : 0,
	};
}

static void read_match(struct parser *parser, const struct nf_attributes *attributes)
{
	const struct nat_extension match = extension_of(attributes);

	nat_extension_add_match(&match, parser->source->ipset_name, parser->source->data,
				&parser->steps);
}

static void read_target(struct parser *parser, const struct nf_attributes *attributes)
{
	const struct nat_extension target = extension_of(attributes);

	nat_extension_add_target(&target, &parser->steps);
}

static const struct {
	const char *name;
	void (*read)(struct parser *parser, const struct nf_attributes *attributes);
} readers[] = {
	{"meta", read_meta},
	{"ct", read_ct},
	{"payload", read_payload},
	{"fib", read_fib},
	{"bitwise", read_bitwise},
	{"byteorder", read_byteorder},
	{"cmp", read_cmp},
	{"range", read_range},
	{"lookup", read_lookup},
	{"immediate", read_immediate},
	{"masq", read_masquerade},
	{"nat", read_nat},
	{"redir", read_redirect},
	{"notrack", read_notrack},
	{"match", read_match},
	{"target", read_target},
	{"counter", read_nothing},
	{"log", read_nothing},
	{"last", read_nothing},
	{"dup", read_nothing},
	{"flow_offload", read_nothing},
	{"objref", read_object},
	{"dynset", read_dynset},
	{"limit", read_some},
	{"quota", read_some},
	{"connlimit", read_some},
	{"reject", read_drop},
	{"synproxy", read_drop},
	{"queue", read_accept},
	{"tproxy", read_accept},
	{"numgen", read_other_1},
	{"rt", read_other_1},
	{"osf", read_other_1},
	{"exthdr", read_other_1},
	{"xfrm", read_other_1},
	{"hash", read_other_2},
	{"socket", read_other_2},
	{"tunnel", read_other_2},
};

static void read_expression(struct parser *parser, const struct nlattr *expression)
{
	const struct nf_attributes parts = nf_attributes_in(expression);
	const char *name = nf_text(&parts, NFTA_EXPR_NAME);
	const struct nf_attributes attributes = nf_attributes_in(parts.list[NFTA_EXPR_DATA]);

	for (size_t i = 0; i < N_ELEMENTS(readers); i++) {
		if (strcmp(name, readers[i].name) == 0) {
			readers[i].read(parser, &attributes);
			return;
		}
	}
	parser->steps.damaged = true;
}

/* What stands before the map may not act: it would do so once for each branch. */
static int emit_branches(struct parser *parser, int (*add)(void *data, struct nat_steps *steps),
			 void *data)
{
	int result = 0;

	for (size_t i = 0; i < parser->steps.count; i++)
		parser->steps.damaged |= !nat_step_is_match(&parser->steps.list[i]);
	if (parser->steps.damaged)
		return add(data, &parser->steps);
	for (size_t i = 0; i < parser->branches->count && result == 0; i++) {
		const struct nat_branch *branch = &parser->branches->list[i];
		struct nat_steps steps = {.count = parser->steps.count};

		memcpy(steps.list, parser->steps.list, steps.count * sizeof(steps.list[0]));
		for (size_t j = 0; j < branch->n_steps; j++)
			nat_steps_add(&steps, &branch->steps[j]);
		add_verdict(&steps, branch->verdict, branch->chain ? branch->chain : "");
		result = add(data, &steps);
		nat_steps_clear(&steps);
	}
	return result;
}

int nat_expressions_read(const struct nlattr *expressions, const struct nat_source *source,
			 int (*add)(void *data, struct nat_steps *steps), void *data)
{
	struct parser parser = {.source = source};
	const struct nlattr *expression;
	int result;

	mnl_attr_for_each_nested(expression, expressions)
	{
		if (!parser.branches && parser.error == 0)
			read_expression(&parser, expression);
	}
	if (parser.error < 0)
		result = parser.error;
	else if (parser.branches)
		result = emit_branches(&parser, add, data);
	else
		result = add(data, &parser.steps);
	nat_steps_clear(&parser.steps);
	if (parser.branches)
		nat_set_clear(&parser.branches->map);
	free(parser.branches);
	return result;
}
