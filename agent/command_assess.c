/* SPDX-License-Identifier: Apache-2.0 */

/* assess: judges the nodes of a cluster by what its API server says of them. */

#include "agent/assess/assess_report.h"
#include "agent/base/exit_code.h"
#include "agent/base/log.h"
#include "agent/commands.h"
#include "agent/options.h"
#include "agent/output.h"
#include "agent/reconcile/policy_in_force.h"
#include "agent/reconcile/sources.h"
#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What fits into a processor's cache: then reading costs little more than looking at it. */
#define BUFFER_SIZE (256 * 1024)

static int read_nodes(const char *path, const struct assess_policy *policy,
		      struct assessed_nodes *nodes)
{
	bool is_stdin = strcmp(path, "-") == 0;
	const char *shown = is_stdin ? "standard input" : path;
	_cleanup_free_ char *buffer = malloc(BUFFER_SIZE);
	_cleanup_close_ int opened = -1;
	char error[ASSESS_ERROR_SIZE];
	struct json_reader reader;
	int result = 0;

	if (!is_stdin)
		opened = open(path, O_RDONLY | O_CLOEXEC);
	if (!is_stdin && opened < 0)
		result = -errno;
	else if (!buffer)
		result = -ENOMEM;
	reader = json_reader_of_file(is_stdin ? STDIN_FILENO : opened, buffer, BUFFER_SIZE);
	if (result == 0)
		result = assess_read(&reader, policy, nodes, error);
	if (result == 0)
		return 0;
	if (result == -ECANCELED) /* why has been said */
		return EXIT_CODE_INTERNAL;
	if (result == -EBADMSG)
		log_error("%s: %s", shown, error);
	else
		log_error("%s: cannot be read: %s", shown, strerror(-result));
	return result == -ENOMEM ? EXIT_CODE_INTERNAL : EXIT_CODE_BAD_INPUT;
}

int command_assess(const struct options *options)
{
	_cleanup_(assessed_nodes_clear) struct assessed_nodes nodes = {0};
	_cleanup_(policy_in_force_clear) struct policy_in_force policy = {.config = {.nics = NULL}};
	const struct sources sources = options_sources(options);
	const struct assess_policy by = {.rules = &policy.rules, .policy = &policy};
	enum state state = STATE_UNKNOWN;
	int result;

	result = policy_in_force_load(&sources, &policy);
	if (result == 0)
		result = read_nodes(options->operand, &by, &nodes);
	if (result != 0)
		return result;
	if (options->json)
		result = assess_print_json(stdout, &nodes, &policy.rules, &state);
	else
		result = assess_print_text(stdout, &nodes, &policy.rules,
					   options_use_color(options, stdout), &state);
	if (result < 0) {
		log_error("printing the nodes: %s", strerror(-result));
		return EXIT_CODE_INTERNAL;
	}
	return output_end(state_exit_code(state));
}
