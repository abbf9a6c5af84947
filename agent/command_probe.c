/* SPDX-License-Identifier: Apache-2.0 */

/* probe: measures, in throw-away network namespaces, whether this kernel writes wrong checksums. */

#include "agent/base/exit_code.h"
#include "agent/base/log.h"
#include "agent/commands.h"
#include "agent/options.h"
#include "agent/output.h"
#include "agent/probe/probe.h"
#include "agent/probe/probe_record.h"
#include "agent/probe/probe_report.h"
#include "agent/record/state_dir.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

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

static void on_time_over(int signal_number)
{
	static const char text[] = "offload-agent: could not measure: the kernel took too long\n";

	(void)signal_number;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(EXIT_CODE_UNKNOWN);
	_exit(EXIT_CODE_UNKNOWN);
}

static void keep(const struct probe_result *result)
{
	int error = probe_record_write(result);

	if (error == -ENODATA)
		log_debug("not all was measured: nothing is kept");
	else if (error < 0)
		log_warning("%s: the measurement cannot be kept: %s", STATE_DIR_PATH,
			    strerror(-error));
}

int command_probe(const struct options *options)
{
	struct probe_result result;

	signal(SIGALRM, on_time_over);
	alarm(PROBE_TIME_LIMIT_SECONDS);
	probe_run(options->backend, &result);
	alarm(0);
	if (options->keep)
		keep(&result);
	if (options->json)
		probe_print_json(stdout, &result);
	else
		probe_print_text(stdout, &result);
	return output_end(exit_code(result.corrupts));
}
