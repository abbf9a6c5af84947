/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Keeps the facts of the node up to date: starts a detecting child (detect_child.h) from time to
 * time (detect_schedule.h) and when a program of Kubernetes is replaced (program_watch.h), lets it
 * read the nat rules when that is due (nat_watch.h), and says when the facts have changed. It knows
 * no event loop: it has two descriptors to poll and one time; time is a parameter, as
 * monotonic_now_ms() counts.
 */

#include "agent/detect/detect.h"
#include "agent/detect/detect_child.h"
#include "agent/detect/nat_watch.h"
#include "agent/detect/program_watch.h"
#include "agent/service/detect_schedule.h"

struct detector {
	struct detect_options options; /* its strings are borrowed */
	struct detect_schedule schedule;
	struct nat_watch nat_watch;
	struct program_watch *program_watch;
	int epoll_fd; /* of the child that is running, or -1 */
	struct detect_child *child; /* NULL: none is running */
	bool wants_nat, looks_at_nat; /* the child that is running */
};

#define DETECTOR_NONE                                                                              \
	{                                                                                          \
		.schedule.due = UINT64_MAX, .epoll_fd = -1                                         \
	}

/* Returns 0 or a negative errno. The caller ends with detector_clear(), also after a failure. */
int detector_open(struct detector *detector);

/* Kills the child that is running. DETECTOR_NONE can be cleared. */
void detector_clear(struct detector *detector);

/*
 * How to detect from now on, and which programs to watch. The strings are borrowed until the next
 * call; a child that is running goes on as it was started.
 */
void detector_configure(struct detector *detector, const struct detect_options *options);

/* The node has just been looked at, nat rules and all: the next time is a while from now. */
void detector_start(struct detector *detector, uint64_t now_ms);

/* Something happened that can have changed the facts: see detect_schedule_hurry(). */
void detector_hurry(struct detector *detector, uint64_t now_ms, uint64_t delay_ms);

/*
 * A device came that is of concern: see detect_schedule_device(). The nat rules are read again only
 * for the first one in a while; for others, what is known of them holds as long as otherwise.
 */
void detector_take_device(struct detector *detector, uint64_t now_ms);

/* When to call detector_wake(); UINT64_MAX = never. */
uint64_t detector_due(const struct detector *detector);

/* Descriptors to poll for reading: what the child answers, and what happens to the programs. */
int detector_child_fd(const struct detector *detector);
int detector_programs_fd(const struct detector *detector);

/*
 * Its time has come: starts a child, or ends the one that has not answered in time. `facts` are
 * those that are known. Returns whether they were replaced by others.
 */
bool detector_wake(struct detector *detector, struct facts *facts, uint64_t now_ms);

/* Takes what the child answers, without waiting. Returns as detector_wake() does. */
bool detector_read_child(struct detector *detector, struct facts *facts, uint64_t now_ms);

/* Takes what happened to the programs, without waiting: detects soon if it concerns one. */
void detector_read_programs(struct detector *detector, uint64_t now_ms);
