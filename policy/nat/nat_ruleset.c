/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/nat/nat_ruleset.h"

#include "array.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

static int compare(const struct nat_chain *a, const struct nat_chain *b)
{
	if (a->table != b->table)
		return a->table < b->table ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int compare_nodes(const void *a, const void *b)
{
	return compare(a, b);
}

static struct nat_chain *chain_free(struct nat_chain *chain)
{
	if (!chain)
		return NULL;
	for (size_t i = 0; i < chain->n_rules; i++)
		nat_rule_clear(&chain->rules[i]);
	free(chain->rules);
	free(chain->name);
	free(chain);
	return NULL;
}

static void keep_node(void *node)
{
	(void)node;
}

void nat_ruleset_clear(struct nat_ruleset *ruleset)
{
	tdestroy(ruleset->tree, keep_node);
	for (size_t i = 0; i < ruleset->n_chains; i++)
		chain_free(ruleset->chains[i]);
	free(ruleset->chains);
	*ruleset = (struct nat_ruleset){.n_tables = 0};
}

static struct nat_chain *add_chain(struct nat_ruleset *ruleset, unsigned int table,
				   const char *name)
{
	struct nat_chain **chains, *chain;

	chains = array_grow(ruleset->chains, ruleset->n_chains, &ruleset->allocated,
			    sizeof(*chains));
	if (!chains)
		return NULL;
	ruleset->chains = chains;
	chain = calloc(1, sizeof(*chain));
	if (!chain)
		return NULL;
	chain->table = table;
	chain->known = true;
	chain->name = strdup(name);
	if (!chain->name || !tsearch(chain, &ruleset->tree, compare_nodes))
		return chain_free(chain);
	ruleset->chains[ruleset->n_chains++] = chain;
	return chain;
}

struct nat_chain *nat_ruleset_find(struct nat_ruleset *ruleset, unsigned int table,
				   const char *name, size_t length, bool add)
{
	char copy[NAT_NAME_SIZE];
	const struct nat_chain key = {.table = table, .name = copy};
	struct nat_chain *const *found;

	if (length == 0 || length >= sizeof(copy))
		return NULL;
	memcpy(copy, name, length);
	copy[length] = '\0';
	found = tfind(&key, &ruleset->tree, compare_nodes);
	if (found)
		return *found;
	return add ? add_chain(ruleset, table, copy) : NULL;
}

int nat_ruleset_load(struct nat_ruleset *ruleset, unsigned int table, const char *name,
		     struct nat_chain **ret_chain)
{
	struct nat_chain *chain;
	int result;

	chain = nat_ruleset_find(ruleset, table, name, strlen(name),
				 !ruleset->tables[table].listed);
	if (!chain)
		return ruleset->tables[table].listed ? -ENOENT : -ENOMEM;
	if (!chain->loaded) {
		result = ruleset->tables[table].load(ruleset, chain);
		if (result < 0 && result != -ENOENT)
			return result;
		chain->loaded = true;
		chain->known = result == 0;
	}
	if (!chain->known)
		return -ENOENT;
	*ret_chain = chain;
	return 0;
}

/* Most chains have a handful of rules, and there are tens of thousands: array_grow() begins big. */
static bool make_room(struct nat_chain *chain)
{
	size_t more = chain->allocated ? 2 * chain->allocated : 2;
	struct nat_rule *rules;

	if (chain->n_rules < chain->allocated)
		return true;
	rules = reallocarray(chain->rules, more, sizeof(*rules));
	if (!rules)
		return false;
	chain->rules = rules;
	chain->allocated = more;
	return true;
}

struct nat_rule *nat_ruleset_add_rule(struct nat_ruleset *ruleset, struct nat_chain *chain)
{
	struct nat_rule *rule;

	if (!make_room(chain))
		return NULL;
	ruleset->n_rules++;
	rule = &chain->rules[chain->n_rules++];
	*rule = (struct nat_rule){.number = (unsigned int)chain->n_rules};
	return rule;
}
