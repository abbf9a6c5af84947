/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/nat/nat_text_rule.h"

#include "array.h"
#include "policy/nat/nat_names.h"

#include <ctype.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* Longer words are cut: none that means something here is as long. */
#define WORD_SIZE 256

/* The rule being read, word by word. */
struct parser {
	const char *next, *end;
	struct nat_steps *steps;
	char target[WORD_SIZE];
	bool negated; /* a "!" stands before the option */
	bool is_goto;
	bool connection; /* the match is on the connection's mark, not the packet's */
	bool full_random; /* of MASQUERADE and SNAT */
	bool clears_tracking; /* CT --notrack */
	bool restores_mark; /* CONNMARK --restore-mark */
	bool sets_mark; /* MARK: `mark` is what it sets */
	struct nat_step mark;
};

static bool at_blank(const struct parser *parser)
{
	return *parser->next == ' ' || *parser->next == '\t';
}

/*
 * Takes the next word, without its quotes; false at the end. A word that is cut keeps its first
 * bytes.
 */
static bool take_word(struct parser *parser, char word[static WORD_SIZE])
{
	bool quoted = false;
	size_t length = 0;

	while (parser->next < parser->end && at_blank(parser))
		parser->next++;
	if (parser->next == parser->end)
		return false;
	for (; parser->next < parser->end && (quoted || !at_blank(parser)); parser->next++) {
		if (*parser->next == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && *parser->next == '\\' && parser->next + 1 < parser->end)
			parser->next++;
		if (length < WORD_SIZE - 1)
			word[length++] = *parser->next;
	}
	word[length] = '\0';
	return true;
}

static void take_argument(struct parser *parser, char word[static WORD_SIZE])
{
	if (take_word(parser, word))
		return;
	word[0] = '\0';
	parser->steps->damaged = true;
}

static void add_match(struct parser *parser, enum nat_step_kind kind)
{
	nat_steps_add_kind(parser->steps, kind, parser->negated);
}

static bool read_number(const char *text, char **ret_end, uint32_t *ret_number)
{
	unsigned long long number;

	if (!isdigit((unsigned char)*text))
		return false;
	number = strtoull(text, ret_end, 0);
	*ret_number = (uint32_t)number;
	return number <= UINT32_MAX;
}

/* VALUE or VALUE/MASK, a missing mask being all bits. */
static bool read_mark(const char *text, uint32_t *ret_value, uint32_t *ret_mask)
{
	char *end;

	*ret_mask = UINT32_MAX;
	if (!read_number(text, &end, ret_value))
		return false;
	if (*end == '/' && !read_number(end + 1, &end, ret_mask))
		return false;
	return *end == '\0';
}

static void read_mark_match(struct parser *parser, const char *option)
{
	struct nat_step step = {.kind = NAT_MATCH_MARK, .negated = parser->negated};
	char word[WORD_SIZE];
	uint32_t value, mask;

	(void)option;
	take_argument(parser, word);
	if (parser->connection) {
		add_match(parser, NAT_MATCH_SOME);
		return;
	}
	if (!read_mark(word, &value, &mask)) {
		parser->steps->damaged = true;
		return;
	}
	step.mark.mask = mask;
	step.mark.low = step.mark.high = value;
	nat_steps_add(parser->steps, &step);
}

static void read_out_device(struct parser *parser, const char *option)
{
	struct nat_step step = {.kind = NAT_MATCH_OUT_DEVICE, .negated = parser->negated};
	char word[WORD_SIZE];
	size_t length;

	(void)option;
	take_argument(parser, word);
	length = strlen(word);
	if (length && word[length - 1] == '+') {
		step.device.prefix = true;
		word[--length] = '\0';
	}
	/* No device has a name as long as that. */
	if (length >= sizeof(step.device.name)) {
		parser->steps->damaged = true;
		return;
	}
	memcpy(step.device.name, word, length + 1);
	nat_steps_add(parser->steps, &step);
}

static void read_in_device(struct parser *parser, const char *option)
{
	char word[WORD_SIZE];

	(void)option;
	take_argument(parser, word);
	add_match(parser, NAT_MATCH_IN_DEVICE);
}

/* Which one it is counts for UDP alone; 255 is none. */
static void read_protocol(struct parser *parser, const char *option)
{
	struct nat_step step = {.kind = NAT_MATCH_PROTOCOL, .negated = parser->negated};
	char word[WORD_SIZE];
	uint32_t number;
	char *end;

	(void)option;
	take_argument(parser, word);
	if (strcmp(word, "all") == 0 || strcmp(word, "0") == 0)
		return;
	step.number = 255;
	if (strcmp(word, "udp") == 0)
		step.number = IPPROTO_UDP;
	else if (read_number(word, &end, &number) && *end == '\0')
		step.number = number;
	nat_steps_add(parser->steps, &step);
}

/* PORT, FIRST:LAST, or several with commas; a service's name is for some. */
static void read_destination_port(struct parser *parser, const char *option)
{
	const size_t begin = parser->steps->count;
	char word[WORD_SIZE];
	const char *next = word;

	(void)option;
	take_argument(parser, word);
	for (;;) {
		struct nat_step step = {.kind = NAT_MATCH_PORT, .negated = parser->negated};
		uint32_t first = 0, last;
		char *end = word;
		bool read = read_number(next, &end, &first);

		last = first;
		if (read && *end == ':')
			read = read_number(end + 1, &end, &last);
		if (!read || first > UINT16_MAX || last > UINT16_MAX || (*end && *end != ',')) {
			parser->steps->count = begin;
			add_match(parser, NAT_MATCH_SOME);
			return;
		}
		step.port.first = (uint16_t)first;
		step.port.last = (uint16_t)last;
		step.or_next = *end == ',';
		nat_steps_add(parser->steps, &step);
		if (!step.or_next)
			return;
		next = end + 1;
	}
}

static void read_address_type(struct parser *parser, const char *option)
{
	char word[WORD_SIZE];

	take_argument(parser, word);
	if (strcmp(word, "LOCAL") != 0)
		add_match(parser, NAT_MATCH_SOME);
	else if (strcmp(option, "--src-type") == 0)
		add_match(parser, NAT_MATCH_SOURCE_LOCAL);
	else
		add_match(parser, NAT_MATCH_DESTINATION_LOCAL);
}

static void read_source(struct parser *parser, const char *option)
{
	char word[WORD_SIZE];

	(void)option;
	take_argument(parser, word);
	add_match(parser, NAT_MATCH_SOURCE);
}

/* A set cannot be looked into: its name, and what it is asked for, are all that can be known. */
static void read_set(struct parser *parser, const char *option)
{
	char name[WORD_SIZE], directions[WORD_SIZE];

	(void)option;
	take_argument(parser, name);
	take_argument(parser, directions);
	add_match(parser, nat_set_kind(name, strcmp(directions, "src") == 0,
				       strcmp(directions, "dst") == 0));
}

static void read_states(struct parser *parser, const char *option)
{
	struct nat_step step = {.kind = NAT_MATCH_STATE, .negated = parser->negated};
	char word[WORD_SIZE], *rest = NULL;

	(void)option;
	take_argument(parser, word);
	for (const char *name = strtok_r(word, ",", &rest); name; name = strtok_r(NULL, ",", &rest))
		step.states |= nat_state_find(name);
	if (step.states)
		nat_steps_add(parser->steps, &step);
	else
		add_match(parser, NAT_MATCH_OPAQUE);
}

static void read_jump(struct parser *parser, const char *option)
{
	take_argument(parser, parser->target);
	parser->is_goto = option[1] == 'g' || strcmp(option, "--goto") == 0;
}

/* The options of the target MARK; iptables-save prints only the first, other programs all. */
static void read_set_mark(struct parser *parser, const char *option)
{
	struct nat_step *step = &parser->mark;
	uint32_t value, mask;
	char word[WORD_SIZE];

	take_argument(parser, word);
	if (!read_mark(word, &value, &mask)) {
		parser->steps->damaged = true;
		return;
	}
	parser->sets_mark = true;
	*step = (struct nat_step){.kind = NAT_ACTION_MARK};
	step->set_mark.value = strcmp(option, "--and-mark") == 0 ? 0 : value;
	if (strcmp(option, "--set-xmark") == 0)
		step->set_mark.mask = mask;
	else if (strcmp(option, "--set-mark") == 0)
		step->set_mark.mask = mask | value;
	else if (strcmp(option, "--or-mark") == 0)
		step->set_mark.mask = value;
	else if (strcmp(option, "--and-mark") == 0)
		step->set_mark.mask = ~value;
	else
		step->set_mark.mask = 0;
}

static void read_target_flag(struct parser *parser, const char *option)
{
	parser->full_random |= strcmp(option, "--random-fully") == 0;
	parser->clears_tracking |= strcmp(option, "--notrack") == 0;
	parser->restores_mark |= strcmp(option, "--restore-mark") == 0;
}

/* Its options say what it is about, unless it is not known. */
static void read_module(struct parser *parser, const char *option)
{
	char word[WORD_SIZE];

	(void)option;
	take_argument(parser, word);
	parser->connection = strcmp(word, "connmark") == 0;
	if (!nat_match_is_known(word))
		add_match(parser, NAT_MATCH_OPAQUE);
}

/* What says nothing of the packet, but has an argument that might look like an option. */
static void skip_argument(struct parser *parser, const char *option)
{
	char word[WORD_SIZE];

	(void)option;
	take_argument(parser, word);
}

/* What begins with "[" is a note of iptables-nft: an extension that it cannot show. */
static void read_other(struct parser *parser, const char *word)
{
	/* Options of a target, and arguments, match nothing. */
	if (word[0] == '-' && !parser->target[0])
		add_match(parser, NAT_MATCH_SOME);
	else if (strncmp(word, "[unsupported", strlen("[unsupported")) == 0)
		parser->steps->damaged = true;
}

static const struct {
	const char *name;
	void (*read)(struct parser *parser, const char *option);
} options[] = {
	{"--mark", read_mark_match},
	{"-o", read_out_device},
	{"--out-interface", read_out_device},
	{"-s", read_source},
	{"--source", read_source},
	{"-i", read_in_device},
	{"--in-interface", read_in_device},
	{"-p", read_protocol},
	{"--protocol", read_protocol},
	{"--dport", read_destination_port},
	{"--dports", read_destination_port},
	{"--destination-port", read_destination_port},
	{"--destination-ports", read_destination_port},
	{"--src-type", read_address_type},
	{"--dst-type", read_address_type},
	{"--match-set", read_set},
	{"--state", read_states},
	{"--ctstate", read_states},
	{"-j", read_jump},
	{"--jump", read_jump},
	{"-g", read_jump},
	{"--goto", read_jump},
	{"--set-xmark", read_set_mark},
	{"--set-mark", read_set_mark},
	{"--or-mark", read_set_mark},
	{"--and-mark", read_set_mark},
	{"--xor-mark", read_set_mark},
	{"--random-fully", read_target_flag},
	{"--notrack", read_target_flag},
	{"--restore-mark", read_target_flag},
	{"--comment", skip_argument},
	{"-m", read_module},
	{"--match", read_module},
	{"-c", skip_argument},
	{"--log-prefix", skip_argument},
	{"--nflog-prefix", skip_argument},
};

static void read_option(struct parser *parser, const char *word)
{
	for (size_t i = 0; i < N_ELEMENTS(options); i++) {
		if (strcmp(word, options[i].name) == 0) {
			options[i].read(parser, word);
			return;
		}
	}
	read_other(parser, word);
}

static void add_rewrite(struct parser *parser)
{
	const struct nat_step step = {.kind = NAT_ACTION_REWRITE,
				      .full_random = parser->full_random};

	nat_steps_add(parser->steps, &step);
}

/* MARK without what to set, or CONNMARK that sets what is not known. */
static void add_action(struct parser *parser, enum nat_step_kind kind)
{
	nat_steps_add_kind(parser->steps, kind, false);
}

static void add_target(struct parser *parser)
{
	struct nat_steps *steps = parser->steps;

	switch (nat_target_find(parser->target)) {
	case NAT_TARGET_NOTHING:
		return;
	case NAT_TARGET_RETURN:
		add_action(parser, NAT_ACTION_RETURN);
		return;
	case NAT_TARGET_ACCEPT:
		add_action(parser, NAT_ACTION_ACCEPT);
		return;
	case NAT_TARGET_DROP:
		add_action(parser, NAT_ACTION_DROP);
		return;
	case NAT_TARGET_REWRITE:
		add_rewrite(parser);
		return;
	case NAT_TARGET_MARK:
		if (parser->sets_mark)
			nat_steps_add(steps, &parser->mark);
		else
			add_action(parser, NAT_ACTION_OPAQUE);
		return;
	case NAT_TARGET_NOTRACK:
		add_action(parser, NAT_ACTION_NOTRACK);
		return;
	case NAT_TARGET_CT:
		if (parser->clears_tracking)
			add_action(parser, NAT_ACTION_NOTRACK);
		return;
	case NAT_TARGET_CONNMARK:
		if (parser->restores_mark)
			add_action(parser, NAT_ACTION_OPAQUE);
		return;
	case NAT_TARGET_OTHER:
		break;
	}
	nat_steps_add_jump(steps, parser->is_goto ? NAT_ACTION_GOTO : NAT_ACTION_JUMP,
			   parser->target, strlen(parser->target));
}

void nat_text_rule_read(const char *text, size_t length, struct nat_steps *steps)
{
	struct parser parser = {
		.next = text,
		.end = text + length,
		.steps = steps,
	};
	char word[WORD_SIZE];

	while (take_word(&parser, word)) {
		if (strcmp(word, "!") == 0) {
			parser.negated = true;
			continue;
		}
		read_option(&parser, word);
		parser.negated = false;
	}
	if (parser.target[0])
		add_target(&parser);
}
