/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the running service says of itself: /run/offload-agent/service.json, small and cheap to
 * read, holds since when it runs and the facts that it judges by.
 *
 * Two locks, and only root and the service's user can have either. running.lock, which others
 * cannot open, is the right to publish: a service has it for as long as it runs, and `apply` while
 * it writes a report. service.json, which all may read, is locked by its writer before others can
 * open it: it counts for as long as that lock is held, hence never after the writer's end. A lock
 * is seen across process namespaces and without looking at /proc.
 */

#include "agent/base/utc_time.h"
#include "agent/links/checksum_rates.h"
#include "agent/record/wire_seen.h"
#include "policy/facts.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct json_writer;
struct written_file;

struct service_status {
	bool running; /* one runs; else all of it is 0 */
	pid_t pid;
	uint64_t network_namespace; /* whose NICs it keeps; 0 = not known */
	char since[UTC_TIME_SIZE];
	uint64_t corrections; /* drifts corrected since then */
	size_t n_paused; /* NICs that back off: another program keeps turning features on */
	char paused[LINK_NAME_SIZE]; /* the first of them */
	struct wire_seen wire;
	struct checksum_rates rates; /* as of its last sweep */
};

/* What is known of a running service. */
enum service_status_content {
	SERVICE_STATUS_NONE, /* none runs, or none has published yet */
	SERVICE_STATUS_WITHOUT_FACTS, /* one runs, and what it judges by is not known */
	SERVICE_STATUS_WITH_FACTS,
};

/*
 * Takes the right to publish, waiting up to `wait_ms` until it is free. Returns a descriptor;
 * closing it, or any other descriptor of the file in this process, ends the right; -EBUSY when a
 * service has it; another negative errno.
 */
int service_status_lock(int directory_fd, unsigned int wait_ms);

/* How long a service that starts waits for an `apply` that publishes. */
#define SERVICE_STATUS_LOCK_WAIT_MS 1000

/*
 * Does another process have the right to publish: a service, be it one that has not published yet?
 * Returns 1 and its process id (0 if it is in another process namespace), 0 when none has, or a
 * negative errno.
 */
int service_status_is_locked(int directory_fd, pid_t *ret_pid);

/*
 * Writes service.json, unless it says so already; the caller has the right to publish. `file` is
 * WRITTEN_FILE_NONE the first time; what the file says counts until it is cleared.
 * Returns 0 or a negative errno; then nothing counts any more of what was said of the node.
 */
int service_status_write(int directory_fd, const struct service_status *status,
			 const struct facts *facts, struct written_file *file);

/* Ends what service_status_write() began: clears `file`, and removes the one that has the name. */
void service_status_end(int directory_fd, struct written_file *file);

/*
 * Is a service running? Fills `ret_status` with what it says of itself (`since` is empty when it
 * cannot say anything), and `ret_facts` with what it says of the node when it speaks; otherwise the
 * outputs are untouched. The strings of `ret_status` are fit to be shown.
 * Returns an enum service_status_content or a negative errno.
 */
int service_status_read(int directory_fd, struct service_status *ret_status,
			struct facts *ret_facts);

/*
 * Reads the text of service.json. Returns SERVICE_STATUS_WITH_FACTS; SERVICE_STATUS_WITHOUT_FACTS
 * when it says nothing of the node (`ret_facts` is untouched); -EBADMSG (both outputs are
 * untouched) or -ENOMEM.
 */
int service_status_parse(const char *text, size_t size, struct service_status *ret_status,
			 struct facts *ret_facts);

/*
 * Writes the member "checksum_errors_per_minute", as service.json and the report have it; null when
 * the rates are not known.
 */
void service_status_write_rates(struct json_writer *writer, const struct checksum_rates *rates);

/* Writes the member "wire", as service.json and the report have it; null when none is wanted. */
void service_status_write_wire(struct json_writer *writer, const struct wire_seen *wire);
