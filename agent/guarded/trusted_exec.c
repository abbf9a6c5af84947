/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/guarded/trusted_exec.h"

#include "agent/base/monotonic.h"
#include "agent/guarded/child_process.h"
#include "cleanup.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

/* What is wrong with how the program ended; NULL = nothing. */
static char *judge_status(int status)
{
	char *why = NULL;
	int length = 0;

	if (WIFSIGNALED(status))
		length = asprintf(&why, "was killed by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) == CHILD_PROCESS_NOT_EXECUTED)
		length = asprintf(&why, "cannot be executed without privileges");
	else if (WEXITSTATUS(status) != 0)
		length = asprintf(&why, "ended with exit code %d", WEXITSTATUS(status));
	return length < 0 ? NULL : why;
}

/* What is wrong, in words, for a program that did not even end by itself. */
static char *judge_error(int error, const struct trusted_exec *program)
{
	char *why = NULL;
	int length;

	if (error == -ETIME)
		length = asprintf(&why, "did not end within %u ms, was killed", program->limit_ms);
	else if (error == -EFBIG)
		length = asprintf(&why, "printed more than %zu bytes, was killed",
				  program->output_max);
	else
		length = asprintf(&why, "cannot be run: %s", strerror(-error));
	return length < 0 ? NULL : why;
}

static int take_output(const struct child_process *child, char **ret_output)
{
	size_t size;
	const char *output = child_process_output(child, &size);

	if (strlen(output) != size)
		return -EBADMSG;
	*ret_output = strdup(output);
	return *ret_output ? 0 : -ENOMEM;
}

/* Runs an opened program; -EPERM with a reason, or without one when memory is short. */
static int run(int program_fd, const struct trusted_exec *program, char **ret_output,
	       char **ret_why)
{
	_cleanup_free_ char *name = strdup(program->path);
	_cleanup_free_ char *option = program->option ? strdup(program->option) : NULL;
	char *const argv[] = {name, option, NULL};
	const struct child_process_options options = {
		.program_fd = program_fd,
		.argv = argv,
		.output_max = program->output_max,
		.capabilities = program->capabilities,
		.foreign = true,
	};
	_cleanup_(cleanup_child_process) struct child_process *child = NULL;
	uint64_t deadline = monotonic_now_ms() + program->limit_ms;
	int result, status = 0;

	if (!name || (program->option && !option))
		return -ENOMEM;
	result = child_process_start(&options, &child);
	if (result == 0)
		result = child_process_wait_output(child, deadline);
	if (result == 0)
		result = child_process_wait_end(child, deadline, &status);
	if (result == -ENOMEM)
		return result;
	if (result == 0 && status == 0)
		return take_output(child, ret_output);
	*ret_why = result < 0 ? judge_error(result, program) : judge_status(status);
	return *ret_why ? -EPERM : -ENOMEM;
}

int trusted_exec_run(const struct node_root *root, const struct trusted_exec *program,
		     char **ret_output, char **ret_why)
{
	_cleanup_free_ char *refusal = NULL;
	_cleanup_close_ int fd = node_root_open_program(root, program->path, &refusal);
	int result;

	if (fd == -EPERM)
		return asprintf(ret_why, "%s: not executed: %s", program->path, refusal) < 0
			       ? -ENOMEM
			       : fd;
	if (fd < 0)
		return fd;
	result = run(fd, program, ret_output, &refusal);
	if (result == -EBADMSG)
		refusal = strdup("printed something else than text");
	if (result == -ENOMEM || result == 0)
		return result;
	if (!refusal || asprintf(ret_why, "%s%s%s: %s", program->path, program->option ? " " : "",
				 program->option ? program->option : "", refusal) < 0)
		return -ENOMEM;
	return -EPERM;
}

int trusted_exec_version(const struct node_root *root, const char *path, const char *option,
			 unsigned int limit_ms, char **ret_output, char **ret_why)
{
	const struct trusted_exec program = {
		.path = path,
		.option = option,
		.limit_ms = limit_ms,
		.output_max = TRUSTED_EXEC_OUTPUT_MAX,
	};

	return trusted_exec_run(root, &program, ret_output, ret_why);
}
