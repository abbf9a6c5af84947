/* SPDX-License-Identifier: Apache-2.0 */

/* Wiring: options, then the command. */

#include "agent/base/exit_code.h"
#include "agent/base/log.h"
#include "agent/commands.h"
#include "agent/guarded/privileges.h"
#include "agent/options.h"
#include "agent/output.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/capability.h>

static int (*const commands[COMMANDS])(const struct options *options) = {
	[COMMAND_RUN] = command_run,	     [COMMAND_APPLY] = command_apply,
	[COMMAND_STATUS] = command_status,   [COMMAND_EXPLAIN] = command_explain,
	[COMMAND_FACTS] = command_facts,     [COMMAND_ASSESS] = command_assess,
	[COMMAND_RESTORE] = command_restore, [COMMAND_PROBE] = command_probe,
	[COMMAND_PREPARE] = command_prepare, [COMMAND_CHECK] = command_check,
	[COMMAND_RULES] = command_rules,     [COMMAND_WIRE] = command_wire,
};

/*
 * Who starts the program may have closed the standard streams; a file that takes their place would
 * get what is meant for people. Opening takes the lowest free number.
 */
static void fill_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char *argv[])
{
	char error[OPTIONS_ERROR_SIZE];
	struct options options;

	fill_standard_streams();
	if (options_parse(argc, argv, &options, error) < 0) {
		log_error("%s", error);
		return EXIT_CODE_USAGE;
	}
	if (options.help) {
		options_print_help(stdout, options.command);
		return output_end(EXIT_CODE_OK);
	}
	if (options.version) {
		puts("offload-agent " OFFLOAD_AGENT_VERSION);
		if (options.verbose)
			puts(OFFLOAD_AGENT_LINKED);
		return output_end(EXIT_CODE_OK);
	}
	log_set_verbose(options.verbose);
	/* All users may read the record and the report, whatever the caller's umask. */
	umask(022);
	privileges_raise(CAP_NET_ADMIN);
	return commands[options.command](&options);
}
