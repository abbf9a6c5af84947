/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a cluster's nodes are judged to be: node by node, and summed up; for people and as JSON. */

#include "agent/assess/assess.h"

#include <stdio.h>

/*
 * Judges the nodes one after the other and prints each, then the sum.
 * Returns 0, -ENOMEM, or -EIO; `ret_verdict` gets the worst verdict, "unknown" when there is no
 * node.
 */
int assess_print_text(FILE *output, const struct assessed_nodes *nodes, const struct rules *rules,
		      bool color, enum answer *ret_verdict);
int assess_print_json(FILE *output, const struct assessed_nodes *nodes, const struct rules *rules,
		      enum answer *ret_verdict);
