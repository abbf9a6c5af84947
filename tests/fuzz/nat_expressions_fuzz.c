/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The expressions of one rule of nf_tables, as the kernel sends them, with sets of the same bytes.
 * Seeds are what Linux 6.18 made of the rules in tests/integration/nat_rules/rule_sets.py.
 */
#include "agent/nf_tables/nat_expressions.h"
#include "array.h"
#include "cleanup.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

struct context {
	const uint8_t *data;
	size_t size;
	size_t n_rules;
};

static const char *name_ipset(void *data, uint16_t index)
{
	(void)data;
	return index % 2 ? "KUBE-LOOP-BACK" : NULL;
}

static int read_key_size(void *data, const char *set, unsigned int *ret_key_size)
{
	(void)data;
	if (!*set)
		return -1;
	*ret_key_size = (unsigned char)set[0] % (NF_VALUE_SIZE + 8);
	return 0;
}

/* Some elements, with keys and verdicts from the data. */
static int read_set(void *data, const char *name, struct nat_set *ret_set)
{
	static const int32_t verdicts[] = {0, 1, 3, -1, -3, -4, -5, 77};
	struct context *context = data;
	struct nat_set set = {.key_size = (unsigned char)name[0] % NF_VALUE_SIZE};
	size_t count = context->size % 70;

	set.elements = calloc(count + 1, sizeof(*set.elements));
	FUZZ_CHECK(set.elements);
	for (; set.n_elements < count; set.n_elements++) {
		struct nat_element *element = &set.elements[set.n_elements];
		uint8_t byte = context->data[(set.n_elements * 7) % context->size];

		memset(element->key, byte, set.key_size);
		memset(element->end, byte | 1, set.key_size);
		element->any = byte == 255;
		element->verdict = verdicts[byte % N_ELEMENTS(verdicts)];
		element->chain = byte % 3 ? strdup("chain") : NULL;
	}
	*ret_set = set;
	return 0;
}

static void check_steps(const struct nat_rule *rule)
{
	static const struct nat_packet packets[] = {
		{.device = "flannel.1"},
		{.outer = true, .port = 8472, .ipv6 = true},
	};

	for (size_t i = 0; i < rule->n_steps;) {
		const struct nat_step *step = &rule->steps[i];
		size_t next = i;

		FUZZ_CHECK(step->kind <= NAT_ACTION_OPAQUE);
		if (step->kind == NAT_MATCH_OUT_DEVICE)
			FUZZ_CHECK(strnlen(step->device.name, NAT_DEVICE_SIZE) < NAT_DEVICE_SIZE);
		if (!nat_step_is_match(step)) {
			i++;
			continue;
		}
		for (size_t j = 0; j < N_ELEMENTS(packets); j++) {
			next = i;
			FUZZ_CHECK(nat_rule_ask(rule, &next, &packets[j], 0x4000) <= ANSWER_YES);
			FUZZ_CHECK(next > i && next <= rule->n_steps);
		}
		i = next;
	}
}

static int add(void *data, struct nat_steps *steps)
{
	struct context *context = data;
	struct nat_rule rule = {.number = 1};

	context->n_rules++;
	FUZZ_CHECK(steps->count <= NAT_STEPS_MAX);
	FUZZ_CHECK(nat_rule_take_steps(&rule, steps) == 0);
	check_steps(&rule);
	nat_rule_clear(&rule);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct context context = {.data = data, .size = size};
	const struct nat_source source = {
		.data = &context,
		.ipset_name = name_ipset,
		.read_key_size = read_key_size,
		.read_set = read_set,
	};
	_cleanup_free_ struct nlattr *expressions = NULL;

	if (size == 0 || size > UINT16_MAX - sizeof(*expressions))
		return 0;
	expressions = malloc(sizeof(*expressions) + size);
	FUZZ_CHECK(expressions);
	expressions->nla_len = (uint16_t)(sizeof(*expressions) + size);
	expressions->nla_type = 0;
	memcpy(expressions + 1, data, size);
	if (nat_expressions_read(expressions, &source, add, &context) == 0)
		FUZZ_CHECK(context.n_rules <= NAT_BRANCHES_MAX);
	return 0;
}
