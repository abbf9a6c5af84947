/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Looks at the wire from time to time (wire_schedule.h), if that is wanted: by this same program,
 * started as `offload-agent wire --json`, which has CAP_NET_RAW alone until its sockets are open,
 * and nothing while it reads. Its answer is read with a cap and a time limit. It knows no event
 * loop: it has one descriptor to poll and one time; time is a parameter, as monotonic_now_ms()
 * counts. Not wanted, it does nothing.
 */

#include "agent/record/wire_seen.h"
#include "agent/service/wire_schedule.h"

struct child_process;

/* What is configured. */
struct wire_wanted {
	bool sample;
	unsigned int seconds, every; /* how long, how often */
};

struct wire_watch {
	struct wire_seen seen;
	struct wire_wanted wanted;
	struct wire_schedule schedule;
	int epoll_fd; /* of the child that is running, or -1 */
	struct child_process *child; /* NULL: none is running */
	uint64_t deadline; /* of the child */
};

#define WIRE_WATCH_NONE                                                                            \
	{                                                                                          \
		.schedule = WIRE_SCHEDULE_NEVER, .epoll_fd = -1                                    \
	}

/* Returns 0 or a negative errno. The caller ends with wire_watch_clear(), also after a failure. */
int wire_watch_open(struct wire_watch *watch);

/* Kills the child that is running. WIRE_WATCH_NONE can be cleared. */
void wire_watch_clear(struct wire_watch *watch);

/* What is wanted from now on. A look that is running goes on, unless none is wanted any more. */
void wire_watch_configure(struct wire_watch *watch, const struct wire_wanted *wanted,
			  uint64_t now_ms);

/* A NIC came: perhaps there is something to look at now. */
void wire_watch_hurry(struct wire_watch *watch, uint64_t now_ms);

/* When to call wire_watch_wake(); UINT64_MAX = never. */
uint64_t wire_watch_due(const struct wire_watch *watch);

/* A descriptor to poll for reading: what the child answers. */
int wire_watch_fd(const struct wire_watch *watch);

/*
 * Its time has come: starts a child, or ends the one that has not answered in time. Returns whether
 * `seen` is another than before.
 */
bool wire_watch_wake(struct wire_watch *watch, uint64_t now_ms);

/* Takes what the child answers, without waiting. Returns as wire_watch_wake() does. */
bool wire_watch_read(struct wire_watch *watch, uint64_t now_ms);
