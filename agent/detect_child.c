/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect_child.h"

#include "agent/child_process.h"
#include "agent/facts_json.h"
#include "agent/monotonic.h"
#include "cleanup.h"
#include "policy/complaint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

/* How long after its answer it may take to end. */
#define END_LIMIT_MS 2000

/* The fixed arguments, the optional ones, and the NULL at the end. */
#define ARGUMENTS_MAX (6 + 5 + 1)

struct detect_child {
	struct child_process *process;
	uint64_t deadline;
};

/* A command line; each argument is owned. */
struct arguments {
	char *list[ARGUMENTS_MAX];
	size_t count;
};

static void arguments_clear(struct arguments *arguments)
{
	while (arguments->count > 0)
		free(arguments->list[--arguments->count]);
}

/* Adds "NAME" or, with a value, "NAME=VALUE". */
static int arguments_add(struct arguments *arguments, const char *name, const char *value)
{
	char *argument;

	if (asprintf(&argument, "%s%s%s", name, value ? "=" : "", value ? value : "") < 0)
		return -ENOMEM;
	arguments->list[arguments->count++] = argument;
	return 0;
}

static int arguments_fill(struct arguments *arguments, const struct detect_options *options)
{
	const struct {
		const char *name, *value;
		bool wanted;
	} table[] = {
		{"offload-agent", NULL, true},
		{"facts", NULL, true},
		{"--json", NULL, true},
		{"--without-links", NULL, true},
		/* What is configured comes with the other options. */
		{"--config", "/dev/null", true},
		{"--root", options->root, options->root},
		{"--kubelet", options->kubelet, options->kubelet},
		{"--proxy-metrics", options->proxy_metrics, options->proxy_metrics},
		{"--kubernetes-version", options->kubernetes_version, options->kubernetes_version},
		{"--kernel-release", options->kernel_release, options->kernel_release},
	};
	int result = 0;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]) && result == 0; i++) {
		if (table[i].wanted)
			result = arguments_add(arguments, table[i].name, table[i].value);
	}
	return result;
}

int detect_child_start(const struct detect_options *options, struct detect_child **ret_child)
{
	_cleanup_(cleanup_detect_child) struct detect_child *child = calloc(1, sizeof(*child));
	_cleanup_(arguments_clear) struct arguments arguments = {.count = 0};
	_cleanup_close_ int program_fd = -1;
	struct child_process_options process = {
		.argv = arguments.list,
		.output_max = DETECT_ANSWER_MAX,
		.keep_user = options->root != NULL,
		.keep_stderr = true,
	};
	int result;

	if (!child)
		return -ENOMEM;
	result = arguments_fill(&arguments, options);
	if (result < 0)
		return result;
	program_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (program_fd < 0)
		return -errno;
	process.program_fd = program_fd;
	child->deadline = monotonic_now_ms() + DETECT_TIME_LIMIT_MS;
	result = child_process_start(&process, &child->process);
	if (result == 0)
		*ret_child = TAKE_PTR(child);
	return result;
}

int detect_child_fd(const struct detect_child *child)
{
	return child_process_fd(child->process);
}

uint64_t detect_child_deadline(const struct detect_child *child)
{
	return child->deadline;
}

int detect_child_read(struct detect_child *child)
{
	return child_process_read(child->process);
}

int detect_child_finish(struct detect_child *child, struct facts *ret_facts)
{
	_cleanup_(complaints_clear) struct complaints complaints = {0};
	const char *answer;
	size_t size;
	int result, status;

	result = child_process_wait_end(child->process, monotonic_now_ms() + END_LIMIT_MS, &status);
	if (result < 0)
		return result;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == CHILD_PROCESS_NOT_EXECUTED)
		return -ECHILD;
	if (status != 0)
		return -EPROTO;
	answer = child_process_output(child->process, &size);
	return facts_json_parse(answer, size, "facts", &complaints, ret_facts);
}

struct detect_child *detect_child_free(struct detect_child *child)
{
	if (!child)
		return NULL;
	child_process_free(child->process);
	free(child);
	return NULL;
}

void cleanup_detect_child(struct detect_child **child)
{
	detect_child_free(*child);
}

int detect_node_in_child(const struct detect_options *options, struct facts *ret_facts)
{
	_cleanup_(cleanup_detect_child) struct detect_child *child = NULL;
	int result;

	if (options->kubernetes_version && options->kernel_release)
		return detect_node(options, ret_facts);
	result = detect_child_start(options, &child);
	if (result == 0)
		result = child_process_wait_output(child->process, child->deadline);
	if (result == 0)
		result = detect_child_finish(child, ret_facts);
	return result;
}
