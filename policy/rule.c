/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/rule.h"

#include "policy/rule_name.h"
#include "policy/string_list.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

const char *rule_mode_name(enum rule_mode mode)
{
	switch (mode) {
	case RULE_ACT:
		return "act";
	case RULE_TELL:
		return "tell";
	case RULE_ADVISE:
		return "advise";
	case RULE_OFF:
		break;
	}
	return "off";
}

const char *rule_effect_name(enum rule_effect effect)
{
	switch (effect) {
	case RULE_EFFECT_DROPS:
		return "drops";
	case RULE_EFFECT_CORRUPTS:
		return "corrupts";
	case RULE_EFFECT_HANGS:
		return "hangs";
	case RULE_EFFECT_SLOW:
		return "slow";
	case RULE_EFFECT_NOT_SAID:
		break;
	}
	return NULL;
}

static size_t count_literals(const char *glob)
{
	size_t count = 0;

	for (; *glob; glob++)
		count += !strchr("*?[]", *glob);
	return count;
}

static bool is_stronger(const struct rule_choice *choice, const struct rule_choice *other)
{
	size_t literals = count_literals(choice->glob), others = count_literals(other->glob);

	return literals != others ? literals > others : choice->mode > other->mode;
}

void rules_choose(struct rules *rules, struct rule_choice choices[], size_t n_choices)
{
	for (size_t i = 0; i < rules->n_rules; i++) {
		const struct rule_choice *strongest = NULL;

		for (size_t j = 0; j < n_choices; j++) {
			if (fnmatch(choices[j].glob, rules->rules[i].id, 0) != 0)
				continue;
			choices[j].fits = true;
			if (!strongest || is_stronger(&choices[j], strongest))
				strongest = &choices[j];
		}
		if (strongest)
			rules->rules[i].mode = strongest->mode;
	}
}

static void add_exposure_needs(const struct exposure *exposed, struct rule_needs *needs)
{
	needs->drivers |= exposed->drivers && exposed->kinds;
	needs->nic_drivers |= exposed->drivers && !exposed->kinds;
	needs->devices |= exposed->pci || version_match_asks(&exposed->driver_versions) ||
			  version_match_asks(&exposed->firmwares) || exposed->upper_kinds ||
			  exposed->master_kinds;
	needs->carried |= exposed->carries != NULL;
	needs->features |= exposed->features_on || exposed->features_changeable;
}

void rule_add_needs(const struct rule *rule, struct rule_needs *needs)
{
	if (rule->mode == RULE_OFF)
		return;
	needs->nat |= rule->nat;
	needs->machine |= rule->machine != NULL;
	needs->symptoms |= rule->symptom != SYMPTOM_NONE && rule->mode == RULE_ADVISE;
	for (size_t i = 0; i < rule->n_exposed; i++)
		add_exposure_needs(&rule->exposed[i], needs);
}

bool rule_needs_devices(const struct rule_needs *needs)
{
	return needs->devices || needs->carried || needs->features;
}

struct rule_needs rules_needs(const struct rules *rules)
{
	struct rule_needs needs = {0};

	for (size_t i = 0; i < rules->n_rules; i++)
		rule_add_needs(&rules->rules[i], &needs);
	return needs;
}

bool rule_has_conditions(const struct rule *rule)
{
	return rule->has_kubernetes || rule->nat || rule->n_kernel > 0 || rule->machine;
}

bool rule_is_about_devices(const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_exposed && rule_has_conditions(rule); i++) {
		const struct exposure *exposed = &rule->exposed[i];

		if (!exposure_asks_for_device(exposed) && (exposed->kinds || !exposed->drivers))
			return false;
	}
	return rule->n_exposed > 0;
}

bool rule_is_decided_by_nics(const struct rule *rule)
{
	return rule->mode == RULE_ADVISE || rule_is_about_devices(rule);
}

struct key_list {
	const char **keys;
	size_t n_keys;
};

static void add_key(struct key_list *list, bool asks, const char *key)
{
	for (size_t i = 0; i < list->n_keys; i++)
		asks = asks && strcmp(list->keys[i], key) != 0;
	if (asks)
		list->keys[list->n_keys++] = key;
}

static void add_exposure_keys(struct key_list *list, const struct exposure *exposed)
{
	add_key(list, exposed->name, "name");
	add_key(list, exposed->kinds, "kind");
	add_key(list, exposed->drivers, "driver");
	add_key(list, exposed->mac, "mac");
	add_key(list, exposed->udp_csum != ANSWER_UNKNOWN, "udp_csum");
	add_key(list, exposed->ports.n_ports > 0, "port");
	add_key(list, exposed->ports_not.n_ports > 0, "port_not");
	add_key(list, exposed->pci, "pci");
	add_key(list, version_match_asks(&exposed->driver_versions), "driver_version");
	add_key(list, version_match_asks(&exposed->firmwares), "firmware");
	add_key(list, exposed->carries, "carries");
	add_key(list, exposed->upper_kinds, "upper");
	add_key(list, exposed->master_kinds, "master");
	add_key(list, exposed->features_on, "feature_on");
	add_key(list, exposed->features_changeable, "feature_changeable");
}

void rule_asked_keys(const struct rule *rule, const char *ret_keys[static RULE_KEYS_MAX + 1])
{
	struct key_list list = {.keys = ret_keys};

	add_key(&list, rule->has_kubernetes, "kubernetes");
	add_key(&list, rule->nat, "nat");
	add_key(&list, rule->n_kernel > 0, "kernel");
	add_key(&list, rule->machine, "machine");
	for (size_t i = 0; i < rule->n_exposed; i++)
		add_exposure_keys(&list, &rule->exposed[i]);
	list.keys[list.n_keys] = NULL;
}

enum rule_mode rule_mode_for(const struct rule *rule, const struct facts *facts,
			     const struct link_facts *link)
{
	if (rule->mode == RULE_ADVISE && symptom_find(facts, rule->symptom, link))
		return RULE_TELL;
	return rule->mode;
}

static void kernel_line_clear(struct kernel_line *line)
{
	free(line->family);
	free(line->series);
	free(line->flavour);
	free(line->release);
	free(line->version);
	range_list_clear(&line->affected);
	range_list_clear(&line->unknown);
	*line = (struct kernel_line){0};
}

static void machine_match_clear(struct machine_match *machine)
{
	free(machine->arch);
	free(machine->vendor);
	free(machine->product);
	free(machine->model);
	free(machine->hypervisor);
}

void rule_clear(struct rule *rule)
{
	free(rule->id);
	free(rule->title);
	strings_free(rule->references);
	free(rule->file);
	free(rule->review);
	free(rule->cost);
	strings_free(rule->remedies);
	range_list_clear(&rule->kubernetes);
	for (size_t i = 0; i < rule->n_kernel; i++)
		kernel_line_clear(&rule->kernel[i]);
	free(rule->kernel);
	if (rule->machine)
		machine_match_clear(rule->machine);
	free(rule->machine);
	for (size_t i = 0; i < rule->n_exposed; i++)
		exposure_clear(&rule->exposed[i]);
	free(rule->exposed);
	strings_free(rule->turn_off);
	strings_free(rule->required);
	for (size_t i = 0; i < rule->n_names; i++)
		free(rule->names[i].name);
	free(rule->names);
	*rule = (struct rule){0};
}

void rules_clear(struct rules *rules)
{
	for (size_t i = 0; i < rules->n_rules; i++)
		rule_clear(&rules->rules[i]);
	free(rules->rules);
	*rules = (struct rules){0};
}

enum answer rule_exposes(const struct rule *rule, const struct link_facts *link,
			 const struct device_facts *device, const char **ret_unknown)
{
	enum answer outcome = ANSWER_NO;

	for (size_t i = 0; i < rule->n_exposed && outcome != ANSWER_YES; i++)
		outcome = answer_or(outcome,
				    exposure_test(&rule->exposed[i], link, device, ret_unknown));
	return outcome;
}

bool rule_asks_device(const struct rule *rule, const struct link_facts *link)
{
	for (size_t i = 0; i < rule->n_exposed && rule->mode != RULE_OFF; i++) {
		if (exposure_asks_device(&rule->exposed[i], link))
			return true;
	}
	return false;
}

bool rule_asks_carried(const struct rule *rule, const struct link_facts *link,
		       const struct device_facts *device)
{
	for (size_t i = 0; i < rule->n_exposed && rule->mode != RULE_OFF; i++) {
		if (exposure_asks_carried(&rule->exposed[i], link, device))
			return true;
	}
	return false;
}

bool rule_asks_features(const struct rule *rule, const struct link_facts *link,
			const struct device_facts *device)
{
	for (size_t i = 0; i < rule->n_exposed && rule->mode != RULE_OFF; i++) {
		if (exposure_asks_features(&rule->exposed[i], link, device))
			return true;
	}
	return false;
}

/* Do all groups name kinds, and none of them this one? */
static bool is_of_another_kind(const struct rule *rule, const char *kind)
{
	for (size_t i = 0; i < rule->n_exposed; i++) {
		char *const *kinds = rule->exposed[i].kinds;

		for (size_t j = 0; kinds && kinds[j]; j++) {
			if (fnmatch(kinds[j], kind, 0) == 0)
				return false;
		}
		if (!kinds)
			return false;
	}
	return true;
}

bool rule_acts_on(const struct rule *rule, enum answer exposes, const struct link_facts *link,
		  bool named)
{
	if (exposes != ANSWER_NO)
		return exposes == ANSWER_YES;
	return named && is_of_another_kind(rule, link->kind);
}
