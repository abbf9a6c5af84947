/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The node's facts: kernel, distribution, Kubernetes. The network interfaces are another's
 * (links.h).
 */

#include "ethtool_nl/ethtool_nl.h"
#include "policy/facts.h"

#include <stdbool.h>

/* All strings are borrowed. */
struct detect_options {
	const char *root; /* the node's files are below this folder; NULL = "/" */
	const char *kubelet; /* the only program to ask; NULL = those in the usual places */
	const char *proxy_metrics; /* "127.0.0.1:10249"; NULL = that; "" = do not ask */
	/* Instead of detecting; NULL = detect. A kernel release replaces the distribution too. */
	const char *kubernetes_version;
	const char *kernel_release;
	bool nat_rules; /* read the nat rules as well: in a child of its own, see detect_child.h */
	/* For detect_child.h: measure the kernel if nobody has yet in this boot (probe.h), and how.
	 */
	bool measure;
	bool keep_measurement; /* for the next who asks */
	enum ethtool_nl_backend backend;
};

/*
 * Detects, in this very process, all but the nat rules; links_known stays false. What cannot be
 * found out is unknown, which is no failure; with both versions given nothing is looked at. It may
 * take 12 seconds when nothing answers (see detect_kubernetes.h). Returns 0; -ENOMEM; or a negative
 * errno when the root folder cannot be opened. The caller ends with facts_clear().
 */
int detect_node(const struct detect_options *options, struct facts *ret_facts);
