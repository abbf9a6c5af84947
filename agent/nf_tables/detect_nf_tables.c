/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/nf_tables/detect_nf_tables.h"

#include "agent/links/mnl_socket.h"
#include "agent/nf_tables/ipset_name.h"
#include "agent/nf_tables/nat_expressions.h"
#include "agent/nf_tables/nf_attributes.h"
#include "agent/nf_tables/nfnetlink.h"
#include "array.h"
#include "cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

/* What is walked on a node with thousands of services is a tenth of this. */
#define RULES_MAX    100000
#define ELEMENTS_MAX 8192

/* Newer than the oldest headers that this is built with. */
#define TABLE_HANDLE	 4 /* NFTA_TABLE_HANDLE */
#define ELEMENT_KEY_END	 10 /* NFTA_SET_ELEM_KEY_END */
#define ELEMENT_CATCHALL 2 /* NFT_SET_ELEM_CATCHALL */

struct nf_tables {
	struct mnl_socket *chains; /* questions about chains, and ... */
	struct mnl_socket *sets; /* ... about the sets of their rules meanwhile */
	struct nat_ruleset *ruleset;
	uint8_t families[NAT_TABLES_MAX]; /* NFPROTO_ of each of the rule set's tables */
	uint64_t handles[NAT_TABLES_MAX];
	size_t first, n_tables; /* those in the rule set that are of nf_tables */
};

struct nf_tables *nf_tables_free(struct nf_tables *nf_tables)
{
	if (!nf_tables)
		return NULL;
	if (nf_tables->chains)
		mnl_socket_close(nf_tables->chains);
	if (nf_tables->sets)
		mnl_socket_close(nf_tables->sets);
	free(nf_tables);
	return NULL;
}

static void cleanup_nf_tables(struct nf_tables **nf_tables)
{
	nf_tables_free(*nf_tables);
}

static int fail(int error)
{
	errno = error;
	return MNL_CB_ERROR;
}

/* The kernel has no nf_tables, or nothing that could load it. */
static int translate(int error)
{
	return error == -EINVAL || error == -EPROTONOSUPPORT ? -EOPNOTSUPP : error;
}

/* Is nf_tables a module of the running kernel's, "/kernel/net/netfilter/nf_tables.ko"? */
static bool is_module(void)
{
	_cleanup_fclose_ FILE *file = NULL;
	_cleanup_free_ char *line = NULL;
	struct utsname kernel;
	char path[sizeof(kernel.release) + sizeof("/lib/modules//modules.dep")];
	size_t size = 0;

	if (uname(&kernel) < 0)
		return false;
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", kernel.release);
	file = fopen(path, "re");
	while (file && getline(&line, &size, file) > 0) {
		line[strcspn(line, ":")] = '\0';
		if (strstr(line, "/nf_tables.ko"))
			return true;
	}
	return false;
}

/* To ask would load it. Where that is not known the kernel is asked. */
static bool is_absent(void)
{
	return access("/sys/module", F_OK) == 0 && access("/sys/module/nf_tables", F_OK) < 0 &&
	       is_module();
}

static int take_generation(const struct nlmsghdr *message, void *data)
{
	const struct nf_attributes attributes = nf_attributes_of(message);
	uint32_t *generation = data;

	*generation = nf_number(&attributes, NFTA_GEN_ID, 0);
	return MNL_CB_OK;
}

int nf_tables_generation(uint32_t *ret_generation)
{
	_cleanup_(cleanup_mnl_socket) struct mnl_socket *socket = NULL;
	struct nfnetlink_question question;
	uint32_t generation = 0;
	int result;

	if (is_absent())
		return -EOPNOTSUPP;
	result = nfnetlink_open(&socket);
	if (result < 0)
		return translate(result);
	nfnetlink_ask(&question, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETGEN, NFPROTO_UNSPEC, false);
	result = nfnetlink_talk(socket, &question, take_generation, &generation);
	if (result < 0)
		return translate(result);
	*ret_generation = generation;
	return 0;
}

static unsigned int families_of(uint8_t family)
{
	switch (family) {
	case NFPROTO_IPV4:
		return NAT_FAMILY_IPV4;
	case NFPROTO_IPV6:
		return NAT_FAMILY_IPV6;
	case NFPROTO_INET:
		return NAT_FAMILY_IPV4 | NAT_FAMILY_IPV6;
	default:
		return 0;
	}
}

static int load_chain(struct nat_ruleset *ruleset, struct nat_chain *chain);

static int take_table(const struct nlmsghdr *message, void *data)
{
	const struct nf_attributes attributes = nf_attributes_of(message);
	const char *name = nf_text(&attributes, NFTA_TABLE_NAME);
	const uint8_t family = nfnetlink_family(message);
	struct nf_tables *nf_tables = data;
	struct nat_ruleset *ruleset = nf_tables->ruleset;
	struct nat_table *table;

	if (!families_of(family) ||
	    nf_number(&attributes, NFTA_TABLE_FLAGS, 0) & NFT_TABLE_F_DORMANT)
		return MNL_CB_OK;
	if (ruleset->n_tables == NAT_TABLES_MAX)
		return fail(E2BIG);
	nf_tables->families[ruleset->n_tables] = family;
	nf_tables->handles[ruleset->n_tables] = nf_number64(&attributes, TABLE_HANDLE);
	table = &ruleset->tables[ruleset->n_tables++];
	*table = (struct nat_table){
		.families = families_of(family),
		.committed = true,
		.shows_full_random = true,
		.load = load_chain,
		.source = nf_tables,
	};
	/* A table with a longer name is cut here, and then is none that is known. */
	strncpy(table->name, name, sizeof(table->name) - 1);
	nf_tables->n_tables++;
	return MNL_CB_OK;
}

/* Which of the rule set's tables a message is about; -1 = none. */
static int find_table(const struct nf_tables *nf_tables, uint8_t family, const char *name)
{
	for (size_t i = nf_tables->first; i < nf_tables->first + nf_tables->n_tables; i++) {
		if (nf_tables->families[i] == family &&
		    strcmp(nf_tables->ruleset->tables[i].name, name) == 0)
			return (int)i;
	}
	return -1;
}

static enum nat_hook hook_of(uint32_t number)
{
	switch (number) {
	case NF_INET_LOCAL_OUT:
		return NAT_HOOK_OUTPUT;
	case NF_INET_POST_ROUTING:
		return NAT_HOOK_POSTROUTING;
	default:
		return NAT_HOOK_NONE;
	}
}

/* Base chains alone: a chain that is jumped to is found then. */
static int take_chain(const struct nlmsghdr *message, void *data)
{
	const struct nf_attributes attributes = nf_attributes_of(message);
	struct nf_tables *nf_tables = data;
	struct nf_attributes hook;
	struct nat_chain *chain;
	const char *name;
	int table;

	if (!attributes.list[NFTA_CHAIN_HOOK])
		return MNL_CB_OK;
	hook = nf_attributes_in(attributes.list[NFTA_CHAIN_HOOK]);
	if (hook_of(nf_number(&hook, NFTA_HOOK_HOOKNUM, 0)) == NAT_HOOK_NONE)
		return MNL_CB_OK;
	table = find_table(nf_tables, nfnetlink_family(message),
			   nf_text(&attributes, NFTA_CHAIN_TABLE));
	if (table < 0)
		return MNL_CB_OK;
	name = nf_text(&attributes, NFTA_CHAIN_NAME);
	chain = nat_ruleset_find(nf_tables->ruleset, (unsigned int)table, name, strlen(name), true);
	if (!chain)
		return fail(ENOMEM);
	chain->hook = hook_of(nf_number(&hook, NFTA_HOOK_HOOKNUM, 0));
	chain->priority = (int32_t)nf_number(&hook, NFTA_HOOK_PRIORITY, 0);
	chain->translates = strcmp(nf_text(&attributes, NFTA_CHAIN_TYPE), "nat") == 0;
	/* What hooks in last comes first among those of the same priority (nf_hook_entries_grow()).
	 */
	if (nf_tables->handles[table])
		chain->order = nf_tables->handles[table] << 32 |
			       (uint32_t)nf_number64(&attributes, NFTA_CHAIN_HANDLE);
	return MNL_CB_OK;
}

/* Rules. */

struct loader {
	struct nf_tables *nf_tables;
	struct nat_chain *chain;
	unsigned int number; /* of the rule being read */
	char ipset[IPSET_NAME_SIZE];
};

/* A map's branches all have the number of the rule that they are. */
static int add_rule(void *data, struct nat_steps *steps)
{
	struct loader *loader = data;
	struct nat_rule *rule;

	if (loader->nf_tables->ruleset->n_rules >= RULES_MAX)
		return -E2BIG;
	rule = nat_ruleset_add_rule(loader->nf_tables->ruleset, loader->chain);
	if (!rule)
		return -ENOMEM;
	rule->number = loader->number;
	return nat_rule_take_steps(rule, steps);
}

static void put_set(struct nfnetlink_question *question, const struct loader *loader, uint8_t type,
		    bool dump, const char *set)
{
	const struct nf_tables *nf_tables = loader->nf_tables;
	unsigned int table = loader->chain->table;

	nfnetlink_ask(question, NFNL_SUBSYS_NFTABLES, type, nf_tables->families[table], dump);
	/* NFTA_SET_ and NFTA_SET_ELEM_LIST_ have the same numbers. */
	mnl_attr_put_strz(question->message, NFTA_SET_TABLE,
			  nf_tables->ruleset->tables[table].name);
	mnl_attr_put_strz(question->message, NFTA_SET_NAME, set);
}

static int take_key_size(const struct nlmsghdr *message, void *data)
{
	const struct nf_attributes attributes = nf_attributes_of(message);
	unsigned int *key_size = data;

	*key_size = nf_number(&attributes, NFTA_SET_KEY_LEN, 0);
	return MNL_CB_OK;
}

static int read_key_size(void *data, const char *set, unsigned int *ret_key_size)
{
	struct loader *loader = data;
	struct nfnetlink_question question;

	put_set(&question, loader, NFT_MSG_GETSET, false, set);
	return nfnetlink_talk(loader->nf_tables->sets, &question, take_key_size, ret_key_size);
}

static void copy_key(uint8_t key[static NF_VALUE_SIZE], const struct nf_attributes *attributes,
		     unsigned int type)
{
	const struct nf_value value = nf_value(attributes, type);

	memcpy(key, value.bytes, NF_VALUE_SIZE);
}

/* Elements whose flag says so end a range, and are no longer in it. */
struct builder {
	struct nat_set *set;
	bool *ends; /* of each element */
	size_t allocated;
};

static int take_element(struct builder *builder, const struct nlattr *nest)
{
	const struct nf_attributes attributes = nf_attributes_in(nest);
	const struct nf_attributes data = nf_attributes_in(attributes.list[NFTA_SET_ELEM_DATA]);
	const struct nf_attributes verdict = nf_attributes_in(data.list[NFTA_DATA_VERDICT]);
	uint32_t flags = nf_number(&attributes, NFTA_SET_ELEM_FLAGS, 0);
	struct nat_set *set = builder->set;
	struct nat_element *elements, *element;
	bool *ends;

	if (set->n_elements == ELEMENTS_MAX) {
		set->cut = true;
		return 0;
	}
	elements = array_grow(set->elements, set->n_elements, &set->allocated, sizeof(*elements));
	if (!elements)
		return -ENOMEM;
	set->elements = elements;
	ends = array_grow(builder->ends, set->n_elements, &builder->allocated, sizeof(*ends));
	if (!ends)
		return -ENOMEM;
	builder->ends = ends;
	element = &set->elements[set->n_elements];
	*element = (struct nat_element){.any = flags & ELEMENT_CATCHALL};
	copy_key(element->key, &attributes, NFTA_SET_ELEM_KEY);
	memcpy(element->end, element->key, sizeof(element->end));
	if (attributes.list[ELEMENT_KEY_END])
		copy_key(element->end, &attributes, ELEMENT_KEY_END);
	element->verdict = (int32_t)nf_number(&verdict, NFTA_VERDICT_CODE, 0);
	if (verdict.list[NFTA_VERDICT_CHAIN]) {
		element->chain = strdup(nf_text(&verdict, NFTA_VERDICT_CHAIN));
		if (!element->chain)
			return -ENOMEM;
	}
	builder->ends[set->n_elements++] = flags & NFT_SET_ELEM_INTERVAL_END;
	return 0;
}

static int take_elements(const struct nlmsghdr *message, void *data)
{
	const struct nf_attributes attributes = nf_attributes_of(message);
	const struct nlattr *elements = attributes.list[NFTA_SET_ELEM_LIST_ELEMENTS];
	const struct nlattr *nest;

	if (!elements)
		return MNL_CB_OK;
	mnl_attr_for_each_nested(nest, elements)
	{
		int result = take_element(data, nest);

		if (result < 0)
			return fail(-result);
	}
	return MNL_CB_OK;
}

/* The end of the range that begins with an element: the least one above it, less one. */
static void end_range(const struct builder *builder, struct nat_element *element)
{
	const struct nat_set *set = builder->set;
	const struct nat_element *end = NULL;

	for (size_t i = 0; i < set->n_elements; i++) {
		const struct nat_element *other = &set->elements[i];

		if (!builder->ends[i] || memcmp(other->key, element->key, NF_VALUE_SIZE) <= 0)
			continue;
		if (!end || memcmp(other->key, end->key, NF_VALUE_SIZE) < 0)
			end = other;
	}
	if (!end) {
		memset(element->end, 0xff, set->key_size);
		return;
	}
	memcpy(element->end, end->key, NF_VALUE_SIZE);
	for (size_t i = set->key_size; i > 0; i--) {
		if (element->end[i - 1]--)
			break;
	}
}

/* Of a set of ranges each element begins or ends one. */
static void close_ranges(struct builder *builder)
{
	struct nat_set *set = builder->set;
	bool ranges = false;
	size_t kept = 0;

	for (size_t i = 0; i < set->n_elements; i++)
		ranges |= builder->ends[i];
	if (!ranges)
		return;
	/* It takes n * n, for sets that are small where they decide something. */
	set->cut |= set->n_elements > 512;
	for (size_t i = 0; i < set->n_elements && !set->cut; i++) {
		if (!builder->ends[i] && !set->elements[i].any)
			end_range(builder, &set->elements[i]);
	}
	for (size_t i = 0; i < set->n_elements; i++) {
		if (builder->ends[i])
			free(set->elements[i].chain);
		else
			set->elements[kept++] = set->elements[i];
	}
	set->n_elements = kept;
}

static int read_set(void *data, const char *name, struct nat_set *ret_set)
{
	struct loader *loader = data;
	struct nfnetlink_question question;
	_cleanup_(nat_set_clear) struct nat_set set = {.key_size = 0};
	struct builder builder = {.set = &set};
	int result = read_key_size(data, name, &set.key_size);

	if (result < 0)
		return result;
	if (set.key_size > NF_VALUE_SIZE)
		return -EBADMSG;
	put_set(&question, loader, NFT_MSG_GETSETELEM, true, name);
	result = nfnetlink_talk(loader->nf_tables->sets, &question, take_elements, &builder);
	if (result == 0) {
		close_ranges(&builder);
		*ret_set = set;
		set = (struct nat_set){.key_size = 0};
	}
	free(builder.ends);
	return result;
}

static const char *read_ipset_name(void *data, uint16_t index)
{
	struct loader *loader = data;

	return ipset_name(index, loader->ipset) == 0 ? loader->ipset : NULL;
}

static int take_rule(const struct nlmsghdr *message, void *data)
{
	const struct nf_attributes attributes = nf_attributes_of(message);
	const struct nlattr *expressions = attributes.list[NFTA_RULE_EXPRESSIONS];
	struct loader *loader = data;
	const struct nf_tables *nf_tables = loader->nf_tables;
	const struct nat_source source = {
		.data = loader,
		.ipset_name = read_ipset_name,
		.read_key_size = read_key_size,
		.read_set = read_set,
	};
	int result = 0;

	/* Old kernels answer with the rules of all chains. */
	if (strcmp(nf_text(&attributes, NFTA_RULE_CHAIN), loader->chain->name) != 0 ||
	    find_table(nf_tables, nfnetlink_family(message),
		       nf_text(&attributes, NFTA_RULE_TABLE)) != (int)loader->chain->table)
		return MNL_CB_OK;
	loader->number++;
	if (expressions)
		result = nat_expressions_read(expressions, &source, add_rule, loader);
	/* A set that is gone meanwhile is no end of the chain: read anew. */
	if (result == -ENOENT)
		result = -EINTR;
	return result < 0 ? fail(-result) : MNL_CB_OK;
}

static int load_chain(struct nat_ruleset *ruleset, struct nat_chain *chain)
{
	struct nf_tables *nf_tables = ruleset->tables[chain->table].source;
	struct loader loader = {.nf_tables = nf_tables, .chain = chain};
	struct nfnetlink_question question;
	int result;

	nfnetlink_ask(&question, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETRULE,
		      nf_tables->families[chain->table], true);
	mnl_attr_put_strz(question.message, NFTA_RULE_TABLE, ruleset->tables[chain->table].name);
	mnl_attr_put_strz(question.message, NFTA_RULE_CHAIN, chain->name);
	result = nfnetlink_talk(nf_tables->chains, &question, take_rule, &loader);
	return result == -ENOENT ? 0 : result;
}

int nf_tables_read(struct nat_ruleset *ruleset, struct nf_tables **ret_nf_tables)
{
	_cleanup_(cleanup_nf_tables) struct nf_tables *nf_tables = calloc(1, sizeof(*nf_tables));
	struct nfnetlink_question question;
	int result;

	if (!nf_tables)
		return -ENOMEM;
	nf_tables->ruleset = ruleset;
	nf_tables->first = ruleset->n_tables;
	result = nfnetlink_open(&nf_tables->chains);
	if (result == 0)
		result = nfnetlink_open(&nf_tables->sets);
	if (result < 0)
		return translate(result);
	nfnetlink_ask(&question, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETTABLE, NFPROTO_UNSPEC, true);
	result = nfnetlink_talk(nf_tables->chains, &question, take_table, nf_tables);
	if (result < 0)
		return translate(result);
	nfnetlink_ask(&question, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETCHAIN, NFPROTO_UNSPEC, true);
	result = nfnetlink_talk(nf_tables->chains, &question, take_chain, nf_tables);
	if (result < 0)
		return translate(result);
	*ret_nf_tables = TAKE_PTR(nf_tables);
	return 0;
}
