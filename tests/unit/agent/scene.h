/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A node as the reports see it, made by hand: facts, verdicts, and NICs of a pretended kernel. The
 * rules are the three of sample.h, in their order, each with its conditions and reasons.
 */

#include "agent/reconcile/inspection.h"
#include "agent/reconcile/nic.h"
#include "agent/reconcile/policy_in_force.h"
#include "agent/reconcile/trusted_record.h"
#include "agent/record/service_status.h"
#include "agent/report/report.h"
#include "tests/unit/agent/sample.h"

#define SCENE_NICS 4

struct scene {
	struct fake_device devices[SCENE_NICS];
	struct rule_judgement rules[3];
	struct policy_in_force policy;
	struct trusted_record record;
	struct inspection inspection; /* of the two above */
	struct service_status service; /* none runs at first */
};

/* A node of Kubernetes v1.18.3 and kernel 4.19.118 with VXLAN devices selected, and no NIC yet. */
void scene_make(struct scene *scene, enum answer zero, enum answer udp, enum answer driver);
void scene_clear(struct scene *scene);

/*
 * Adds a NIC with all of sample_device()'s features on. Returns it; it stays valid until the next
 * one is added.
 */
struct nic *scene_add(struct scene *scene, unsigned int ifindex, const char *name, const char *kind,
		      enum answer udp_csum);

/* The report of the scene. */
void scene_report(const struct scene *scene, bool dry_run, struct report *ret_report);

/* Turns features of a NIC off, as the agent does: recorded, and TSO falls with them. */
void scene_turn_off(struct scene *scene, struct nic *nic, const char *features);
