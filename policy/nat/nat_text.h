/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The text that iptables-save prints, split into tables, chains and the lines of rules. What a
 * rule says is nat_rule.h's.
 */

#include <stdbool.h>
#include <stddef.h>

/* Far more than any node has; a text with more is refused. */
#define NAT_TEXT_LINES_MAX (1u << 20)

#define NAT_TEXT_TABLES_MAX 32

/* A rule, or the declaration of a chain (which may have none). Points into the text. */
struct nat_line {
	unsigned int table; /* an index of nat_text.tables */
	unsigned int number; /* of the rule in its chain, from 1 on; 0 = the declaration */
	unsigned int order;
	size_t chain_length;
	const char *chain;
	const char *rule; /* behind "-A CHAIN" */
	size_t rule_length;
};

struct nat_table {
	char name[16]; /* "nat", "raw", ... */
	bool ipv6;
	bool committed; /* its section is complete */
	bool shows_full_random; /* the program that printed it knows --random-fully */
};

struct nat_text {
	struct nat_table tables[NAT_TEXT_TABLES_MAX]; /* one for each section */
	size_t n_tables;
	struct nat_line *lines; /* by table, chain and place */
	size_t n_lines;
	bool incompatible_nat; /* there are nat rules that the program could not show */
};

/*
 * Splits `text`, which must outlive the result: of one program, or several one after the other.
 * Returns 0; -EBADMSG when it is something else than iptables-save prints; -E2BIG when it is more
 * than is looked at; -ENOMEM. The caller ends with nat_text_clear().
 */
int nat_text_split(const char *text, size_t size, struct nat_text *ret_split);
void nat_text_clear(struct nat_text *split);

/*
 * The lines of a chain: `ret_count` of them, its declaration among them; NULL when there
 * is no such chain.
 */
const struct nat_line *nat_text_find(const struct nat_text *split, unsigned int table,
				     const char *chain, size_t *ret_count);
