/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a cluster's nodes are judged to be: node by node, and summed up; for people and as JSON. */

#include "agent/assess/assess.h"

#include <stdio.h>

/*
 * Judges the nodes one after the other and prints each, then who sent wrong packets, then the sum.
 * Their sightings are put in order.
 * Returns 0, -ENOMEM, or -EIO; `ret_state` gets the worst state: vulnerable, also where wrong
 * packets were received; unknown, also when there is no node; or not affected.
 */
int assess_print_text(FILE *output, struct assessed_nodes *nodes, const struct rules *rules,
		      bool color, enum state *ret_state);
int assess_print_json(FILE *output, struct assessed_nodes *nodes, const struct rules *rules,
		      enum state *ret_state);
