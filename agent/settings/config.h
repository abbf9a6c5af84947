/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The configuration: which NICs, which features, what to do when in doubt. README.md, section
 * "Configuration", describes the keys.
 */

#include "agent/settings/report_format.h"
#include "policy/evaluate.h"
#include "policy/link_match.h"
#include "policy/rule.h"

#include <stdbool.h>
#include <stddef.h>

struct diagnostics;

/* A file that the service writes for another program. */
struct export
{
	enum report_format format;
	char *file;
	int error; /* of the last writing, which is logged once; 0 at the start */
};

struct agent_config {
	bool nics_exposed; /* nics = "exposed": those that the acting rules expose, and no list */
	struct link_match *nics; /* a NIC is selected when one of them matches */
	size_t n_nics;
	struct rule_choice *choices; /* act, tell, off */
	size_t n_choices;
	char **turn_off; /* instead of the rules' own lists; NULL = theirs */
	char *turn_off_source; /* "FILE:LINE" of turn_off, for diagnostics */
	char *kubernetes_version; /* NULL = detect */
	char *kubelet; /* NULL = the usual places */
	char *proxy_metrics; /* "127.0.0.1:10249" */
	struct evidence evidence; /* kubernetes.evidence, kernel.evidence */
	bool turn_off_on_unknown; /* on_unknown */
	bool restore_on_not_affected;
	bool restore_on_stop;
	int sweep; /* seconds; 0 = never */
	bool wire_sample; /* the service looks at the wire by itself, */
	int wire_seconds, wire_every; /* so long, and so often: seconds */
	struct export *exports;
	size_t n_exports;
};

/*
 * Reads `file`, or for NULL the installed agent.conf and agent.conf.d (*.conf), where a later file
 * replaces what an earlier one sets. A missing installed file means the defaults; a missing `file`
 * is a fault. All faults are collected.
 * Returns 0, -EBADMSG with at least one diagnostic, -ENOMEM. The caller ends with
 * agent_config_clear().
 */
int agent_config_load(const char *file, struct diagnostics *diagnostics,
		      struct agent_config *ret_config);
void agent_config_clear(struct agent_config *config);
