/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/facts.h"

#include "policy/string_copy.h"
#include "policy/string_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const corruption_names[] = {
	[ANSWER_NO] = "clean",
	[ANSWER_UNKNOWN] = "unknown",
	[ANSWER_YES] = "corrupt",
};

const char *corruption_name(enum answer corrupts)
{
	return corruption_names[corrupts];
}

int corruption_parse(const char *name, enum answer *ret_corrupts)
{
	for (int i = ANSWER_NO; i <= ANSWER_YES; i++) {
		if (strcmp(name, corruption_names[i]) == 0) {
			*ret_corrupts = (enum answer)i;
			return 0;
		}
	}
	return -EINVAL;
}

void kernel_facts_clear(struct kernel_facts *kernel)
{
	free(kernel->release);
	free(kernel->version);
	free(kernel->signature);
	free(kernel->family);
	free(kernel->base);
	free(kernel->build);
	free(kernel->flavour);
	free(kernel->source);
	*kernel = (struct kernel_facts){0};
}

void os_facts_clear(struct os_facts *os)
{
	free(os->id);
	free(os->version_id);
	free(os->pretty_name);
	free(os->source);
	*os = (struct os_facts){0};
}

void measured_facts_clear(struct measured_facts *measured)
{
	free(measured->source);
	*measured = (struct measured_facts){0};
}

void machine_facts_clear(struct machine_facts *machine)
{
	free(machine->arch);
	free(machine->vendor);
	free(machine->product);
	free(machine->model);
	free(machine->hypervisor);
	free(machine->reason);
	free(machine->source);
	*machine = (struct machine_facts){0};
}

void device_facts_clear(struct device_facts *device)
{
	strings_free(device->upper_kinds);
	for (size_t i = 0; i < device->n_carried; i++)
		free(device->carried[i].doubt);
	free(device->carried);
	strings_free(device->features_on);
	strings_free(device->features_changeable);
	*device = (struct device_facts){.is_pci = ANSWER_UNKNOWN};
}

void devices_free(struct device_facts *devices, size_t n_devices)
{
	for (size_t i = 0; i < n_devices; i++)
		device_facts_clear(&devices[i]);
	free(devices);
}

enum answer link_udp_csum(const struct link_facts *link)
{
	return link->external && strcmp(link->kind, "geneve") != 0 ? ANSWER_NO : link->udp_csum;
}

bool link_may_be_hardware(const struct link_facts *link)
{
	return !link->kind[0] || link->has_device;
}

const struct device_facts device_not_known = {.is_pci = ANSWER_UNKNOWN};

const struct device_facts *facts_device(const struct facts *facts, unsigned int ifindex)
{
	for (size_t i = 0; i < facts->n_devices; i++) {
		if (facts->devices[i].ifindex == ifindex)
			return &facts->devices[i];
	}
	return facts->devices_known ? NULL : &device_not_known;
}

static void answer_clear(struct kubernetes_answer *answer)
{
	free(answer->component);
	free(answer->version);
	free(answer->source);
}

void kubernetes_facts_clear(struct kubernetes_facts *kubernetes)
{
	free(kubernetes->version);
	free(kubernetes->component);
	free(kubernetes->source);
	for (size_t i = 0; i < kubernetes->n_answers; i++)
		answer_clear(&kubernetes->answers[i]);
	free(kubernetes->answers);
	*kubernetes = (struct kubernetes_facts){.present = ANSWER_UNKNOWN};
}

void nat_rules_facts_clear(struct nat_rules_facts *nat_rules)
{
	free(nat_rules->reason);
	free(nat_rules->source);
	*nat_rules = (struct nat_rules_facts){.vulnerable = ANSWER_UNKNOWN};
}

void nat_seen_facts_clear(struct nat_seen_facts *nat_seen)
{
	free(nat_seen->example);
	free(nat_seen->reason);
	*nat_seen = (struct nat_seen_facts){0};
}

void node_facts_clear(struct node_facts *node)
{
	free(node->name);
	strings_free(node->addresses);
	*node = (struct node_facts){0};
}

void facts_clear(struct facts *facts)
{
	node_facts_clear(&facts->node);
	kernel_facts_clear(&facts->kernel);
	measured_facts_clear(&facts->measured);
	os_facts_clear(&facts->os);
	kubernetes_facts_clear(&facts->kubernetes);
	nat_rules_facts_clear(&facts->nat_rules);
	nat_seen_facts_clear(&facts->nat_seen);
	machine_facts_clear(&facts->machine);
	free(facts->links);
	facts->links = NULL;
	facts->n_links = 0;
	facts->links_known = false;
	devices_free(facts->devices, facts->n_devices);
	facts->devices = NULL;
	facts->n_devices = 0;
	facts->devices_known = false;
	free(facts->symptoms);
	facts->symptoms = NULL;
	facts->n_symptoms = 0;
	facts->symptoms_known = false;
}

int kubernetes_facts_add(struct kubernetes_facts *kubernetes, const char *component,
			 const char *version, const char *source)
{
	struct kubernetes_answer *answers, answer = {.version = NULL};

	answers = realloc(kubernetes->answers, (kubernetes->n_answers + 1) * sizeof(*answers));
	if (!answers)
		return -ENOMEM;
	kubernetes->answers = answers;
	if (string_copy(&answer.component, component) < 0 ||
	    string_copy(&answer.version, version) < 0 || string_copy(&answer.source, source) < 0) {
		answer_clear(&answer);
		return -ENOMEM;
	}
	kubernetes->answers[kubernetes->n_answers++] = answer;
	return 0;
}
