/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/detect_child.h"

#include "agent/base/fd_wait.h"
#include "agent/base/log.h"
#include "agent/base/monotonic.h"
#include "agent/base/text.h"
#include "agent/detect/detect_nat_rules.h"
#include "agent/facts/facts_json_parse.h"
#include "agent/guarded/child_process.h"
#include "agent/guarded/privileges.h"
#include "agent/probe/probe_child.h"
#include "agent/probe/probe_record.h"
#include "array.h"
#include "cleanup.h"
#include "policy/file/diagnostics.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include <linux/capability.h>

#define ANSWER_MAX (1024 * 1024) /* bytes */

/* How long after its answer it may take to end. */
#define END_LIMIT_MS 2000

/* Bytes of its diagnostic that are logged. */
#define DIAGNOSTIC_SIZE 1024

/* All arguments that there are, and the NULL at the end. */
#define ARGUMENTS_MAX (8 + 5 + 1)

/* What is found out by a process of its own. */
enum part {
	PART_NODE,
	PART_NAT_RULES,
	PART_MEASUREMENT,
	PARTS,
};

#define ONLY(part) (1u << (part))

struct detect_child {
	struct child_process *processes[PARTS]; /* NULL: not wanted, or failed */
	bool complete[PARTS];
	int errors[PARTS]; /* why there is no process; 0 = none was wanted */
	struct measured_facts measured; /* from the record */
	int epoll_fd; /* for all of them */
	uint64_t deadline;
};

static void cleanup_detect_child(struct detect_child **child)
{
	detect_child_free(*child);
}

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

static int arguments_fill(struct arguments *arguments, const struct detect_options *options,
			  enum part part)
{
	const bool node = part == PART_NODE;
	const struct {
		const char *name, *value;
		bool wanted;
	} table[] = {
		{"offload-agent", NULL, true},
		{"facts", NULL, true},
		{"--json", NULL, true},
		{"--without-links", NULL, node},
		{"--nat-rules", NULL, !node},
		/* What is configured comes with the other options. */
		{"--config", "/dev/null", true},
		{"--root", options->root, options->root},
		{"--root-is-this-node", NULL, options->root_is_this_node},
		{"--kubelet", options->kubelet, node && options->kubelet},
		{"--proxy-metrics", options->proxy_metrics, node && options->proxy_metrics},
		{"--kubernetes-version", options->kubernetes_version,
		 node && options->kubernetes_version},
		{"--kernel-release", options->kernel_release, node && options->kernel_release},
	};
	int result = 0;

	for (size_t i = 0; i < N_ELEMENTS(table) && result == 0; i++) {
		if (table[i].wanted)
			result = arguments_add(arguments, table[i].name, table[i].value);
	}
	return result;
}

/*
 * The node is detected by a user of its own; a tree can be closed to that one. The nat rules need
 * root's own, where it is root: kernels before 4.3 let no other user keep a capability.
 */
static void give_power(struct child_process_options *process, const struct detect_options *options,
		       enum part part)
{
	if (part == PART_NAT_RULES) {
		process->capabilities = DETECT_NAT_RULES_CAPABILITIES;
		return;
	}
	process->user = privileges_pick_user();
	if (process->user && options->root)
		process->capabilities = PRIVILEGE(CAP_DAC_READ_SEARCH);
}

static int start_part(struct detect_child *child, const struct detect_options *options,
		      enum part part)
{
	_cleanup_(arguments_clear) struct arguments arguments = {.count = 0};
	struct child_process_options process = {
		.argv = arguments.list,
		.output_max = ANSWER_MAX,
		.errors = CHILD_PROCESS_ERRORS_OUTPUT,
	};
	int result;

	result = arguments_fill(&arguments, options, part);
	if (result < 0)
		return result;
	give_power(&process, options, part);
	return child_process_start_self(&process, &child->processes[part]);
}

/* What could not be found out by a part of its own does not spoil the rest. */
static void fail_part(struct detect_child *child, enum part part, int error)
{
	child->errors[part] = error;
	child->processes[part] = child_process_free(child->processes[part]);
}

static int poll_part(struct detect_child *child, enum part part)
{
	struct epoll_event event = {.events = EPOLLIN};
	int fd;

	if (!child->processes[part])
		return 0;
	fd = child_process_fd(child->processes[part]);
	return epoll_ctl(child->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int start_nat_rules(struct detect_child *child, const struct detect_options *options)
{
	int result = start_part(child, options, PART_NAT_RULES);

	if (result < 0)
		fail_part(child, PART_NAT_RULES, result);
	return poll_part(child, PART_NAT_RULES);
}

/* What this boot's kernel was measured to do, or a process that measures it. */
static int start_measurement(struct detect_child *child, const struct detect_options *options)
{
	int result = probe_record_read(&child->measured);

	if (result == 0 || result == -ENOMEM || !options->measure)
		return result == -ENOMEM ? result : 0;
	result = probe_child_start(options->backend, options->keep_measurement,
				   &child->processes[PART_MEASUREMENT]);
	if (result < 0)
		fail_part(child, PART_MEASUREMENT, result);
	return poll_part(child, PART_MEASUREMENT);
}

static int start_parts(const struct detect_options *options, unsigned int parts,
		       struct detect_child **ret_child)
{
	_cleanup_(cleanup_detect_child) struct detect_child *child = calloc(1, sizeof(*child));
	int result = 0;

	if (!child)
		return -ENOMEM;
	child->deadline = monotonic_now_ms() + DETECT_TIME_LIMIT_MS;
	child->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (child->epoll_fd < 0)
		return -errno;
	if (parts & ONLY(PART_NODE))
		result = start_part(child, options, PART_NODE);
	if (result == 0)
		result = poll_part(child, PART_NODE);
	if (result == 0 && (parts & ONLY(PART_NAT_RULES)))
		result = start_nat_rules(child, options);
	if (result == 0 && (parts & ONLY(PART_MEASUREMENT)))
		result = start_measurement(child, options);
	if (result == 0)
		*ret_child = TAKE_PTR(child);
	return result;
}

int detect_child_start(const struct detect_options *options, struct detect_child **ret_child)
{
	unsigned int parts = ONLY(PART_NODE) | ONLY(PART_MEASUREMENT);

	if (options->nat_rules)
		parts |= ONLY(PART_NAT_RULES);
	return start_parts(options, parts, ret_child);
}

int detect_child_fd(const struct detect_child *child)
{
	return child->epoll_fd;
}

uint64_t detect_child_deadline(const struct detect_child *child)
{
	return child->deadline;
}

static int read_part(struct detect_child *child, enum part part)
{
	int fd, result;

	if (!child->processes[part] || child->complete[part])
		return 0;
	fd = child_process_fd(child->processes[part]);
	result = child_process_read(child->processes[part]);
	if (result == -EAGAIN)
		return result;
	/* At its end a pipe is always ready. */
	epoll_ctl(child->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	child->complete[part] = true;
	return result;
}

/* The same for a part whose failure spoils nothing else: 0 or -EAGAIN. */
static int read_other_part(struct detect_child *child, enum part part)
{
	int result = read_part(child, part);

	if (result < 0 && result != -EAGAIN) {
		fail_part(child, part, result);
		return 0;
	}
	return result;
}

int detect_child_read(struct detect_child *child)
{
	int node = read_part(child, PART_NODE);
	int nat_rules = read_other_part(child, PART_NAT_RULES);
	int measurement = read_other_part(child, PART_MEASUREMENT);

	if (node < 0 && node != -EAGAIN)
		return node;
	return node == -EAGAIN || nat_rules == -EAGAIN || measurement == -EAGAIN ? -EAGAIN : 0;
}

int detect_child_give_up(struct detect_child *child)
{
	if (child->processes[PART_NODE] && !child->complete[PART_NODE])
		return -ETIME;
	for (enum part part = PART_NAT_RULES; part < PARTS; part++) {
		if (child->processes[part] && !child->complete[part])
			fail_part(child, part, -ETIME);
	}
	return 0;
}

static int wait_output(struct detect_child *child)
{
	int result;

	while ((result = detect_child_read(child)) == -EAGAIN) {
		result = fd_wait(child->epoll_fd, POLLIN, child->deadline);
		if (result < 0)
			return result == -ETIME ? detect_child_give_up(child) : result;
	}
	return result;
}

/* What it printed instead of an answer: a line in this program's own form, for instance. */
static void log_diagnostic(const char *diagnostic)
{
	static const char name[] = "offload-agent: ";
	char line[DIAGNOSTIC_SIZE], clean[DIAGNOSTIC_SIZE];

	snprintf(line, sizeof(line), "%.*s", (int)strcspn(diagnostic, "\n"), diagnostic);
	text_clean(line, clean, sizeof(clean));
	log_error("%s", clean + (strncmp(clean, name, strlen(name)) == 0 ? strlen(name) : 0));
}

static int finish_part(struct detect_child *child, enum part part, struct facts *ret_facts)
{
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};
	struct child_process *process = child->processes[part];
	const char *answer;
	size_t size;
	int result, status;

	result = child_process_wait_end(process, monotonic_now_ms() + END_LIMIT_MS, &status);
	if (result < 0)
		return result;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == CHILD_PROCESS_NOT_EXECUTED)
		return -ECHILD;
	answer = child_process_output(process, &size);
	if (status != 0) {
		log_diagnostic(answer);
		return -EPROTO;
	}
	return facts_json_parse(answer, size, "facts", &diagnostics, ret_facts);
}

/* Takes what the process found that read the nat rules and the flows, or why it did not. */
static int finish_nat_rules(struct detect_child *child, struct facts *ret_facts)
{
	_cleanup_(facts_clear) struct facts facts = {.nat_rules.vulnerable = ANSWER_UNKNOWN};
	int result = 0;

	if (child->processes[PART_NAT_RULES])
		result = finish_part(child, PART_NAT_RULES, &facts);
	else
		result = child->errors[PART_NAT_RULES];
	if (result == -ENOMEM)
		return result;
	if (result < 0 &&
	    asprintf(&facts.nat_rules.reason, "the process that reads them failed: %s",
		     child_process_failure(result)) < 0) {
		facts.nat_rules.reason = NULL;
		return -ENOMEM;
	}
	nat_rules_facts_clear(&ret_facts->nat_rules);
	nat_seen_facts_clear(&ret_facts->nat_seen);
	ret_facts->nat_rules = facts.nat_rules;
	ret_facts->nat_seen = facts.nat_seen;
	facts.nat_rules = (struct nat_rules_facts){.read = false};
	facts.nat_seen = (struct nat_seen_facts){.looked = false};
	return 0;
}

static int finish_measurement(struct detect_child *child, struct measured_facts *ret_measured)
{
	if (child->processes[PART_MEASUREMENT])
		return probe_child_finish(child->processes[PART_MEASUREMENT], ret_measured);
	if (child->errors[PART_MEASUREMENT] < 0)
		return probe_child_failed(child->errors[PART_MEASUREMENT], ret_measured);
	*ret_measured = child->measured;
	child->measured = (struct measured_facts){.source = NULL};
	return 0;
}

int detect_child_finish(struct detect_child *child, struct facts *ret_facts)
{
	_cleanup_(facts_clear) struct facts facts = {.links_known = false};
	int result = finish_part(child, PART_NODE, &facts);

	if (result == 0)
		result = finish_nat_rules(child, &facts);
	measured_facts_clear(&facts.measured);
	if (result == 0)
		result = finish_measurement(child, &facts.measured);
	if (result < 0)
		return result;
	*ret_facts = facts;
	facts = (struct facts){.links_known = false};
	return 0;
}

struct detect_child *detect_child_free(struct detect_child *child)
{
	if (!child)
		return NULL;
	for (enum part part = PART_NODE; part < PARTS; part++)
		child_process_free(child->processes[part]);
	measured_facts_clear(&child->measured);
	if (child->epoll_fd >= 0)
		close(child->epoll_fd);
	free(child);
	return NULL;
}

/* With both versions given there is nothing to detect: no child is needed, unless to measure. */
static int detect_without_child(const struct detect_options *options, struct facts *ret_facts)
{
	_cleanup_(measured_facts_clear) struct measured_facts measured = {.source = NULL};
	int result = probe_record_read(&measured);

	if (result == -ENOMEM || (result < 0 && options->measure))
		return result == -ENOMEM ? result : -EAGAIN;
	result = detect_node(options, NULL, NULL, ret_facts);
	if (result < 0)
		return result;
	ret_facts->measured = measured;
	measured = (struct measured_facts){.source = NULL};
	return 0;
}

int detect_node_in_child(const struct detect_options *options, struct facts *ret_facts)
{
	_cleanup_(cleanup_detect_child) struct detect_child *child = NULL;
	int result;

	if (options->kubernetes_version && options->kernel_release && !options->nat_rules) {
		result = detect_without_child(options, ret_facts);
		if (result != -EAGAIN)
			return result;
	}
	result = detect_child_start(options, &child);
	if (result == 0)
		result = wait_output(child);
	if (result == 0)
		result = detect_child_finish(child, ret_facts);
	return result;
}

int detect_nat_rules_in_child(const struct detect_options *options, struct facts *facts)
{
	_cleanup_(cleanup_detect_child) struct detect_child *child = NULL;
	int result;

	result = start_parts(options, ONLY(PART_NAT_RULES), &child);
	if (result < 0)
		return result;
	result = wait_output(child);
	if (result < 0)
		fail_part(child, PART_NAT_RULES, result);
	return finish_nat_rules(child, facts);
}
