/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/nf_tables/nat_lookup.h"

#include "cleanup.h"

#include <stdlib.h>
#include <string.h>

/* More elements of one set in one match. */
#define ALTERNATIVES_MAX 64

struct field {
	struct nat_symbol symbol;
	unsigned int offset, size; /* bytes of the key */
};

struct key {
	struct field fields[NAT_FIELDS_MAX];
	size_t n_fields;
	bool some; /* at least one of them is not looked at, and all are about the packet */
	bool opaque;
};

void nat_set_clear(struct nat_set *set)
{
	for (size_t i = 0; i < set->n_elements; i++)
		free(set->elements[i].chain);
	free(set->elements);
	*set = (struct nat_set){.key_size = 0};
}

static void add_field(struct key *key, const struct nat_symbol *symbol, unsigned int offset,
		      unsigned int key_size)
{
	unsigned int size = symbol->size ? symbol->size : 4;

	if (key->n_fields == NAT_FIELDS_MAX || symbol->meaning == MEANS_OPAQUE ||
	    symbol->meaning == MEANS_MORE) {
		key->opaque = true;
		return;
	}
	if (size > key_size - offset)
		size = key_size - offset;
	key->some |= nat_symbol_is_some(symbol);
	key->fields[key->n_fields++] = (struct field){*symbol, offset, size};
}

/* What the fields of a key are that begins in the register. */
static struct key key_of(const struct nat_registers *registers, uint32_t number,
			 unsigned int key_size)
{
	struct key key = {.opaque = key_size == 0 || key_size > NF_VALUE_SIZE};
	int index = nat_register_index(number);

	for (unsigned int offset = 0; offset < key_size && !key.opaque; offset += 4, index++) {
		const struct nat_symbol *symbol;

		if (index < 0 || index >= NAT_REGISTERS) {
			key.opaque = true;
			break;
		}
		symbol = &registers->list[index];
		if (symbol->meaning != MEANS_MORE || offset == 0)
			add_field(&key, symbol, offset, key_size);
	}
	return key;
}

static struct nat_step element_step(const struct field *field, const struct nat_element *element)
{
	struct nf_value first = {.size = field->size}, last = {.size = field->size};

	if (element->any)
		return nat_constant_match(true);
	memcpy(first.bytes, element->key + field->offset, field->size);
	memcpy(last.bytes, element->end + field->offset, field->size);
	return nat_symbol_match(&field->symbol, &first, &last);
}

/* A match of one field whose alternatives are the set's elements. */
static void add_elements(struct nat_steps *steps, const struct field *field,
			 const struct nat_set *set, bool negated)
{
	const size_t begin = steps->count;
	struct nat_step none = nat_constant_match(false);
	bool opaque = set->cut || set->n_elements > ALTERNATIVES_MAX;

	for (size_t i = 0; i < set->n_elements && !opaque; i++) {
		struct nat_step step = element_step(field, &set->elements[i]);

		step.negated = negated;
		step.or_next = i + 1 < set->n_elements;
		opaque = step.kind == NAT_MATCH_OPAQUE;
		nat_steps_add(steps, &step);
	}
	if (opaque) {
		steps->count = begin;
		nat_steps_add_kind(steps, NAT_MATCH_OPAQUE, false);
	} else if (set->n_elements == 0) {
		none.negated = negated;
		nat_steps_add(steps, &none);
	}
}

/* What a set of keys is about that are not looked at. */
static enum nat_step_kind some_kind(const struct key *key)
{
	if (key->opaque || !key->some)
		return NAT_MATCH_OPAQUE;
	if (key->n_fields == 1 && key->fields[0].symbol.meaning == MEANS_SOURCE)
		return NAT_MATCH_SOURCE;
	if (key->n_fields == 1 && key->fields[0].symbol.meaning == MEANS_DESTINATION)
		return NAT_MATCH_DESTINATIONS;
	return NAT_MATCH_SOME;
}

int nat_lookup_add_match(const struct nat_registers *registers, uint32_t number,
			 const struct nat_source *source, const char *name, bool negated,
			 struct nat_steps *steps)
{
	_cleanup_(nat_set_clear) struct nat_set set = {.key_size = 0};
	unsigned int key_size = 0;
	struct key key;
	int result = source->read_key_size(source->data, name, &key_size);

	if (result < 0)
		return result;
	key = key_of(registers, number, key_size);
	if (key.some || key.opaque || key.n_fields != 1) {
		nat_steps_add_kind(steps, some_kind(&key), negated);
		return 0;
	}
	result = source->read_set(source->data, name, &set);
	if (result == 0)
		add_elements(steps, &key.fields[0], &set, negated);
	return result;
}

/* Where keys are not looked at, a verdict that several have is one branch. */
static bool has_branch(const struct nat_branches *branches, const struct nat_element *element)
{
	const char *chain = element->chain ? element->chain : "";

	for (size_t i = 0; i < branches->count; i++) {
		const struct nat_branch *branch = &branches->list[i];

		if (branch->verdict == element->verdict &&
		    strcmp(branch->chain ? branch->chain : "", chain) == 0)
			return true;
	}
	return false;
}

/* False when there are too many. */
static bool add_branch(struct nat_branches *branches, const struct key *key,
		       const struct nat_element *element)
{
	struct nat_branch *branch = &branches->list[branches->count];

	if (key->some && has_branch(branches, element))
		return true;
	if (branches->count == NAT_BRANCHES_MAX)
		return false;
	*branch = (struct nat_branch){.verdict = element->verdict, .chain = element->chain};
	if (key->some)
		branch->steps[branch->n_steps++] = (struct nat_step){.kind = NAT_MATCH_SOME};
	for (size_t i = 0; i < key->n_fields && !key->some; i++)
		branch->steps[branch->n_steps++] = element_step(&key->fields[i], element);
	branches->count++;
	return true;
}

int nat_lookup_find_branches(const struct nat_registers *registers, uint32_t number,
			     const struct nat_source *source, const char *name,
			     struct nat_steps *steps, struct nat_branches *branches)
{
	struct nat_set *map = &branches->map;
	unsigned int key_size = 0;
	struct key key;
	int result = source->read_key_size(source->data, name, &key_size);

	if (result == 0)
		result = source->read_set(source->data, name, map);
	if (result < 0)
		return result;
	key = key_of(registers, number, key_size);
	steps->damaged |= map->cut || key.opaque;
	for (size_t i = 0; i < map->n_elements && !steps->damaged; i++)
		steps->damaged = !add_branch(branches, &key, &map->elements[i]);
	/* Which of very many verdicts it is does not matter to packets that it is not about. */
	if (steps->damaged && key.some)
		nat_steps_add_kind(steps, NAT_MATCH_SOME, false);
	return 0;
}
