/* SPDX-License-Identifier: Apache-2.0 */

/*
 * facts: what was detected, as JSON. With --without-links it is what the agent itself runs, after
 * having dropped all privileges, to detect the node; with --nat-rules, to read the nat rules.
 */

#include "agent/base/exit_code.h"
#include "agent/base/json_writer.h"
#include "agent/base/log.h"
#include "agent/commands.h"
#include "agent/detect/detect_confined.h"
#include "agent/detect/detect_conntrack.h"
#include "agent/detect/detect_nat_rules.h"
#include "agent/facts/facts_json.h"
#include "agent/guarded/privileges.h"
#include "agent/options.h"
#include "agent/output.h"
#include "agent/reconcile/policy_in_force.h"
#include "agent/reconcile/sources.h"
#include "agent/reconcile/whole_facts.h"
#include "cleanup.h"

#include <string.h>
#include <unistd.h>

static int print_facts(const struct facts *facts, const struct rules *rules)
{
	struct json_writer writer = {.output = stdout};

	facts_json_write(&writer, NULL, facts, rules);
	putchar('\n');
	return output_end(EXIT_CODE_OK);
}

/*
 * In this very process: it is the child without privileges, and must not start another. It ends
 * without further ado: what a sanitizer does at the end is among what it may not do any more.
 */
static void detect_here(const struct options *options) __attribute__((noreturn));
static void detect_here(const struct options *options)
{
	struct policy_in_force policy = {.config = {.nics = NULL}};
	const struct sources sources = options_sources(options);
	struct detect_options detection;
	int result;

	result = policy_in_force_load_config(&sources, &policy);
	if (result != 0)
		_exit(result);
	detection = policy_in_force_detection(&policy, &sources);
	result = detect_confined(&detection, &policy.facts);
	if (result == 0)
		_exit(print_facts(&policy.facts, NULL));
	log_error("detection below %s failed: %s", options->root ? options->root : "/",
		  strerror(-result));
	_exit(EXIT_CODE_INTERNAL);
}

/* In this process, too: with no more power than that takes. */
static int read_nat_rules(const struct options *options)
{
	_cleanup_(facts_clear) struct facts facts = {.kubernetes.present = ANSWER_UNKNOWN};
	/* The kernel's tables are this node's, wherever its files are to be found. */
	const char *root = options->root_is_this_node ? NULL : options->root;
	int result = privileges_drop(0, DETECT_NAT_RULES_CAPABILITIES);

	if (result == 0)
		result = detect_nat_rules(root, &facts.nat_rules);
	if (result == 0)
		result = detect_conntrack(root, &facts.nat_seen);
	if (result < 0) {
		log_error("reading the nat rules: %s", strerror(-result));
		return EXIT_CODE_INTERNAL;
	}
	return print_facts(&facts, NULL);
}

int command_facts(const struct options *options)
{
	_cleanup_(policy_in_force_clear) struct policy_in_force policy = {.config = {.nics = NULL}};
	const struct sources sources = options_sources(options);
	int result;

	if (options->nat_rules)
		return read_nat_rules(options);
	if (options->without_links)
		detect_here(options);
	/* Detected here and now, whatever a service published. */
	result = policy_in_force_judge(&sources, -1, &policy, NULL);
	if (result == 0)
		result = whole_facts_read(&sources, &policy);
	return result == 0 ? print_facts(&policy.facts, &policy.rules) : result;
}
