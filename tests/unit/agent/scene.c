/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/scene.h"

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

static char vxlan[] = "vxlan";
static struct link_match nics[] = {{.kind = vxlan, .udp_csum = ANSWER_UNKNOWN}};

static char release[] = "4.19.0-9-amd64", version[] = "#1 SMP Debian 4.19.118-2 (2020-04-26)";
static char family[] = "debian", base[] = "4.19.118", kernel_source[] = "uname";
static char id[] = "debian", pretty_name[] = "Debian GNU/Linux 10 (buster)";
static char os_source[] = "/etc/os-release";
static char kubernetes_version[] = "v1.18.3", component[] = "kube-proxy";
static char kubernetes_source[] = "http://127.0.0.1:10249/metrics";

static char kubernetes_yes[] = "v1.18.3 is affected";
static char kernel_no[] = "5.7.0 has the fix", kernel_yes[] = "4.19.118 is affected";
static char kernel_unknown[] = "no table for this kernel";

/* The kernel's condition decides; the one about Kubernetes, where there is one, holds. */
static struct rule_judgement judge(const struct rule *rule, enum answer verdict)
{
	char *const reasons[] = {
		[ANSWER_NO] = kernel_no,
		[ANSWER_UNKNOWN] = kernel_unknown,
		[ANSWER_YES] = kernel_yes,
	};
	struct rule_judgement judged = {.rule = rule, .verdict = verdict};

	if (rule->has_kubernetes)
		judged.conditions[judged.n_conditions++] =
			(struct condition){CONDITION_KUBERNETES, ANSWER_YES, kubernetes_yes, NULL};
	judged.conditions[judged.n_conditions++] =
		(struct condition){CONDITION_KERNEL, verdict, reasons[verdict], NULL};
	return judged;
}

void scene_make(struct scene *scene, enum answer zero, enum answer udp, enum answer driver)
{
	struct policy_in_force *policy = &scene->policy;

	*scene = (struct scene){
		.rules = {judge(&sample_zero_rule, zero), judge(&sample_udp_rule, udp),
			  judge(&sample_driver_rule, driver)},
	};
	policy->judgement = (struct judgement){
		.verdict = answer_or(zero, answer_or(udp, driver)),
		.rules = scene->rules,
		.n_rules = 3,
	};
	policy->config =
		(struct agent_config){.nics = nics, .n_nics = 1, .restore_on_not_affected = true};
	policy->facts.kernel = (struct kernel_facts){.release = release,
						     .version = version,
						     .family = family,
						     .base = base,
						     .source = kernel_source};
	policy->facts.os =
		(struct os_facts){.id = id, .pretty_name = pretty_name, .source = os_source};
	policy->facts.kubernetes = (struct kubernetes_facts){.present = ANSWER_YES,
							     .version = kubernetes_version,
							     .component = component,
							     .source = kubernetes_source};
	policy->facts.links_known = true;
	scene->inspection = (struct inspection){
		.policy = policy,
		.record = &scene->record,
		.handle = sample_open(scene->devices, SCENE_NICS),
	};
	assert_int_equal(policy_in_force_plan(policy, scene->inspection.handle), 0);
}

void scene_clear(struct scene *scene)
{
	nics_clear(&scene->inspection.nics);
	trusted_record_clear(&scene->record);
	plan_clear(&scene->policy.plan);
	ethtool_nl_close(scene->inspection.handle);
}

void scene_report(const struct scene *scene, bool dry_run, struct report *ret_report)
{
	report_make(&scene->inspection, &scene->service, dry_run, ret_report);
}

struct nic *scene_add(struct scene *scene, unsigned int ifindex, const char *name, const char *kind,
		      enum answer udp_csum)
{
	struct inspection *inspection = &scene->inspection;
	struct link_facts link = sample_link(ifindex, name, kind, udp_csum);
	struct fake_device device = sample_device(inspection->handle, ifindex);
	struct nic *nic = NULL;

	strcpy(link.driver, kind[0] ? kind : "virtio_net");
	assert_true(inspection->nics.n_nics < SCENE_NICS);
	scene->devices[inspection->nics.n_nics] = device;
	assert_int_equal(
		nics_add(&inspection->nics, &scene->policy.plan, &scene->record, &link, &nic), 0);
	assert_non_null(nic);
	nic->error = 0;
	nic->features = device.features;
	return nic;
}

void scene_turn_off(struct scene *scene, struct nic *nic, const char *features)
{
	const struct ethtool_nl *handle = scene->inspection.handle;
	struct feature_mask off = sample_mask(handle, features);

	nic->recorded = feature_mask_and(off, nic->features.wanted);
	nic->features.wanted = feature_mask_without(nic->features.wanted, off);
	nic->features.active = feature_mask_without(nic->features.active, off);
	nic->features.active =
		feature_mask_without(nic->features.active, sample_mask(handle, "tso"));
}
