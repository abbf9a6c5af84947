/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The measurement in a process of its own: this same program is started as `offload-agent probe
 * --json`, since the measuring process ends up in another network namespace. It keeps just the
 * privileges that it needs, as far as this process holds them.
 */

#include "agent/guarded/child_process.h"
#include "agent/guarded/privileges.h"
#include "ethtool_nl/ethtool_nl.h"
#include "policy/facts.h"

#include <linux/capability.h>

/*
 * Namespaces, their devices and rules, a packet socket; and the record in a folder that can be
 * another user's.
 */
#define PROBE_CHILD_CAPABILITIES                                                                   \
	(PRIVILEGE(CAP_SYS_ADMIN) | PRIVILEGE(CAP_NET_ADMIN) | PRIVILEGE(CAP_NET_RAW) |            \
	 PRIVILEGE(CAP_DAC_OVERRIDE))

/*
 * Starts it; with `keep` it leaves the record (probe_record.h). It ends by itself, at the latest
 * after PROBE_TIME_LIMIT_SECONDS. Returns 0 or a negative errno. The caller ends with
 * child_process_free().
 */
int probe_child_start(enum ethtool_nl_backend backend, bool keep, struct child_process **ret_child);

/*
 * Takes the complete output, and reaps the child. A measurement that failed is no failure here:
 * then the answers are unknown, and the source says why. Returns 0 or -ENOMEM. The caller ends with
 * measured_facts_clear().
 */
int probe_child_finish(struct child_process *child, struct measured_facts *ret_measured);

/* What to say when there is no child, or its output is of no use. Returns 0 or -ENOMEM. */
int probe_child_failed(int error, struct measured_facts *ret_measured);
