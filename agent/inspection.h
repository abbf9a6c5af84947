/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One look at the node: configuration, rules, facts, verdict, and the NICs as they are now. What
 * the commands have in common before each does its own.
 */

#include "agent/changes.h"
#include "agent/config.h"
#include "agent/detect.h"
#include "agent/nic.h"
#include "agent/options.h"
#include "agent/plan.h"
#include "policy/evaluate.h"
#include "policy/facts.h"
#include "policy/rule.h"

struct inspection {
	/* inspection_judge(): */
	struct agent_config config;
	struct rules rules;
	struct facts facts;
	struct judgement judgement;
	/* inspection_look(): */
	struct ethtool_nl *handle;
	struct plan plan;
	uint64_t network_namespace;
	struct changes changes;
	struct nic *nics;
	size_t n_nics;
};

/*
 * The functions below return 0, or the exit code of the program after having said on standard
 * error what is wrong.
 */

/* Reads the configuration alone. */
int inspection_load_config(const struct options *options, struct inspection *inspection);

/* Reads configuration and rules; for `check` and as the first step of inspection_judge(). */
int inspection_load(const struct options *options, struct inspection *inspection);

/* How to detect: the options come before the configuration. Borrows from both. */
struct detect_options inspection_detection(const struct options *options,
					   const struct agent_config *config);

/* inspection_load(), then detects the node (or reads --facts) and judges it. */
int inspection_judge(const struct options *options, struct inspection *inspection);

/*
 * Opens the back end, reads the links and the record of changes (from the folder `directory_fd`,
 * -1 for none), and the features of the NICs that are selected, exposed or recorded.
 */
int inspection_look(const struct options *options, int directory_fd, struct inspection *inspection);

/* The NICs of a facts file: nothing but what it says of them. */
int inspection_take_links(struct inspection *inspection);

/* A zeroed inspection, or one that failed half-way, can be cleared. */
void inspection_clear(struct inspection *inspection);
