/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * When the service looks at the node's facts again: soon after a start or a change, then ever more
 * rarely while nothing changes. Pure; time is a parameter, in milliseconds of a clock that never
 * goes back.
 */

#include <stdbool.h>
#include <stdint.h>

#define DETECT_FIRST_MS 30000 /* after a start or a change; doubles ... */
#define DETECT_LAST_MS	600000 /* ... up to this */

/* A CNI that makes its device is often followed by kube-proxy: let it come up. */
#define DETECT_SOON_MS 2000

/* The least time between two looks because of devices; doubles, too, while they keep coming. */
#define DETECT_DEVICE_MS 5000

struct detect_schedule {
	uint64_t due; /* when to look next; UINT64_MAX = not before the running look has ended */
	uint64_t backoff; /* after this look */
	bool running;
	bool again; /* something changed while a look was running: it may have come too late */
	/* Devices that came: */
	bool any_device;
	uint64_t device_at; /* the last one */
	uint64_t device_due; /* while a look is running: then to look again; UINT64_MAX = need not
				be */
	uint64_t device_pause; /* after the last look because of one ... */
	uint64_t device_wait; /* ... that is until then */
};

/* The service has just looked. */
void detect_schedule_start(struct detect_schedule *schedule, uint64_t now_ms);

/*
 * Something happened that can have changed the facts: look in `delay_ms`, or after the look that is
 * running. One such event after the other does not put it off.
 */
void detect_schedule_hurry(struct detect_schedule *schedule, uint64_t now_ms, uint64_t delay_ms);

/*
 * A device came that is of concern: perhaps a CNI is at work, and kube-proxy is next. Looks soon,
 * and begins anew; but where devices came already in the last ten minutes, ever more rarely, as one
 * that is made anew again and again says nothing of the node. Returns whether it is the first one
 * of these ten minutes.
 */
bool detect_schedule_device(struct detect_schedule *schedule, uint64_t now_ms);

/* A look begins. */
void detect_schedule_begin(struct detect_schedule *schedule);

/* It has ended; `changed`: the facts are others than before. */
void detect_schedule_end(struct detect_schedule *schedule, uint64_t now_ms, bool changed);
