/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Detection without power: this same program is started as `offload-agent facts --json
 * --without-links`, without privileges (child_process.h), and its answer is read with a cap and a
 * time limit. What goes wrong in there does no harm here: started by root it gets a user of its
 * own, and any other user confines it by a filter (detect_confined.h).
 *
 * The nat rules, if they are asked for, are read by a second process beside it, as `offload-agent
 * facts --json --nat-rules`, which has the capabilities for just that and detects nothing else.
 *
 * What the running kernel was measured to do (probe_record.h) comes with the facts; when it is
 * asked for and was not measured yet in this boot, a second child does it (probe_child.h), which
 * keeps the privileges for that and reads nothing but the packets that it sends. It cannot fail the
 * detection: then the answers are unknown, with the reason.
 */

#include "agent/detect/detect.h"

#include <stdint.h>

/* The child itself needs at most about 12 seconds, when nothing that it asks answers. */
#define DETECT_TIME_LIMIT_MS 20000

struct detect_child;

/*
 * Starts it. With `root` given it may read a tree that is closed to others, as far as this process
 * may (CAP_DAC_READ_SEARCH). Returns 0 or a negative errno. The caller ends with
 * detect_child_free().
 */
int detect_child_start(const struct detect_options *options, struct detect_child **ret_child);

/* To be polled for reading; one for both children. Lives as long as the child. */
int detect_child_fd(const struct detect_child *child);

/* When its time is over: DETECT_TIME_LIMIT_MS after its start, as monotonic_now_ms() counts. */
uint64_t detect_child_deadline(const struct detect_child *child);

/*
 * Takes what there is of the answers, without waiting. Returns 0 when they are complete, -EAGAIN
 * when more may come, -EFBIG when it is too long, or another negative errno.
 */
int detect_child_read(struct detect_child *child);

/*
 * Its time is over: ends what has not answered. Returns 0 when the rest can be finished without it,
 * or -ETIME.
 */
int detect_child_give_up(struct detect_child *child);

/*
 * Reaps it and reads its complete answer. Nat rules that could not be read are no failure, but a
 * fact.
 * Returns 0; -ETIME when it does not end; -EPROTO when it ended with an error, which is logged;
 * -ECHILD when it was not executed or was killed; -EBADMSG when the answer is not facts; -ENOMEM.
 * The caller ends with facts_clear().
 */
int detect_child_finish(struct detect_child *child, struct facts *ret_facts);

/* Kills it if it still runs, and reaps it. NULL is fine. Returns NULL. */
struct detect_child *detect_child_free(struct detect_child *child);

/*
 * All of it, with waiting: as detect_node(), or -ETIME, -EFBIG, or as detect_child_finish(). With
 * both versions given and no nat rules wanted there is nothing to detect and no child.
 */
int detect_node_in_child(const struct detect_options *options, struct facts *ret_facts);

/*
 * The nat rules and what connection tracking shows alone, with waiting: both take the place of what
 * `facts` says of them. Returns 0 or -ENOMEM; why they were not read is in the facts.
 */
int detect_nat_rules_in_child(const struct detect_options *options, struct facts *facts);
