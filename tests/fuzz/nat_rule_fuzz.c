/* SPDX-License-Identifier: Apache-2.0 */
/* Every "-A CHAIN ..." of a text, read for several packets. */
#include "array.h"
#include "cleanup.h"
#include "policy/nat/nat_rule.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* Pairs: the second one is the first, of which the device is known. */
static const struct nat_packet packets[] = {
	{.device = NULL},
	{.device = "flannel.1"},
	{.device = NULL, .outer = true, .port = 8472},
	{.device = "flannel.1", .outer = true, .port = 8472},
};

static const uint32_t marks[] = {0, 1, 0x4000, 0x8000, 0xc000, UINT32_MAX};

static void check_rule(const struct nat_rule *rule)
{
	FUZZ_CHECK(rule->target <= NAT_TARGET_UNKNOWN && rule->fits <= ANSWER_YES);
	FUZZ_CHECK(strnlen(rule->chain, sizeof(rule->chain)) < sizeof(rule->chain));
	FUZZ_CHECK(rule->target != NAT_TARGET_CHAIN || rule->chain[0]);
	FUZZ_CHECK(rule->n_marks <= NAT_RULE_MARKS_MAX);
	FUZZ_CHECK(!rule->anything || (rule->n_marks == 0 && rule->fits == ANSWER_YES));
	for (size_t i = 0; i < N_ELEMENTS(marks); i++) {
		enum answer fits = nat_rule_fits(rule, marks[i]);

		FUZZ_CHECK(fits == rule->fits || (fits == ANSWER_NO && rule->n_marks));
	}
}

/* What a rule does, and which mark it asks for, is the same for every packet. */
static bool does_the_same(const struct nat_rule *a, const struct nat_rule *b)
{
	if (a->n_marks != b->n_marks)
		return false;
	for (size_t i = 0; i < a->n_marks; i++) {
		const struct nat_mark_match *one = &a->marks[i], *other = &b->marks[i];

		if (one->value != other->value || one->mask != other->mask ||
		    one->negated != other->negated)
			return false;
	}
	return a->target == b->target && strcmp(a->chain, b->chain) == 0 &&
	       a->is_goto == b->is_goto && a->full_random == b->full_random &&
	       a->set_value == b->set_value && a->set_mask == b->set_mask &&
	       a->anything == b->anything;
}

static void read_rule(const char *text, size_t length)
{
	/* As large as the rule and no larger, so that the address sanitizer sees its end. */
	_cleanup_free_ char *exact = malloc(length ? length : 1), *shifted = malloc(length + 2);
	struct nat_rule rules[N_ELEMENTS(packets)], again;

	FUZZ_CHECK(exact && shifted);
	memcpy(exact, text, length);
	memcpy(shifted, " \t", 2);
	memcpy(shifted + 2, text, length);
	for (size_t i = 0; i < N_ELEMENTS(packets); i++) {
		fuzz_spoil(&rules[i], sizeof(rules[i]));
		nat_rule_read(exact, length, &packets[i], &rules[i]);
		check_rule(&rules[i]);
		FUZZ_CHECK(does_the_same(&rules[0], &rules[i]));
	}
	nat_rule_read(shifted, length + 2, &packets[0], &again);
	FUZZ_CHECK(does_the_same(&rules[0], &again) && rules[0].fits == again.fits);
	/* Who knows more of the packet changes no answer, but what was unknown. */
	for (size_t i = 0; i < N_ELEMENTS(packets); i += 2)
		FUZZ_CHECK(rules[i].fits == ANSWER_UNKNOWN || rules[i].fits == rules[i + 1].fits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *next = (const char *)data, *end = next + size;

	while (next < end) {
		const char *newline = memchr(next, '\n', end - next);
		const char *line_end = newline ? newline : end;
		const char *rule = memmem(next, line_end - next, "-A ", 3);

		/* The chain's name is read as an argument, which no option asks for. */
		if (rule)
			read_rule(rule + 3, line_end - rule - 3);
		next = newline ? newline + 1 : end;
	}
	return 0;
}
