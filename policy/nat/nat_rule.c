/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/nat/nat_rule.h"

#include "array.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Longer words are cut: none that means something here is as long. */
#define WORD_SIZE 256

/* The rule being read, word by word. */
struct reading {
	const char *next, *end;
	const struct nat_packet *packet;
	struct nat_rule *rule;
	char target[NAT_RULE_CHAIN_SIZE];
	bool negated; /* a "!" stands before the option */
	bool from_network; /* it is for packets that come from a network, */
	bool for_device; /* and names the device that they leave by */
	bool connection; /* the match is on the connection's mark, not the packet's */
	bool clears_tracking; /* CT --notrack */
	bool restores_mark; /* CONNMARK --restore-mark */
	bool damaged; /* something could not be read */
};

static bool at_blank(const struct reading *reading)
{
	return *reading->next == ' ' || *reading->next == '\t';
}

/*
 * Takes the next word, without its quotes; false at the end. A word that is cut keeps its first
 * bytes.
 */
static bool take_word(struct reading *reading, char word[static WORD_SIZE])
{
	bool quoted = false;
	size_t length = 0;

	while (reading->next < reading->end && at_blank(reading))
		reading->next++;
	if (reading->next == reading->end)
		return false;
	for (; reading->next < reading->end && (quoted || !at_blank(reading)); reading->next++) {
		if (*reading->next == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && *reading->next == '\\' && reading->next + 1 < reading->end)
			reading->next++;
		if (length < WORD_SIZE - 1)
			word[length++] = *reading->next;
	}
	word[length] = '\0';
	return true;
}

static void take_argument(struct reading *reading, char word[static WORD_SIZE])
{
	if (take_word(reading, word))
		return;
	word[0] = '\0';
	reading->damaged = true;
}

static void note_fit(struct reading *reading, enum answer fits)
{
	enum answer answer = fits;

	if (reading->negated && fits != ANSWER_UNKNOWN)
		answer = fits == ANSWER_YES ? ANSWER_NO : ANSWER_YES;
	reading->rule->fits = answer_and(reading->rule->fits, answer);
	reading->rule->anything = false;
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

static void read_mark_match(struct reading *reading, const char *option)
{
	struct nat_rule *rule = reading->rule;
	struct nat_mark_match mark = {.negated = reading->negated};
	char word[WORD_SIZE];

	(void)option;
	take_argument(reading, word);
	if (reading->connection) {
		note_fit(reading, ANSWER_UNKNOWN);
		return;
	}
	rule->anything = false;
	if (rule->n_marks == NAT_RULE_MARKS_MAX || !read_mark(word, &mark.value, &mark.mask))
		reading->damaged = true;
	else
		rule->marks[rule->n_marks++] = mark;
}

static void read_out_device(struct reading *reading, const char *option)
{
	const char *device = reading->packet->device;
	enum answer fits = ANSWER_UNKNOWN;
	char word[WORD_SIZE];
	size_t length;
	bool same;

	(void)option;
	take_argument(reading, word);
	length = strlen(word);
	if (length && word[length - 1] == '+')
		same = device && strncmp(device, word, length - 1) == 0;
	else
		same = device && strcmp(device, word) == 0;
	reading->for_device |= (same || !device) && !reading->negated;
	/* The wrapped packet leaves by another device, no matter which. */
	if (!reading->packet->outer && device)
		fits = same ? ANSWER_YES : ANSWER_NO;
	else if (same && length && word[length - 1] != '+')
		fits = ANSWER_NO;
	note_fit(reading, fits);
}

static void read_protocol(struct reading *reading, const char *option)
{
	static const char *const names[] = {"udp", "17", "all", "0"};
	enum answer fits = ANSWER_NO;
	char word[WORD_SIZE];

	(void)option;
	take_argument(reading, word);
	for (size_t i = 0; i < N_ELEMENTS(names); i++) {
		if (strcmp(word, names[i]) == 0)
			fits = ANSWER_YES;
	}
	note_fit(reading, reading->packet->outer ? fits : ANSWER_UNKNOWN);
}

/* PORT, FIRST:LAST, or several with commas: is `port` among them? Unknown for a service's name. */
static enum answer list_has_port(const char *list, unsigned int port)
{
	const char *next = list;

	for (;;) {
		uint32_t first, last;
		char *end;

		if (!read_number(next, &end, &first))
			return ANSWER_UNKNOWN;
		last = first;
		if (*end == ':' && !read_number(end + 1, &end, &last))
			return ANSWER_UNKNOWN;
		if (port >= first && port <= last)
			return ANSWER_YES;
		if (*end != ',')
			return *end ? ANSWER_UNKNOWN : ANSWER_NO;
		next = end + 1;
	}
}

static void read_destination_port(struct reading *reading, const char *option)
{
	char word[WORD_SIZE];

	(void)option;
	take_argument(reading, word);
	note_fit(reading, reading->packet->outer ? list_has_port(word, reading->packet->port)
						 : ANSWER_UNKNOWN);
}

/* What has a kind of address: the sender of the outer packet, and nobody's destination, is here. */
static void read_address_type(struct reading *reading, const char *option)
{
	bool source = strcmp(option, "--src-type") == 0;
	enum answer fits = ANSWER_UNKNOWN;
	char word[WORD_SIZE];

	take_argument(reading, word);
	if (strcmp(word, "LOCAL") == 0 && !source)
		fits = ANSWER_NO;
	else if (strcmp(word, "LOCAL") == 0 && reading->packet->outer)
		fits = ANSWER_YES;
	note_fit(reading, fits);
}

/*
 * A source that a rule names is a network of pods or containers: Docker's own, a bridge's, a pool.
 * What Kubernetes marks does not come from there, unless the rule is made for the VXLAN device.
 */
static void note_source(struct reading *reading)
{
	if (reading->packet->outer)
		note_fit(reading, ANSWER_UNKNOWN);
	else if (reading->negated)
		reading->rule->anything = false;
	else
		reading->from_network = true;
}

static void read_source(struct reading *reading, const char *option)
{
	char word[WORD_SIZE];

	(void)option;
	take_argument(reading, word);
	note_source(reading);
}

/*
 * A set cannot be looked into. KUBE-LOOP-BACK holds connections of a pod with itself, which never
 * reach the VXLAN device; and what does not go to one of a set's destinations leaves the cluster
 * (Calico's "all-ipam-pools").
 */
static void read_set(struct reading *reading, const char *option)
{
	char name[WORD_SIZE], directions[WORD_SIZE];
	enum answer fits = ANSWER_UNKNOWN;

	(void)option;
	take_argument(reading, name);
	take_argument(reading, directions);
	if (!reading->packet->outer && strstr(name, "KUBE-") && strstr(name, "LOOP-BACK"))
		fits = ANSWER_NO;
	else if (!reading->packet->outer && reading->negated && strcmp(directions, "dst") == 0)
		fits = ANSWER_YES;
	if (strcmp(directions, "src") == 0)
		note_source(reading);
	else
		note_fit(reading, fits);
}

static void read_in_device(struct reading *reading, const char *option)
{
	char word[WORD_SIZE];

	(void)option;
	take_argument(reading, word);
	note_fit(reading, reading->packet->outer ? ANSWER_NO : ANSWER_UNKNOWN);
}

static void read_jump(struct reading *reading, const char *option)
{
	char word[WORD_SIZE];

	take_argument(reading, word);
	reading->rule->is_goto = option[1] == 'g' || strcmp(option, "--goto") == 0;
	if (strlen(word) >= sizeof(reading->target))
		reading->damaged = true;
	else
		strcpy(reading->target, word);
}

static void set_mark(struct reading *reading, uint32_t value, uint32_t mask)
{
	reading->rule->set_value = value;
	reading->rule->set_mask = mask;
}

/* The options of the target MARK; iptables-save prints only the first, other programs all. */
static void read_set_mark(struct reading *reading, const char *option)
{
	uint32_t value, mask;
	char word[WORD_SIZE];

	take_argument(reading, word);
	if (!read_mark(word, &value, &mask))
		reading->damaged = true;
	else if (strcmp(option, "--set-xmark") == 0)
		set_mark(reading, value, mask);
	else if (strcmp(option, "--set-mark") == 0)
		set_mark(reading, value, mask | value);
	else if (strcmp(option, "--or-mark") == 0)
		set_mark(reading, value, value);
	else if (strcmp(option, "--and-mark") == 0)
		set_mark(reading, 0, ~value);
	else
		set_mark(reading, value, 0);
}

static void read_target_flag(struct reading *reading, const char *option)
{
	reading->rule->full_random |= strcmp(option, "--random-fully") == 0;
	reading->clears_tracking |= strcmp(option, "--notrack") == 0;
	reading->restores_mark |= strcmp(option, "--restore-mark") == 0;
}

static void read_module(struct reading *reading, const char *option)
{
	char word[WORD_SIZE];

	(void)option;
	take_argument(reading, word);
	reading->connection = strcmp(word, "connmark") == 0;
}

/* What says nothing of the packet, but has an argument that might look like an option. */
static void skip_argument(struct reading *reading, const char *option)
{
	char word[WORD_SIZE];

	(void)option;
	take_argument(reading, word);
}

/* What begins with "[" is a note of iptables-nft: an extension that it cannot show. */
static void read_other(struct reading *reading, const char *word)
{
	/* Options of a target, and arguments, match nothing. */
	if (word[0] == '-' && !reading->target[0])
		note_fit(reading, ANSWER_UNKNOWN);
	else if (strncmp(word, "[unsupported", strlen("[unsupported")) == 0)
		reading->damaged = true;
}

static const struct {
	const char *name;
	void (*read)(struct reading *reading, const char *option);
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
	{"--src-type", read_address_type},
	{"--dst-type", read_address_type},
	{"--match-set", read_set},
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

static void read_option(struct reading *reading, const char *word)
{
	for (size_t i = 0; i < N_ELEMENTS(options); i++) {
		if (strcmp(word, options[i].name) == 0) {
			options[i].read(reading, word);
			return;
		}
	}
	read_other(reading, word);
}

static enum nat_target find_target(const struct reading *reading)
{
	static const struct {
		const char *name;
		enum nat_target target;
	} targets[] = {
		{"", NAT_TARGET_PASS},
		{"RETURN", NAT_TARGET_RETURN},
		{"MARK", NAT_TARGET_MARK},
		{"MASQUERADE", NAT_TARGET_REWRITE},
		{"SNAT", NAT_TARGET_REWRITE},
		{"NETMAP", NAT_TARGET_REWRITE},
		{"SAME", NAT_TARGET_REWRITE},
		{"DNAT", NAT_TARGET_REWRITE},
		{"REDIRECT", NAT_TARGET_REWRITE},
		{"ACCEPT", NAT_TARGET_STOP},
		{"DROP", NAT_TARGET_STOP},
		{"REJECT", NAT_TARGET_STOP},
		{"QUEUE", NAT_TARGET_STOP},
		{"NFQUEUE", NAT_TARGET_STOP},
		{"NOTRACK", NAT_TARGET_NOTRACK},
		{"LOG", NAT_TARGET_PASS},
		{"NFLOG", NAT_TARGET_PASS},
		{"ULOG", NAT_TARGET_PASS},
		{"TRACE", NAT_TARGET_PASS},
		{"AUDIT", NAT_TARGET_PASS},
		{"CONNSECMARK", NAT_TARGET_PASS},
		{"SECMARK", NAT_TARGET_PASS},
		{"TCPMSS", NAT_TARGET_PASS},
		{"CLASSIFY", NAT_TARGET_PASS},
		{"DSCP", NAT_TARGET_PASS},
		{"TOS", NAT_TARGET_PASS},
		{"TTL", NAT_TARGET_PASS},
		{"HL", NAT_TARGET_PASS},
		{"CHECKSUM", NAT_TARGET_PASS},
		{"SET", NAT_TARGET_PASS},
	};

	if (reading->damaged)
		return NAT_TARGET_UNKNOWN;
	if (strcmp(reading->target, "CT") == 0)
		return reading->clears_tracking ? NAT_TARGET_NOTRACK : NAT_TARGET_PASS;
	if (strcmp(reading->target, "CONNMARK") == 0)
		return reading->restores_mark ? NAT_TARGET_UNKNOWN : NAT_TARGET_PASS;
	for (size_t i = 0; i < N_ELEMENTS(targets); i++) {
		if (strcmp(reading->target, targets[i].name) == 0)
			return targets[i].target;
	}
	return NAT_TARGET_CHAIN;
}

void nat_rule_read(const char *text, size_t length, const struct nat_packet *packet,
		   struct nat_rule *ret_rule)
{
	struct reading reading = {
		.next = text,
		.end = text + length,
		.packet = packet,
		.rule = ret_rule,
	};
	char word[WORD_SIZE];

	*ret_rule = (struct nat_rule){.fits = ANSWER_YES, .anything = true};
	while (take_word(&reading, word)) {
		if (strcmp(word, "!") == 0) {
			reading.negated = true;
			continue;
		}
		read_option(&reading, word);
		reading.negated = false;
	}
	if (reading.from_network) {
		reading.negated = false;
		note_fit(&reading, reading.for_device ? ANSWER_UNKNOWN : ANSWER_NO);
	}
	ret_rule->target = find_target(&reading);
	strcpy(ret_rule->chain, reading.target);
}

enum answer nat_rule_fits(const struct nat_rule *rule, uint32_t mark)
{
	for (size_t i = 0; i < rule->n_marks; i++) {
		const struct nat_mark_match *match = &rule->marks[i];

		if (((mark & match->mask) == match->value) == match->negated)
			return ANSWER_NO;
	}
	return rule->fits;
}
