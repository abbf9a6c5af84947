/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/reconcile/inspection.h"

#include "agent/base/exit_code.h"
#include "agent/base/failure.h"
#include "agent/base/log.h"
#include "agent/links/links.h"
#include "agent/links/network_namespace.h"
#include "agent/reconcile/facts_source.h"
#include "agent/record/changes_file.h"
#include "agent/record/state_dir.h"
#include "array.h"
#include "cleanup.h"
#include "ethtool_nl/feature_mask.h"
#include "policy/file/rule_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

void inspection_clear(struct inspection *inspection)
{
	free(inspection->nics);
	changes_clear(&inspection->changes);
	plan_clear(&inspection->plan);
	ethtool_nl_close(inspection->handle);
	judgement_clear(&inspection->judgement);
	facts_clear(&inspection->facts);
	rules_clear(&inspection->rules);
	agent_config_clear(&inspection->config);
	*inspection = (struct inspection){0};
}

int inspection_load_config(const struct options *options, struct inspection *inspection)
{
	_cleanup_(complaints_clear) struct complaints complaints = {0};
	int result = agent_config_load(options->config, &complaints, &inspection->config);

	return result < 0 ? failure_tell(result, "configuration", &complaints) : 0;
}

static int load_rules(const struct options *options, struct complaints *complaints,
		      struct rules *ret_rules)
{
	const char *const installed[] = {OFFLOAD_AGENT_DATADIR "/rules.d",
					 OFFLOAD_AGENT_SYSCONFDIR "/rules.d", NULL};
	const char *const given[] = {options->rules, NULL};

	return rule_files_load(options->rules ? given : installed, complaints, ret_rules);
}

int inspection_load(const struct options *options, struct inspection *inspection)
{
	_cleanup_(complaints_clear) struct complaints complaints = {0};
	int config_result, rules_result;

	/* Both are read before either fails: who mends a file wants to know all faults. */
	config_result = agent_config_load(options->config, &complaints, &inspection->config);
	rules_result = load_rules(options, &complaints, &inspection->rules);
	if (config_result < 0 && config_result != -EBADMSG)
		return failure_tell(config_result, "configuration", NULL);
	if (rules_result < 0 && rules_result != -EBADMSG)
		return failure_tell(rules_result, "rules", NULL);
	if (config_result < 0 || rules_result < 0)
		return failure_tell(-EBADMSG, "configuration and rules", &complaints);
	rules_choose(&inspection->rules, inspection->config.choices, inspection->config.n_choices);
	return 0;
}

int inspection_judge(const struct options *options, int directory_fd, struct inspection *inspection)
{
	int result;

	result = inspection_load(options, inspection);
	if (result == 0)
		result = facts_source_find(options, &inspection->config, &inspection->rules,
					   directory_fd, &inspection->facts,
					   &inspection->service_running, &inspection->publisher);
	if (result != 0)
		return result;
	result = policy_evaluate(&inspection->rules, &inspection->facts,
				 &inspection->config.evidence, &inspection->judgement);
	return result < 0 ? failure_tell(result, "judging the node", NULL) : 0;
}

static int open_backend(const struct options *options, struct inspection *inspection)
{
	int result = ethtool_nl_open(options->backend, &inspection->handle);

	if (result == 0)
		return 0;
	if (result != -EOPNOTSUPP)
		return failure_tell(result, "opening ethtool's back end", NULL);
	if (options->backend == ETHTOOL_NL_AUTO)
		log_error("this kernel offers neither ethtool's netlink nor its ioctl");
	else
		log_error("--backend=%s: this kernel does not offer it; use --backend=auto",
			  ethtool_nl_backend_name(options->backend));
	return EXIT_CODE_NO_BACKEND;
}

static void add_kind(const char **kinds, size_t *n_kinds, const char *kind)
{
	for (size_t i = 0; i < *n_kinds; i++) {
		if (strcmp(kinds[i], kind) == 0)
			return;
	}
	kinds[(*n_kinds)++] = kind;
}

/* Returns false when the rule is about links of any kind. */
static bool add_exposed_kinds(const struct rule *rule, const char **kinds, size_t *n_kinds)
{
	for (size_t i = 0; i < rule->n_exposed; i++) {
		char *const *names = rule->exposed[i].kinds;

		for (size_t j = 0; names && names[j]; j++) {
			if (strpbrk(names[j], "*?[\\"))
				return false;
			add_kind(kinds, n_kinds, names[j]);
		}
		if (!names)
			return false;
	}
	return true;
}

static size_t count_exposed_kinds(const struct judgement *judgement)
{
	size_t count = 0;

	for (size_t i = 0; i < judgement->n_rules; i++) {
		const struct rule *rule = judgement->rules[i].rule;

		for (size_t j = 0; j < rule->n_exposed; j++) {
			for (char *const *name = rule->exposed[j].kinds; name && *name; name++)
				count++;
		}
	}
	return count;
}

/*
 * The kinds of all links that can be of concern, ended with NULL; NULL when a selector or rule
 * names none (or memory is short): then every link must be looked at. The caller frees the list.
 */
static const char **kinds_of_concern(const struct inspection *inspection)
{
	const struct agent_config *config = &inspection->config;
	const struct judgement *judgement = &inspection->judgement;
	const struct changes *changes = &inspection->changes;
	_cleanup_free_ const char **kinds = NULL;
	size_t n_kinds = 0;

	kinds = calloc(config->n_nics + count_exposed_kinds(judgement) + changes->n_nics + 1,
		       sizeof(char *));
	if (!kinds)
		return NULL;
	for (size_t i = 0; i < config->n_nics; i++) {
		if (!config->nics[i].kind)
			return NULL;
		add_kind(kinds, &n_kinds, config->nics[i].kind);
	}
	for (size_t i = 0; i < judgement->n_rules; i++) {
		if (!add_exposed_kinds(judgement->rules[i].rule, kinds, &n_kinds))
			return NULL;
	}
	for (size_t i = 0; i < changes->n_nics; i++) {
		if (!changes->nics[i].kind[0])
			return NULL;
		add_kind(kinds, &n_kinds, changes->nics[i].kind);
	}
	return TAKE_PTR(kinds);
}

static int read_links(struct inspection *inspection)
{
	_cleanup_free_ const char **kinds = NULL;
	struct facts *facts = &inspection->facts;
	int result;

	free(facts->links);
	facts->links = NULL;
	facts->n_links = 0;
	if (inspection->brief)
		kinds = kinds_of_concern(inspection);
	result = links_read(kinds, &facts->links, &facts->n_links);
	if (result == 0 &&
	    (!inspection->brief || plan_needs_drivers(&inspection->config, &inspection->judgement)))
		result = links_read_drivers(facts->links, facts->n_links);
	facts->links_known = result == 0;
	return result < 0 ? failure_tell(result, "reading the NICs", NULL) : 0;
}

/* The index of the first NIC whose ifindex is not smaller. */
static size_t find_place(const struct inspection *inspection, unsigned int ifindex)
{
	size_t low = 0, high = inspection->n_nics;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (inspection->nics[middle].link.ifindex < ifindex)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct nic *inspection_find_nic(const struct inspection *inspection, unsigned int ifindex)
{
	size_t place = find_place(inspection, ifindex);

	if (place == inspection->n_nics || inspection->nics[place].link.ifindex != ifindex)
		return NULL;
	return &inspection->nics[place];
}

void inspection_take_record(const struct inspection *inspection, struct nic *nic)
{
	const struct changed_nic *record = changes_find(&inspection->changes, nic->link.ifindex);

	nic->recorded = record ? record->features : (struct feature_mask){0};
	if (inspection->record_is_anothers)
		nic->recorded = feature_mask_and(nic->recorded, inspection->credible);
}

void inspection_plan_nic(struct inspection *inspection, struct nic *nic,
			 const struct link_facts *link)
{
	nic->link = *link;
	plan_link(&inspection->plan, link, &nic->plan);
	inspection_take_record(inspection, nic);
}

int inspection_add_nic(struct inspection *inspection, const struct link_facts *link,
		       struct nic **ret_nic)
{
	/* Behind those of the same number, which only a file of facts has: in ascending order all
	 * of them are appended. */
	size_t place = find_place(inspection, link->ifindex + 1);
	struct nic nic = {0}, *nics;

	inspection_plan_nic(inspection, &nic, link);
	if (!nic.plan.selected && !nic.plan.all.exposed && feature_mask_is_empty(&nic.recorded)) {
		*ret_nic = NULL;
		return 0;
	}
	nics = array_grow(inspection->nics, inspection->n_nics, &inspection->allocated_nics,
			  sizeof(*nics));
	if (!nics)
		return -ENOMEM;
	inspection->nics = nics;
	memmove(&inspection->nics[place + 1], &inspection->nics[place],
		(inspection->n_nics - place) * sizeof(nic));
	inspection->nics[place] = nic;
	inspection->n_nics++;
	*ret_nic = &inspection->nics[place];
	return 0;
}

void inspection_remove_nic(struct inspection *inspection, struct nic *nic)
{
	size_t place = nic - inspection->nics;

	inspection->n_nics--;
	memmove(nic, nic + 1, (inspection->n_nics - place) * sizeof(*nic));
}

/* Keeps the links that concern the agent. */
static int choose_nics(struct inspection *inspection)
{
	const struct facts *facts = &inspection->facts;
	struct nic *nic;

	inspection->n_nics = 0;
	for (size_t i = 0; i < facts->n_links; i++) {
		if (inspection_add_nic(inspection, &facts->links[i], &nic) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_features(struct inspection *inspection)
{
	_cleanup_free_ struct nic **nics = calloc(inspection->n_nics + 1, sizeof(struct nic *));

	if (!nics)
		return -ENOMEM;
	for (size_t i = 0; i < inspection->n_nics; i++)
		nics[i] = &inspection->nics[i];
	return nics_read(inspection->handle, nics, inspection->n_nics);
}

/* The plan borrows from the judgement: both are replaced, or neither. */
static int replace_plan(struct inspection *inspection, struct judgement *judgement)
{
	_cleanup_(complaints_clear) struct complaints complaints = {0};
	struct plan plan = {0};
	int result;

	result = plan_init(inspection->handle, &inspection->config, judgement, &complaints, &plan);
	if (result < 0)
		return failure_tell(result, "planning", &complaints);
	plan_clear(&inspection->plan);
	inspection->plan = plan;
	return 0;
}

static void add_credible(struct inspection *inspection, const struct rules *rules,
			 char *const turn_off[])
{
	const struct ethtool_nl *handle = inspection->handle;
	struct feature_mask *credible = &inspection->credible;

	if (turn_off)
		*credible = feature_mask_or(*credible, plan_mask(handle, turn_off));
	for (size_t i = 0; i < rules->n_rules; i++)
		*credible = feature_mask_or(*credible, plan_mask(handle, rules->rules[i].turn_off));
}

/*
 * Who owns the folder of the record can write there what the agent never did; root must not turn
 * that on for him. `restore` works without configuration and rules: they are read here as far as
 * they can be, and what the shipped rules turn off counts in any case.
 */
static void find_credible(const struct options *options, struct inspection *inspection)
{
	static char rx[] = "rx", tx[] = "tx";
	char *const shipped[] = {rx, tx, NULL};
	_cleanup_(complaints_clear) struct complaints complaints = {0};
	struct agent_config config = {0};
	struct rules rules = {0};

	inspection->credible = plan_mask(inspection->handle, shipped);
	add_credible(inspection, &inspection->rules, inspection->config.turn_off);
	if (inspection->rules.n_rules > 0)
		return;
	if (agent_config_load(options->config, &complaints, &config) == 0)
		add_credible(inspection, &rules, config.turn_off);
	if (load_rules(options, &complaints, &rules) == 0)
		add_credible(inspection, &rules, NULL);
	rules_clear(&rules);
	agent_config_clear(&config);
}

int inspection_prepare(const struct options *options, struct inspection *inspection)
{
	int result = open_backend(options, inspection);

	if (result == 0)
		find_credible(options, inspection);
	return result == 0 ? replace_plan(inspection, &inspection->judgement) : result;
}

int inspection_judge_again(struct inspection *inspection)
{
	struct judgement judgement = {0};
	int result;

	result = policy_evaluate(&inspection->rules, &inspection->facts,
				 &inspection->config.evidence, &judgement);
	if (result < 0)
		return failure_tell(result, "judging the node", NULL);
	result = replace_plan(inspection, &judgement);
	if (result != 0) {
		judgement_clear(&judgement);
		return result;
	}
	judgement_clear(&inspection->judgement);
	inspection->judgement = judgement;
	return 0;
}

static void swap_policy(struct inspection *inspection, struct inspection *fresh)
{
	struct agent_config config = inspection->config;
	struct rules rules = inspection->rules;

	inspection->config = fresh->config;
	inspection->rules = fresh->rules;
	fresh->config = config;
	fresh->rules = rules;
}

int inspection_replace_policy(struct inspection *inspection, struct inspection *fresh)
{
	int result;

	swap_policy(inspection, fresh);
	result = inspection_judge_again(inspection);
	if (result == 0)
		return 0;
	swap_policy(inspection, fresh);
	return result;
}

int inspection_load_changes(int directory_fd, struct inspection *inspection)
{
	_cleanup_(changes_clear) struct changes fresh = {0}, before = {0};
	int result;

	/* What is in memory may be nearer to the truth than a file that could not be written. */
	if (directory_fd >= 0 && changes_file_is_current(directory_fd, &inspection->changes))
		return 0;
	result = changes_file_load(directory_fd, inspection->handle, &fresh);
	if (result == 0)
		result = changes_take_over(&fresh, &inspection->changes);
	if (result < 0)
		return result;
	if (fresh.n_damaged)
		log_warning("%s/changes.json: %zu of its lines cannot be read; what the others say "
			    "counts, and a copy is kept beside it when it is written",
			    STATE_DIR_PATH, fresh.n_damaged);
	before = inspection->changes;
	inspection->changes = fresh;
	inspection->record_damaged = fresh.n_damaged > 0;
	fresh = (struct changes){0};
	return 0;
}

int inspection_refresh(int directory_fd, struct inspection *inspection)
{
	struct stat folder;
	int result;

	result = network_namespace_read(&inspection->network_namespace);
	if (result < 0)
		return failure_tell(result, "this network namespace", NULL);
	inspection->record_is_anothers = geteuid() == 0 && directory_fd >= 0 &&
					 fstat(directory_fd, &folder) == 0 && folder.st_uid != 0;
	result = inspection_load_changes(directory_fd, inspection);
	if (result < 0)
		return failure_tell(result, STATE_DIR_PATH "/changes.json: cannot be read", NULL);
	result = read_links(inspection);
	if (result != 0)
		return result;
	changes_meet(&inspection->changes, inspection->network_namespace, inspection->facts.links,
		     inspection->facts.n_links);
	result = choose_nics(inspection);
	if (result == 0)
		result = read_features(inspection);
	return result < 0 ? failure_tell(result, "reading the NICs' features", NULL) : 0;
}

int inspection_look(const struct options *options, int directory_fd, struct inspection *inspection)
{
	int result = inspection_prepare(options, inspection);

	return result == 0 ? inspection_refresh(directory_fd, inspection) : result;
}

void inspection_plan_todos(struct inspection *inspection)
{
	for (size_t i = 0; i < inspection->n_nics; i++) {
		struct nic *nic = &inspection->nics[i];

		nic->todo = (struct todo){0};
		if (nic->error == 0)
			nic->todo = plan_todo(&inspection->plan, &nic->plan, &nic->features,
					      nic->recorded);
	}
}

int inspection_take_links(struct inspection *inspection)
{
	struct facts *facts = &inspection->facts;
	int result;

	/* A file has them in any order. */
	links_sort(facts->links, facts->n_links);
	result = plan_init(NULL, &inspection->config, &inspection->judgement, NULL,
			   &inspection->plan);
	if (result == 0)
		result = choose_nics(inspection);
	if (result < 0)
		return failure_tell(result, "planning", NULL);
	for (size_t i = 0; i < inspection->n_nics; i++)
		inspection->nics[i].error = -ENODATA;
	return 0;
}
