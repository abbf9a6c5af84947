/* SPDX-License-Identifier: Apache-2.0 */

/* assess: judges the nodes of a cluster by what its API server tells of them. */

#include "agent/assess_report.h"
#include "agent/commands.h"
#include "agent/exit_code.h"
#include "agent/input_file.h"
#include "agent/inspection.h"
#include "agent/log.h"
#include "agent/output.h"
#include "cleanup.h"

#include <errno.h>
#include <string.h>

/* Fifty thousand nodes with all that Kubernetes says of each. */
#define NODES_SIZE_MAX ((size_t)1024 * 1024 * 1024)

static int read_nodes(const char *path, struct assessed_nodes *nodes)
{
	const char *shown = input_file_name(path);
	_cleanup_free_ char *text = NULL;
	char error[ASSESS_ERROR_SIZE];
	size_t size = 0;
	int result;

	result = input_file_read(path, NODES_SIZE_MAX, &text, &size);
	if (result < 0) {
		log_error("%s: cannot be read: %s", shown, strerror(-result));
		return EXIT_CODE_BAD_INPUT;
	}
	result = assess_parse(text, size, nodes, error);
	if (result == 0)
		return 0;
	log_error("%s: %s", shown, result == -ENOMEM ? strerror(ENOMEM) : error);
	return result == -ENOMEM ? EXIT_CODE_INTERNAL : EXIT_CODE_BAD_INPUT;
}

int command_assess(const struct options *options)
{
	_cleanup_(assessed_nodes_clear) struct assessed_nodes nodes = {0};
	_cleanup_(inspection_clear) struct inspection inspection = {0};
	enum answer verdict = ANSWER_UNKNOWN;
	int result;

	result = inspection_load(options, &inspection);
	if (result == 0)
		result = read_nodes(options->operand, &nodes);
	if (result != 0)
		return result;
	if (options->json)
		result = assess_print_json(stdout, &nodes, &inspection.rules, &verdict);
	else
		result = assess_print_text(stdout, &nodes, &inspection.rules, &verdict);
	if (result < 0) {
		log_error("printing the nodes: %s", strerror(-result));
		return EXIT_CODE_INTERNAL;
	}
	return output_end(state_exit_code(assess_state(verdict)));
}
