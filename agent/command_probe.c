/* SPDX-License-Identifier: Apache-2.0 */

/* probe: measures, in throw-away network namespaces, whether this kernel writes wrong checksums. */

#include "agent/commands.h"
#include "agent/exit_code.h"
#include "agent/output.h"
#include "agent/probe.h"
#include "agent/probe_report.h"

static int exit_code(enum answer corrupts)
{
	switch (corrupts) {
	case ANSWER_NO:
		return EXIT_CODE_OK;
	case ANSWER_UNKNOWN:
		return EXIT_CODE_UNKNOWN;
	case ANSWER_YES:
		return EXIT_CODE_VULNERABLE;
	}
	return EXIT_CODE_UNKNOWN;
}

int command_probe(const struct options *options)
{
	struct json_writer writer = {.output = stdout};
	struct probe_result result;

	probe_run(options->backend, &result);
	if (options->json) {
		probe_write_json(&writer, &result);
		putchar('\n');
	} else {
		probe_print_text(stdout, &result);
	}
	return output_end(exit_code(result.corrupts));
}
