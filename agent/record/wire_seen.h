/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the service saw on the wire when it last looked: the sums of what `wire --json` printed, and
 * the peers that sent wrong checksums. It speaks of those peers, and never of this node's state.
 */

#include "agent/base/utc_time.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t;

/* Enough to know where to go; how many there are is counted. */
#define WIRE_SEEN_LISTED 8

#define WIRE_SEEN_MARK_SIZE    24
#define WIRE_SEEN_FAILURE_SIZE 160

enum wire_seen_outcome {
	WIRE_SEEN_UNKNOWN, /* nothing could be judged */
	WIRE_SEEN_RIGHT,
	WIRE_SEEN_WRONG,
	WIRE_SEEN_OUTCOMES,
};

struct wire_seen_peer {
	char address[INET6_ADDRSTRLEN];
	char looks_like[WIRE_SEEN_MARK_SIZE]; /* as `wire` calls it */
	uint64_t attempts, wrong, inner_wrong;
};

struct wire_seen {
	bool wanted; /* the configuration says so; else all of it is 0 */
	uint64_t looks; /* that came to their end, since the service runs; 0: the rest is 0 */
	char failure[WIRE_SEEN_FAILURE_SIZE]; /* why the last try was none; "" = it was one */
	/* Of the last look: */
	char time[UTC_TIME_SIZE]; /* of its end */
	uint64_t seconds;
	enum wire_seen_outcome outcome;
	uint64_t attempts, answers; /* of all peers, as the next ones */
	uint64_t right, zero, unfinished, wrong, vouched_wrong, inner_wrong;
	uint64_t lost; /* packets that came faster than they were read */
	uint64_t n_peers, n_wrong; /* how many peers; how many of them sent wrong ones */
	struct wire_seen_peer listed[WIRE_SEEN_LISTED]; /* the first of these */
	size_t n_listed;
};

/* "unknown", "right", "wrong". */
const char *wire_seen_outcome_name(enum wire_seen_outcome outcome);

/*
 * Takes in what `wire --json` printed: replaces all that is of a look, and counts it. Returns 0,
 * -EBADMSG (`seen` is untouched) or -ENOMEM.
 */
int wire_seen_take(struct wire_seen *seen, const char *text, size_t size);

/*
 * Reads what service.json says of it; NULL: nothing, which is "not wanted". Returns 0 or -EBADMSG
 * (`ret_seen` is untouched). Its texts are fit to be shown.
 */
int wire_seen_read(struct json_t *json, struct wire_seen *ret_seen);
