/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/service/wire_watch.h"

#include "agent/base/exit_code.h"
#include "agent/base/log.h"
#include "agent/base/monotonic.h"
#include "agent/base/text.h"
#include "agent/guarded/child_process.h"
#include "agent/guarded/privileges.h"
#include "cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include <linux/capability.h>

/* As many peers as it lists, at the most. */
#define ANSWER_MAX (4 * 1024 * 1024)

/* How much longer than it looks it may take, and how long to end after its answer. */
#define ANSWER_LIMIT_MS 30000
#define END_LIMIT_MS	2000

#define PROGRAM_NAME "offload-agent: "

int wire_watch_open(struct wire_watch *watch)
{
	watch->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return watch->epoll_fd < 0 ? -errno : 0;
}

static void free_child(struct wire_watch *watch)
{
	if (!watch->child)
		return;
	epoll_ctl(watch->epoll_fd, EPOLL_CTL_DEL, child_process_fd(watch->child), NULL);
	watch->child = child_process_free(watch->child);
}

void wire_watch_clear(struct wire_watch *watch)
{
	free_child(watch);
	if (watch->epoll_fd >= 0)
		close(watch->epoll_fd);
	*watch = (struct wire_watch)WIRE_WATCH_NONE;
}

void wire_watch_configure(struct wire_watch *watch, const struct wire_wanted *wanted,
			  uint64_t now_ms)
{
	const uint64_t every_ms = UINT64_C(1000) * wanted->every;

	if (!wanted->sample) {
		free_child(watch);
		watch->seen = (struct wire_seen){.wanted = false};
		watch->schedule = (struct wire_schedule)WIRE_SCHEDULE_NEVER;
	} else if (!watch->wanted.sample) {
		watch->seen.wanted = true;
		wire_schedule_start(&watch->schedule, now_ms, every_ms);
	} else {
		wire_schedule_change(&watch->schedule, now_ms, every_ms);
	}
	watch->wanted = *wanted;
}

void wire_watch_hurry(struct wire_watch *watch, uint64_t now_ms)
{
	wire_schedule_hurry(&watch->schedule, now_ms);
}

uint64_t wire_watch_due(const struct wire_watch *watch)
{
	return watch->child ? watch->deadline : watch->schedule.due;
}

int wire_watch_fd(const struct wire_watch *watch)
{
	return watch->epoll_fd;
}

static void log_seen(const struct wire_seen *seen)
{
	const struct wire_seen_peer *first = &seen->listed[0];

	if (seen->n_listed)
		log_warning("wire: %" PRIu64 " of %" PRIu64
			    " peers sent wrong checksums, such as %s (%s): cure it there",
			    seen->n_wrong, seen->n_peers, first->address, first->looks_like);
}

/* A look has ended, or could not be: `failure` says why; NULL = it was one. */
static bool finish(struct wire_watch *watch, const char *failure, uint64_t now_ms)
{
	struct wire_seen *seen = &watch->seen;
	const bool other = failure && strcmp(failure, seen->failure) != 0;

	free_child(watch);
	wire_schedule_end(&watch->schedule, now_ms, failure != NULL);
	if (!failure) {
		log_seen(seen);
		return true;
	}
	if (other) {
		snprintf(seen->failure, sizeof(seen->failure), "%s", failure);
		log_warning("wire: cannot look: %s", seen->failure);
	}
	return other;
}

/* What it printed instead of an answer: a line in this program's own form. */
static const char *read_diagnostic(const char *answer, char text[static WIRE_SEEN_FAILURE_SIZE])
{
	char line[WIRE_SEEN_FAILURE_SIZE];

	if (strncmp(answer, PROGRAM_NAME, strlen(PROGRAM_NAME)) == 0)
		answer += strlen(PROGRAM_NAME);
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(answer, "\n"), answer);
	return text_clean(line[0] ? line : "it ended without an answer", text,
			  WIRE_SEEN_FAILURE_SIZE);
}

static bool finish_answer(struct wire_watch *watch, uint64_t now_ms)
{
	char failure[WIRE_SEEN_FAILURE_SIZE];
	const char *answer;
	size_t size;
	int status, result;

	result = child_process_wait_end(watch->child, monotonic_now_ms() + END_LIMIT_MS, &status);
	if (result < 0)
		return finish(watch, child_process_failure(result), now_ms);
	if (!WIFEXITED(status) || WEXITSTATUS(status) == CHILD_PROCESS_NOT_EXECUTED)
		return finish(watch, child_process_failure(-ECHILD), now_ms);
	answer = child_process_output(watch->child, &size);
	result = wire_seen_take(&watch->seen, answer, size);
	if (result == 0)
		return finish(watch, NULL, now_ms);
	if (result == -ENOMEM)
		return finish(watch, strerror(ENOMEM), now_ms);
	return finish(watch, read_diagnostic(answer, failure), now_ms);
}

bool wire_watch_read(struct wire_watch *watch, uint64_t now_ms)
{
	int result = watch->child ? child_process_read(watch->child) : -EAGAIN;

	if (result == -EAGAIN)
		return false;
	if (result < 0)
		return finish(watch, strerror(-result), now_ms);
	return finish_answer(watch, now_ms);
}

/* A user of its own, where this process is root's: it takes CAP_NET_RAW along since Linux 4.3. */
static int start_child(struct wire_watch *watch)
{
	char name[] = "offload-agent", command[] = "wire", json[] = "--json", seconds[32];
	char *const arguments[] = {name, command, json, seconds, NULL};
	const struct child_process_options options = {
		.argv = arguments,
		.output_max = ANSWER_MAX,
		.user = privileges_pick_user(),
		.capabilities = PRIVILEGE(CAP_NET_RAW),
		.errors = CHILD_PROCESS_ERRORS_OUTPUT,
	};
	struct epoll_event event = {.events = EPOLLIN};
	int result;

	snprintf(seconds, sizeof(seconds), "--seconds=%u", watch->wanted.seconds);
	result = child_process_start_self(&options, &watch->child);
	if (result < 0)
		return result;
	result = epoll_ctl(watch->epoll_fd, EPOLL_CTL_ADD, child_process_fd(watch->child), &event);
	return result < 0 ? -errno : 0;
}

bool wire_watch_wake(struct wire_watch *watch, uint64_t now_ms)
{
	int result;

	if (watch->child)
		return finish(watch, "it did not answer in time", now_ms);
	wire_schedule_begin(&watch->schedule, now_ms);
	if (!privileges_have(CAP_NET_RAW))
		return finish(watch,
			      "no CAP_NET_RAW to look at packets: offload-agent.conf(5) says how",
			      now_ms);
	watch->deadline = now_ms + UINT64_C(1000) * watch->wanted.seconds + ANSWER_LIMIT_MS;
	result = start_child(watch);
	return result < 0 && finish(watch, child_process_failure(result), now_ms);
}
