/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/reconcile/inspection.h"

#include "agent/base/exit_code.h"
#include "agent/base/failure.h"
#include "agent/base/log.h"
#include "agent/devices/devices.h"
#include "agent/devices/tunnels.h"
#include "agent/links/checksum_source.h"
#include "agent/links/links.h"
#include "agent/links/node_facts.h"
#include "agent/links/route_interest.h"
#include "agent/reconcile/nic.h"
#include "agent/reconcile/policy_in_force.h"
#include "agent/reconcile/sources.h"
#include "agent/reconcile/trusted_record.h"
#include "agent/reconcile/whole_facts.h"
#include "agent/record/service_status.h"
#include "agent/record/state_dir.h"
#include "agent/record/symptoms_file.h"
#include "cleanup.h"
#include "policy/link_kinds.h"

#include <errno.h>
#include <string.h>

void inspection_clear(struct inspection *inspection)
{
	nics_clear(&inspection->nics);
	if (inspection->record)
		trusted_record_clear(inspection->record);
	free(inspection->record);
	if (inspection->symptoms)
		symptoms_clear(inspection->symptoms);
	free(inspection->symptoms);
	if (inspection->policy)
		policy_in_force_clear(inspection->policy);
	free(inspection->policy);
	free(inspection->carried_by);
	ethtool_nl_close(inspection->handle);
	*inspection = (struct inspection){0};
}

/* A policy of nothing and an empty record, unless they are there already. */
static int allocate(struct inspection *inspection)
{
	if (!inspection->policy)
		inspection->policy = calloc(1, sizeof(*inspection->policy));
	if (!inspection->record)
		inspection->record = calloc(1, sizeof(*inspection->record));
	return inspection->policy && inspection->record
		       ? 0
		       : failure_tell(-ENOMEM, "looking at the node", NULL);
}

int inspection_judge(const struct sources *sources, int directory_fd, struct inspection *inspection,
		     struct service_status *ret_service)
{
	int result = allocate(inspection);

	return result == 0 ? policy_in_force_judge(sources, directory_fd, inspection->policy,
						   ret_service)
			   : result;
}

static int open_backend(const struct sources *sources, struct inspection *inspection)
{
	const enum ethtool_nl_backend backend = sources->detection.backend;
	int result = ethtool_nl_open(backend, &inspection->handle);

	if (result == 0)
		return 0;
	if (result != -EOPNOTSUPP)
		return failure_tell(result, "opening ethtool's back end", NULL);
	if (backend == ETHTOOL_NL_AUTO)
		log_error("this kernel offers neither ethtool's netlink nor its ioctl");
	else
		log_error("--backend=%s: this kernel does not offer it; use --backend=auto",
			  ethtool_nl_backend_name(backend));
	return EXIT_CODE_NO_BACKEND;
}

int inspection_open(const struct sources *sources, struct inspection *inspection)
{
	int result = allocate(inspection);

	if (result == 0)
		result = open_backend(sources, inspection);
	if (result != 0)
		return result;
	inspection->record->credible =
		policy_in_force_credible(inspection->policy, sources, inspection->handle);
	return policy_in_force_plan(inspection->policy, inspection->handle);
}

int inspection_kinds(const struct inspection *inspection, struct link_kinds *ret_kinds)
{
	const struct agent_config *config = &inspection->policy->config;
	const struct judgement *judgement = &inspection->policy->judgement;
	const struct changes *changes = &inspection->record->changes;
	_cleanup_(link_kinds_clear) struct link_kinds kinds = {.named = NULL};
	int result = 0;

	for (size_t i = 0; i < config->n_nics && result == 0; i++)
		result = link_kinds_add_match(&kinds, &config->nics[i]);
	for (size_t i = 0; i < judgement->n_rules && result == 0; i++)
		result = link_kinds_add_rule(&kinds, judgement->rules[i].rule);
	for (size_t i = 0; i < changes->n_nics && result == 0; i++)
		result = link_kinds_add(&kinds, changes->nics[i].kind);
	if (result < 0)
		return result;
	*ret_kinds = kinds;
	kinds = (struct link_kinds){.named = NULL};
	return 0;
}

/* Does a rule ask for the tunnels of a device that nothing else excludes? */
static bool asks_carried(const struct policy_in_force *policy)
{
	const struct facts *facts = &policy->facts;

	for (size_t i = 0; i < facts->n_devices; i++) {
		const struct device_facts *device = &facts->devices[i];
		const struct link_facts *link =
			links_find(facts->links, facts->n_links, device->ifindex);

		for (size_t j = 0; j < policy->rules.n_rules && link; j++) {
			if (rule_asks_carried(&policy->rules.rules[j], link, device))
				return true;
		}
	}
	return false;
}

static int read_tunnels(struct inspection *inspection)
{
	struct facts *facts = &inspection->policy->facts;

	if (!inspection->carried_by)
		inspection->carried_by = calloc(1, sizeof(*inspection->carried_by));
	if (!inspection->carried_by)
		return -ENOMEM;
	tunnels_read(facts->links, facts->n_links, facts->devices, facts->n_devices,
		     inspection->carried_by);
	return 0;
}

/* Only where a rule asks for facts of devices, and may be about a NIC that is here. */
static int read_devices(struct inspection *inspection)
{
	struct facts *facts = &inspection->policy->facts;
	const struct rule_needs needs =
		plan_needs_of_links(&inspection->policy->plan, facts->links, facts->n_links);
	const bool whole = inspection->whole;
	int result;

	inspection->asks_carried = false;
	devices_free(facts->devices, facts->n_devices);
	facts->devices = NULL;
	facts->n_devices = 0;
	facts->devices_known = false;
	if (!rule_needs_devices(&needs) && !whole)
		return 0;
	result = devices_read(DEVICES_SYSFS, facts->links, facts->n_links,
			      &inspection->policy->rules, &facts->devices, &facts->n_devices);
	facts->devices_known = result == 0;
	inspection->asks_carried = result == 0 && needs.carried && asks_carried(inspection->policy);
	if (inspection->asks_carried || (result == 0 && whole))
		result = read_tunnels(inspection);
	return result;
}

/*
 * Each driver that is asked takes the kernel's lock of all links: a link of a kind of its own is
 * asked only where a rule or a selector wants it.
 */
static int read_drivers(const struct inspection *inspection, struct facts *facts)
{
	const struct rule_needs *needs = &inspection->policy->plan.needs;

	if (needs->drivers || inspection->whole)
		return links_read_drivers(facts->links, facts->n_links);
	if (needs->nic_drivers || !inspection->brief)
		return links_read_nic_drivers(facts->links, facts->n_links);
	return 0;
}

static int read_links(struct inspection *inspection)
{
	_cleanup_(link_kinds_clear) struct link_kinds kinds = {.named = NULL};
	static const char *const none[] = {NULL};
	const char *const *named = NULL; /* every link must be looked at */
	struct facts *facts = &inspection->policy->facts;
	int result;

	free(facts->links);
	facts->links = NULL;
	facts->n_links = 0;
	if (inspection->brief && inspection_kinds(inspection, &kinds) == 0 && !kinds.any &&
	    !kinds.without)
		named = kinds.named ? kinds.named : none;
	result = links_read(named, &facts->links, &facts->n_links);
	if (result == 0)
		result = read_drivers(inspection, facts);
	facts->links_known = result == 0;
	if (result == 0)
		result = read_devices(inspection);
	return result < 0 ? failure_tell(result, "reading the NICs", NULL) : 0;
}

/* The facts have those of the links that are here. */
static int show_symptoms(const struct inspection *inspection)
{
	struct facts *facts = &inspection->policy->facts;
	struct symptom_facts *symptoms = NULL;
	size_t n_symptoms = 0;
	int result = symptoms_of_namespace(inspection->symptoms, inspection->network_namespace,
					   &symptoms, &n_symptoms);

	if (result < 0)
		return result;
	free(facts->symptoms);
	facts->symptoms = symptoms;
	facts->n_symptoms = n_symptoms;
	facts->symptoms_known = true;
	return 0;
}

/* Only where a rule asks. What cannot be believed is as if nothing had been seen. */
static int read_symptoms(int directory_fd, struct inspection *inspection)
{
	int result;

	if (!inspection->policy->plan.needs.symptoms)
		return 0;
	if (!inspection->symptoms)
		inspection->symptoms = calloc(1, sizeof(*inspection->symptoms));
	if (!inspection->symptoms)
		return -ENOMEM;
	result = symptoms_file_load(directory_fd, inspection->symptoms);
	if (result < 0)
		log_warning("%s/" SYMPTOMS_FILE ": what was seen on NICs cannot be read: %s",
			    STATE_DIR_PATH,
			    result == -EPERM ? "it is not the service's own" : strerror(-result));
	return show_symptoms(inspection);
}

bool inspection_needs_symptoms(const struct inspection *inspection)
{
	return inspection->policy->plan.needs.symptoms;
}

ssize_t inspection_asked_links(const struct inspection *inspection, struct asked_link **ret_links)
{
	return nics_asked_links(&inspection->nics, &inspection->policy->plan, ret_links);
}

int inspection_add_symptom(struct inspection *inspection, const struct symptom_facts *seen)
{
	const struct seen_symptom symptom = {inspection->network_namespace, *seen};
	int result = symptoms_add(inspection->symptoms, &symptom);

	return result == 0 ? show_symptoms(inspection) : result;
}

static void meet_links(struct inspection *inspection, const struct link_facts *links,
		       size_t n_links)
{
	changes_meet(&inspection->record->changes, inspection->network_namespace, links, n_links);
}

/* The links that concern the agent take the place of those that did. */
static int replace_nics(struct inspection *inspection)
{
	const struct facts *facts = &inspection->policy->facts;
	_cleanup_(nics_clear) struct nics nics = {0}, before = {0};
	int result;

	result = nics_choose(&inspection->policy->plan, inspection->record, facts->links,
			     facts->n_links, &nics);
	if (result == 0 && !inspection->brief)
		result = nics_read_drivers(&nics);
	if (result == 0)
		result = nics_read_all(&nics, &inspection->policy->plan, inspection->handle);
	if (result < 0)
		return result;
	before = inspection->nics;
	inspection->nics = nics;
	nics = (struct nics){0};
	return 0;
}

int inspection_read(int directory_fd, struct inspection *inspection)
{
	struct trusted_record *record = inspection->record;
	const struct facts *facts = &inspection->policy->facts;
	int result;

	result = network_namespace_read(&inspection->network_namespace);
	if (result < 0)
		return failure_tell(result, "this network namespace", NULL);
	checksum_source_read_once(&inspection->counters);
	result = trusted_record_load(record, directory_fd, inspection->handle);
	if (result < 0)
		return failure_tell(result, STATE_DIR_PATH "/changes.json: cannot be read", NULL);
	result = read_links(inspection);
	if (result != 0)
		return result;
	meet_links(inspection, facts->links, facts->n_links);
	result = read_symptoms(directory_fd, inspection);
	if (result == 0)
		result = replace_nics(inspection);
	return result < 0 ? failure_tell(result, "reading the NICs' features", NULL) : 0;
}

void inspection_drop_pods(const struct inspection *inspection)
{
	struct facts *facts = &inspection->policy->facts;
	struct link_facts *fewer;
	size_t kept = 0;

	for (size_t i = 0; i < facts->n_links; i++) {
		const struct link_facts *link = &facts->links[i];

		if (strcmp(link->kind, "veth") != 0 ||
		    nics_find(&inspection->nics, link->ifindex))
			facts->links[kept++] = *link;
	}
	facts->n_links = kept;
	fewer = reallocarray(facts->links, kept + 1, sizeof(*fewer));
	if (fewer)
		facts->links = fewer;
}

/* What a service published may say of the node is of another time. */
static int read_node(struct facts *facts)
{
	int result;

	node_facts_clear(&facts->node);
	result = node_facts_read(facts->links, facts->n_links, &facts->node);
	return result < 0 ? failure_tell(result, "reading the node's addresses", NULL) : 0;
}

int inspection_look(const struct sources *sources, int directory_fd, struct inspection *inspection)
{
	int result = inspection_open(sources, inspection);

	if (result == 0)
		result = inspection_read(directory_fd, inspection);
	if (result == 0 && !inspection->brief)
		result = read_node(&inspection->policy->facts);
	return result;
}

int inspection_read_record(int directory_fd, struct inspection *inspection)
{
	struct trusted_record *record = inspection->record;
	_cleanup_free_ struct link_facts *links = NULL;
	int result;

	if (trusted_record_is_current(record, directory_fd))
		return 0;
	links = nics_copy_links(&inspection->nics);
	if (!links)
		return -ENOMEM;
	result = trusted_record_load(record, directory_fd, inspection->handle);
	if (result < 0)
		return result;
	meet_links(inspection, links, inspection->nics.n_nics);
	nics_take_record(&inspection->nics, record);
	return 0;
}

void inspection_plan_todos(struct inspection *inspection)
{
	nics_plan_todos(&inspection->nics, &inspection->policy->plan);
}

int inspection_take_links(struct inspection *inspection)
{
	struct facts *facts = &inspection->policy->facts;
	int result;

	/* A file has them in any order. */
	links_sort(facts->links, facts->n_links);
	result = policy_in_force_plan(inspection->policy, NULL);
	if (result != 0)
		return result;
	result = nics_choose(&inspection->policy->plan, inspection->record, facts->links,
			     facts->n_links, &inspection->nics);
	if (result < 0)
		return failure_tell(result, "planning", NULL);
	return 0;
}

static bool asks_features(const struct rules *rules, const struct link_facts *link,
			  const struct device_facts *device)
{
	for (size_t i = 0; i < rules->n_rules; i++) {
		if (rule_asks_features(&rules->rules[i], link, device))
			return true;
	}
	return false;
}

/* One that is gone by now, or cannot be read, has features that are not known. */
static int note_features(const struct inspection *inspection, const struct link_facts *link,
			 struct device_facts *device)
{
	struct nic nic = {.link = *link}, *const nics[] = {&nic};
	int result = nics_read(inspection->handle, nics, 1);

	if (result < 0 || nic.error != 0)
		return result;
	return plan_note_features(&inspection->policy->plan, &nic.features,
				  trusted_record_features(inspection->record, link->ifindex),
				  device);
}

static int note_all_features(const struct inspection *inspection)
{
	const struct facts *facts = &inspection->policy->facts;
	int result = 0;

	for (size_t i = 0; i < facts->n_devices && result == 0; i++) {
		struct device_facts *device = &facts->devices[i];
		const struct link_facts *link =
			links_find(facts->links, facts->n_links, device->ifindex);

		if (link && asks_features(&inspection->policy->rules, link, device))
			result = note_features(inspection, link, device);
	}
	return result < 0 ? failure_tell(result, "reading the NICs' features", NULL) : 0;
}

/* Where no service looks, that nothing was seen says nothing. */
static int drop_unseen(const struct inspection *inspection, int directory_fd)
{
	_cleanup_(facts_clear) struct facts published = {.kubernetes.present = ANSWER_UNKNOWN};
	struct facts *facts = &inspection->policy->facts;
	struct service_status service = {.running = false};
	int result = 0;

	if (facts->n_symptoms > 0)
		return 0;
	if (directory_fd >= 0)
		result = service_status_read(directory_fd, &service, &published);
	if (!service.running || !plan_sweeps(&inspection->policy->plan))
		facts->symptoms_known = false;
	return result == -ENOMEM ? failure_tell(result, "reading the NICs", NULL) : 0;
}

int whole_facts_read(const struct sources *sources, struct policy_in_force *policy)
{
	_cleanup_(inspection_clear) struct inspection inspection = {.whole = true};
	_cleanup_close_ int directory_fd = state_dir_open();
	int result;

	inspection.policy = policy;
	result = inspection_look(sources, directory_fd, &inspection);
	if (result == 0)
		result = note_all_features(&inspection);
	if (result == 0)
		result = drop_unseen(&inspection, directory_fd);
	inspection.policy = NULL; /* it is the caller's */
	return result;
}
