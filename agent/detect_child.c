/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect_child.h"

#include "agent/child_process.h"
#include "agent/facts_json.h"
#include "agent/monotonic.h"
#include "agent/probe_child.h"
#include "agent/probe_record.h"
#include "cleanup.h"
#include "policy/complaint.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>

/* How long after its answer it may take to end. */
#define END_LIMIT_MS 2000

/* The fixed arguments, the optional ones, and the NULL at the end. */
#define ARGUMENTS_MAX (6 + 5 + 1)

struct detect_child {
	struct child_process *process;
	struct child_process *measuring; /* NULL: there is nothing to measure */
	int measuring_error; /* why its output is of no use */
	struct measured_facts measured; /* without it */
	int poll_fd; /* for the outputs that are not complete yet */
	bool process_done, measuring_done;
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

static int start_detecting(const struct detect_options *options, struct detect_child *child)
{
	_cleanup_(arguments_clear) struct arguments arguments = {.count = 0};
	_cleanup_close_ int program_fd = -1;
	struct child_process_options process = {
		.argv = arguments.list,
		.output_max = DETECT_ANSWER_MAX,
		.keep_user = options->root != NULL,
		.keep_stderr = true,
	};
	int result;

	result = arguments_fill(&arguments, options);
	if (result < 0)
		return result;
	program_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (program_fd < 0)
		return -errno;
	process.program_fd = program_fd;
	return child_process_start(&process, &child->process);
}

/* What this boot's kernel was measured to do, or a child that measures it. */
static int start_measuring(const struct detect_options *options, struct detect_child *child)
{
	int result = probe_record_read(&child->measured);

	if (result == 0 || result == -ENOMEM || !options->measure)
		return result == -ENOMEM ? result : 0;
	result = probe_child_start(options->backend, options->keep_measurement, &child->measuring);
	return result < 0 ? probe_child_failed(result, &child->measured) : 0;
}

static int poll_also(struct detect_child *child, const struct child_process *process)
{
	struct epoll_event event = {.events = EPOLLIN};

	if (!process)
		return 0;
	return epoll_ctl(child->poll_fd, EPOLL_CTL_ADD, child_process_fd(process), &event) < 0
		       ? -errno
		       : 0;
}

int detect_child_start(const struct detect_options *options, struct detect_child **ret_child)
{
	_cleanup_(cleanup_detect_child) struct detect_child *child = calloc(1, sizeof(*child));
	int result;

	if (!child)
		return -ENOMEM;
	child->deadline = monotonic_now_ms() + DETECT_TIME_LIMIT_MS;
	child->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (child->poll_fd < 0)
		return -errno;
	result = start_detecting(options, child);
	if (result == 0)
		result = start_measuring(options, child);
	if (result == 0)
		result = poll_also(child, child->process);
	if (result == 0)
		result = poll_also(child, child->measuring);
	child->measuring_done = !child->measuring;
	if (result == 0)
		*ret_child = TAKE_PTR(child);
	return result;
}

int detect_child_fd(const struct detect_child *child)
{
	return child->poll_fd;
}

uint64_t detect_child_deadline(const struct detect_child *child)
{
	return child->deadline;
}

/* Reads on until it is complete or cannot be read; then nobody waits for it any more. */
static int read_output(struct detect_child *child, struct child_process *process, bool *done)
{
	int result = *done ? 0 : child_process_read(process);

	if (result == -EAGAIN || *done)
		return result;
	*done = true;
	epoll_ctl(child->poll_fd, EPOLL_CTL_DEL, child_process_fd(process), NULL);
	return result;
}

int detect_child_read(struct detect_child *child)
{
	int result = read_output(child, child->process, &child->process_done);
	int measuring = read_output(child, child->measuring, &child->measuring_done);

	if (measuring < 0 && measuring != -EAGAIN)
		child->measuring_error = measuring;
	if (result == 0 && measuring == -EAGAIN)
		return -EAGAIN;
	return result;
}

static int finish_detecting(struct detect_child *child, struct facts *ret_facts)
{
	_cleanup_(complaints_clear) struct complaints complaints = {0};
	const char *answer;
	size_t size;
	int result, status;

	result = child_process_wait_end(child->process, monotonic_now_ms() + END_LIMIT_MS, &status);
	if (result < 0)
		return result;
	if (status != 0)
		return -EPROTO;
	answer = child_process_output(child->process, &size);
	return facts_json_parse(answer, size, "facts", &complaints, ret_facts);
}

static int finish_measuring(struct detect_child *child)
{
	if (!child->measuring)
		return 0;
	if (child->measuring_error < 0)
		return probe_child_failed(child->measuring_error, &child->measured);
	return probe_child_finish(child->measuring, &child->measured);
}

int detect_child_finish(struct detect_child *child, struct facts *ret_facts)
{
	int result = finish_measuring(child);

	if (result == 0)
		result = finish_detecting(child, ret_facts);
	if (result < 0)
		return result;
	measured_facts_clear(&ret_facts->measured);
	ret_facts->measured = child->measured;
	child->measured = (struct measured_facts){0};
	return 0;
}

struct detect_child *detect_child_free(struct detect_child *child)
{
	if (!child)
		return NULL;
	child_process_free(child->process);
	child_process_free(child->measuring);
	measured_facts_clear(&child->measured);
	cleanup_close(&child->poll_fd);
	free(child);
	return NULL;
}

void cleanup_detect_child(struct detect_child **child)
{
	detect_child_free(*child);
}

static int wait_for_answers(struct detect_child *child)
{
	struct pollfd polled = {.fd = child->poll_fd, .events = POLLIN};
	int result;

	while ((result = detect_child_read(child)) == -EAGAIN) {
		int left = monotonic_ms_until(child->deadline);

		if (left == 0)
			return -ETIME;
		if (poll(&polled, 1, left) < 0 && errno != EINTR)
			return -errno;
	}
	return result;
}

/* With both versions given there is nothing to detect: no child is needed, unless to measure. */
static int detect_without_child(const struct detect_options *options, struct facts *ret_facts)
{
	_cleanup_(measured_facts_clear) struct measured_facts measured = {.source = NULL};
	int result = probe_record_read(&measured);

	if (result == -ENOMEM || (result < 0 && options->measure))
		return result == -ENOMEM ? result : -EAGAIN;
	result = detect_node(options, ret_facts);
	if (result < 0)
		return result;
	ret_facts->measured = measured;
	measured = (struct measured_facts){0};
	return 0;
}

int detect_node_in_child(const struct detect_options *options, struct facts *ret_facts)
{
	_cleanup_(cleanup_detect_child) struct detect_child *child = NULL;
	int result;

	if (options->kubernetes_version && options->kernel_release) {
		result = detect_without_child(options, ret_facts);
		if (result != -EAGAIN)
			return result;
	}
	result = detect_child_start(options, &child);
	if (result == 0)
		result = wait_for_answers(child);
	if (result == 0)
		result = detect_child_finish(child, ret_facts);
	return result;
}
