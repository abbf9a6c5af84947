/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A cluster's nodes, from documents: as the API server lists them ('kubectl get nodes -o json'),
 * each judged by the rules from its status.nodeInfo alone; and as the nodes themselves speak.
 */

#include "agent/assess/assess_policy.h"
#include "agent/assess/assessed_nodes.h"
#include "agent/assess/json_reader.h"
#include "agent/report/state.h"
#include "policy/evaluate.h"
#include "policy/facts.h"

#include <stddef.h>

/* Room for what assess_read() says of a bad text. */
#define ASSESS_ERROR_SIZE 256

/*
 * Reads one or several objects, one after the other: of the kinds Node, NodeList and List (of
 * nodes), and documents of `facts`, `status --json` and `wire --json`. What is said of one node is
 * joined (nodes_join.h).
 * Returns 0; -EBADMSG with one line in `ret_error` that says what is wrong; -ENOMEM; -ECANCELED
 * when facts could not be judged, and why has been said; another negative errno when the file
 * cannot be read. The caller ends with assessed_nodes_clear().
 */
int assess_read(struct json_reader *reader, const struct assess_policy *policy,
		struct assessed_nodes *ret_nodes, char ret_error[static ASSESS_ERROR_SIZE]);

/* What is known of a node, and what is to be thought of it. */
struct assessment {
	struct facts facts;
	struct judgement judgement; /* of what the API server says of a node with Linux */
	enum answer verdict;
	enum state state;
};

/*
 * Takes a node at its own word; one that did not speak itself it judges by `rules`, which must
 * outlive the assessment: devices and their features are unknown here, so that an affected node
 * counts as vulnerable.
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
