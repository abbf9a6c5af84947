/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The node's facts: kernel, distribution, Kubernetes. The links are those of
 * links.h.
 */

#include "agent/detect/proxy_metrics.h"
#include "ethtool_nl/ethtool_nl.h"
#include "policy/facts.h"

#include <stdbool.h>

/* All strings are borrowed. */
struct detect_options {
	const char *root; /* the node's files are below this folder; NULL = "/" */
	bool root_is_this_node; /* else it is only read: nothing below it is ever executed */
	const char *kubelet; /* the only program to ask; NULL = those in the usual places */
	const char *proxy_metrics; /* "127.0.0.1:10249"; NULL = that; "" = do not ask */
	/* Instead of detecting; NULL = detect. A kernel release replaces the distribution too. */
	const char *kubernetes_version;
	const char *kernel_release;
	bool nat_rules; /* read the nat rules as well: in a child of its own, see detect_child.h */
	/* For detect_child.h: measure the kernel unless that was done in this boot (probe.h), and
	 * how.
	 */
	bool measure;
	bool keep_measurement; /* for the next who asks */
	enum ethtool_nl_backend backend;
};

/*
 * Detects, in this very process, all but the nat rules; links_known stays false. kube-proxy has
 * been asked already (`proxy`, may be NULL); with `never_execute` no program is, for that reason.
 * What cannot be found out is unknown, which is no failure; with both versions given nothing is
 * looked at. It may take 12 seconds when nothing answers (see detect_kubernetes.h). Returns 0;
 * -ENOMEM; or a negative errno when the root folder cannot be opened. The caller ends with
 * facts_clear().
 */
int detect_node(const struct detect_options *options, struct proxy_metrics *proxy,
		const char *never_execute, struct facts *ret_facts);

/* Where kube-proxy's metrics are to be found; NULL = they are not asked. */
const char *detect_proxy_address(const struct detect_options *options);
