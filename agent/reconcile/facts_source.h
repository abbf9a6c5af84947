/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where a command gets the facts of the node from: a file, the running service, or a detection of
 * its own.
 */

#include "agent/detect/detect.h"
#include "agent/record/publisher.h"
#include "agent/settings/config.h"
#include "agent/settings/options.h"
#include "policy/facts.h"
#include "policy/rule.h"

#include <stdbool.h>

/*
 * How to detect: the options come before the configuration, and what no rule asks for is not looked
 * at. Borrows from options and configuration.
 */
struct detect_options facts_source_detection(const struct options *options,
					     const struct agent_config *config,
					     const struct rules *rules);

/*
 * Takes the facts of --facts, or those of a running service that publishes in the folder
 * `directory_fd` (-1: do not ask), or detects. `ret_service_running` and `ret_publisher` tell of
 * that service.
 * Returns 0, or the exit code of the program after having said on standard error what is wrong.
 */
int facts_source_find(const struct options *options, const struct agent_config *config,
		      const struct rules *rules, int directory_fd, struct facts *ret_facts,
		      bool *ret_service_running, struct publisher *ret_publisher);
