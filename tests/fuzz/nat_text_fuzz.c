/* SPDX-License-Identifier: Apache-2.0 */
/* What iptables-save prints, split: every line is a part of the text, and is found by its chain. */
#include "cleanup.h"
#include "policy/nat/nat_text.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

static bool lies_within(const char *part, size_t length, const char *text, size_t size)
{
	return part >= text && length <= size && (size_t)(part - text) <= size - length;
}

static bool same_chain(const struct nat_line *a, const struct nat_line *b)
{
	return a->table == b->table && a->chain_length == b->chain_length &&
	       memcmp(a->chain, b->chain, a->chain_length) == 0;
}

static void check_line(const struct nat_text *split, const struct nat_line *line, const char *text,
		       size_t size)
{
	FUZZ_CHECK(line->table < split->n_tables && line->order < split->n_lines);
	FUZZ_CHECK(line->chain_length > 0);
	FUZZ_CHECK(lies_within(line->chain, line->chain_length, text, size));
	FUZZ_CHECK(!memchr(line->chain, ' ', line->chain_length) &&
		   !memchr(line->chain, '\n', line->chain_length));
	if (!line->number) {
		FUZZ_CHECK(!line->rule && line->rule_length == 0);
		return;
	}
	FUZZ_CHECK(lies_within(line->rule, line->rule_length, text, size));
	FUZZ_CHECK(!memchr(line->rule, '\n', line->rule_length));
	FUZZ_CHECK(line->rule == line->chain + line->chain_length);
}

/* In the order of the text; numbers count the rules, or begin anew behind a declaration. */
static void check_neighbours(const struct nat_line *line)
{
	const struct nat_line *before = line - 1;

	if (!same_chain(before, line)) {
		FUZZ_CHECK(before->table <= line->table && line->number <= 1);
		return;
	}
	FUZZ_CHECK(before->order < line->order && before->chain < line->chain);
	FUZZ_CHECK(line->number == 0 || line->number == before->number + 1);
}

static void check_found(const struct nat_text *split, const struct nat_line *line)
{
	_cleanup_free_ char *chain = strndup(line->chain, line->chain_length);
	const struct nat_line *found;
	size_t count;

	FUZZ_CHECK(chain);
	if (strlen(chain) < line->chain_length)
		return;
	found = nat_text_find(split, line->table, chain, &count);
	FUZZ_CHECK(found && found <= line && (size_t)(line - found) < count);
	FUZZ_CHECK(found >= split->lines && found + count <= split->lines + split->n_lines);
	FUZZ_CHECK(same_chain(found, line) && same_chain(found + count - 1, line));
	FUZZ_CHECK(found == split->lines || !same_chain(found - 1, line));
	FUZZ_CHECK(found + count == split->lines + split->n_lines ||
		   !same_chain(found + count, line));
}

static void check_tables(const struct nat_text *split)
{
	FUZZ_CHECK(split->n_tables <= NAT_TEXT_TABLES_MAX && split->n_lines <= NAT_TEXT_LINES_MAX);
	for (size_t i = 0; i < split->n_tables; i++) {
		const char *name = split->tables[i].name;

		FUZZ_CHECK(strnlen(name, sizeof(split->tables[i].name)) <
			   sizeof(split->tables[i].name));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct nat_text split;
	size_t count;
	int result;

	fuzz_spoil(&split, sizeof(split));
	result = nat_text_split(text, size, &split);
	if (result < 0) {
		FUZZ_CHECK(result == -EBADMSG || result == -E2BIG);
		FUZZ_CHECK(fuzz_is_spoiled(&split, sizeof(split)));
		return 0;
	}
	check_tables(&split);
	for (size_t i = 0; i < split.n_lines; i++) {
		check_line(&split, &split.lines[i], text, size);
		if (i > 0)
			check_neighbours(&split.lines[i]);
		check_found(&split, &split.lines[i]);
	}
	/* No chain's name has a blank in it. */
	FUZZ_CHECK(!nat_text_find(&split, 0, "a b", &count) && count == 0);
	nat_text_clear(&split);
	return 0;
}
