/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which Kubernetes the node runs. kube-proxy's version decides, since it writes the rules; others
 * stand in for it. Nothing is searched for: every place is a fixed path or an address.
 *
 * rpm's database is not read: it is binary, and librpm would be a large dependency for a number
 * that the installed kubelet prints itself.
 */

#include "agent/detect/proxy_metrics.h"
#include "agent/guarded/node_root.h"
#include "policy/facts.h"

/* The address that kube-proxy's metrics have by default (--metrics-bind-address). */
#define DETECT_KUBERNETES_PROXY_METRICS "127.0.0.1:10249"

#define DETECT_KUBERNETES_PROGRAM_LIMIT_MS 5000
#define DETECT_KUBERNETES_METRICS_LIMIT_MS 1000

struct detect_kubernetes_options {
	const char *kubelet; /* absolute, below the root; NULL = the usual places */
	struct proxy_metrics *proxy; /* asked already; NULL = not at all */
	const char *proxy_address; /* which one that was */
	unsigned int program_limit_ms; /* for one program; all together get twice that */
	const char *never_execute; /* why no program may be executed; NULL = it may */
};

/*
 * Reads kube-proxy's metrics, asks the programs and the packages; all of their answers are kept,
 * also those that were refused or are no version (then the source says why). The first answer that
 * version_parse_kubernetes() understands counts, kube-proxy's before all others; without one, the
 * first text that claims to be a version.
 * "Present" is yes when anything of Kubernetes was found, also without a version; else no. What an
 * unprivileged user can fake (a listener of its own) is listed, but makes nothing present.
 * Returns 0 or -ENOMEM. The caller ends with kubernetes_facts_clear().
 */
int detect_kubernetes(const struct node_root *root, const struct detect_kubernetes_options *options,
		      struct kubernetes_facts *ret_kubernetes);

/* The facts for a version that the user gives. Returns 0 or -ENOMEM. */
int detect_kubernetes_given(const char *version, struct kubernetes_facts *ret_kubernetes);

/*
 * Reads what a program printed for --version: "Kubernetes v1.18.3", or "k3s version v1.18.2+k3s1
 * (698e444a)" and the same for rke2, both perhaps with a second line "go version ...", or
 * "v1.20.4+k0s.0". Nothing else may stand there. Pure.
 * Returns 0 with a version that the caller frees; -EBADMSG; -ENOMEM.
 */
int detect_kubernetes_parse_output(const char *output, char **ret_version);

/*
 * Finds the value of the key "version" on the top level of a snap.yaml. Pure.
 * Returns 0 with a version that the caller frees; -ENOENT; -ENOMEM.
 */
int detect_kubernetes_parse_snap(const char *text, char **ret_version);

/*
 * The usual places of programs, absolute below the root: to be watched for changes. Returns NULL
 * behind the last one.
 */
const char *detect_kubernetes_program(size_t index);
