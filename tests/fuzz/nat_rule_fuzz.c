/* SPDX-License-Identifier: Apache-2.0 */
/* Every "-A CHAIN ..." of a text, read, and asked about several packets. */
#include "array.h"
#include "cleanup.h"
#include "policy/nat/nat_text_rule.h"
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

static void check_steps(const struct nat_rule *rule)
{
	for (size_t i = 0; i < rule->n_steps; i++) {
		const struct nat_step *step = &rule->steps[i];

		FUZZ_CHECK(step->kind <= NAT_ACTION_OPAQUE);
		FUZZ_CHECK(!step->or_next || (i + 1 < rule->n_steps && step[1].kind == step->kind));
		if (step->kind == NAT_ACTION_JUMP || step->kind == NAT_ACTION_GOTO)
			FUZZ_CHECK(step->chain && step->chain[0] &&
				   strlen(step->chain) < NAT_NAME_SIZE);
		if (step->kind == NAT_MATCH_OUT_DEVICE)
			FUZZ_CHECK(strnlen(step->device.name, NAT_DEVICE_SIZE) < NAT_DEVICE_SIZE);
	}
}

/* Asks every match. Who knows more of the packet changes no answer, but what was unknown. */
static void ask_all(const struct nat_rule *rule, uint32_t mark)
{
	for (size_t i = 0; i < rule->n_steps;) {
		size_t next = i;

		if (!nat_step_is_match(&rule->steps[i])) {
			i++;
			continue;
		}
		for (size_t j = 0; j < N_ELEMENTS(packets); j += 2) {
			enum answer less, more;

			next = i;
			less = nat_rule_ask(rule, &next, &packets[j], mark);
			FUZZ_CHECK(next > i && next <= rule->n_steps);
			next = i;
			more = nat_rule_ask(rule, &next, &packets[j + 1], mark);
			FUZZ_CHECK(less <= ANSWER_YES && more <= ANSWER_YES);
			FUZZ_CHECK(less == ANSWER_UNKNOWN || less == more);
		}
		i = next;
	}
}

static void read_rule(const char *text, size_t length)
{
	/* As large as the rule and no larger, so that the address sanitizer sees its end. */
	_cleanup_free_ char *exact = malloc(length ? length : 1);
	static struct nat_steps steps;
	struct nat_rule rule = {.number = 1};

	FUZZ_CHECK(exact);
	memcpy(exact, text, length);
	nat_text_rule_read(exact, length, &steps);
	FUZZ_CHECK(nat_rule_take_steps(&rule, &steps) == 0 && steps.count == 0);
	nat_steps_clear(&steps);
	check_steps(&rule);
	for (size_t i = 0; i < N_ELEMENTS(marks); i++)
		ask_all(&rule, marks[i]);
	nat_rule_clear(&rule);
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
