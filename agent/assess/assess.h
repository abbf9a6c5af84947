/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A cluster's nodes as the API server lists them ('kubectl get nodes -o json'), each judged by the
 * rules from its status.nodeInfo alone.
 */

#include "agent/assess/json_reader.h"
#include "agent/report/state.h"
#include "policy/evaluate.h"
#include "policy/facts.h"

#include <stddef.h>

#define ASSESS_NAME_SIZE 256 /* of a node: 253 characters */
#define ASSESS_INFO_SIZE 128 /* of a member of nodeInfo; what is longer is cut off */

/* What the API server says of one node; "" = nothing. */
struct assessed_node {
	char name[ASSESS_NAME_SIZE];
	char kernel_version[ASSESS_INFO_SIZE];
	char os_image[ASSESS_INFO_SIZE];
	char kubelet_version[ASSESS_INFO_SIZE];
	char proxy_version[ASSESS_INFO_SIZE];
	char operating_system[ASSESS_INFO_SIZE];
};

struct assessed_nodes {
	struct assessed_node *nodes;
	size_t n_nodes, allocated;
};

/* Room for what assess_read() says of a bad text. */
#define ASSESS_ERROR_SIZE 160

/*
 * Reads one or several objects of the kinds Node, NodeList and List (of nodes).
 * Returns 0; -EBADMSG with one line in `ret_error` that says what is wrong; -ENOMEM; another
 * negative errno when the file cannot be read. The caller ends with assessed_nodes_clear().
 */
int assess_read(struct json_reader *reader, struct assessed_nodes *ret_nodes,
		char ret_error[static ASSESS_ERROR_SIZE]);
void assessed_nodes_clear(struct assessed_nodes *nodes);

/* What the rules can know of a node, and what they say of it. */
struct assessment {
	struct facts facts;
	struct judgement judgement; /* without rules for a node that they are not about */
};

/*
 * Judges a node by `rules`, which must outlive the assessment.
 * Returns 0 or -ENOMEM. The caller ends with assessment_clear().
 */
int assess_judge(const struct assessed_node *node, const struct rules *rules,
		 struct assessment *ret_assessment);
void assessment_clear(struct assessment *assessment);

/*
 * The version that it is judged by: kube-proxy's, which decides. The API server's is the kubelet's
 * guess, and newer kubelets make none: then the kubelet's own. "" = neither is known.
 */
const char *assess_version(const struct assessed_node *node);

/* Does it run Linux? No rule is about anything else. */
bool assess_is_linux(const struct assessed_node *node);

/*
 * A verdict as a state: devices and their features are unknown here, so an affected node counts
 * as vulnerable.
 */
enum state assess_state(enum answer verdict);
