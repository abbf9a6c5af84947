/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * When the service looks at the wire: soon after its start, then as often as is configured; sooner
 * after a try that failed, and soon after a NIC came, if there was none to look at. Pure; time is a
 * parameter, in milliseconds of a clock that never goes back.
 */

#include <stdbool.h>
#include <stdint.h>

/* The first look: a node that boots is busy, and a CNI has to come up. */
#define WIRE_SCHEDULE_SOON_MS 10000

/* After a try that failed, unless the next look is due before. */
#define WIRE_SCHEDULE_RETRY_MS 300000

struct wire_schedule {
	uint64_t due; /* when to look next; UINT64_MAX = not before the running look has ended */
	uint64_t every_ms;
	uint64_t began; /* of the last look */
	bool running;
	bool failed; /* the last look */
};

#define WIRE_SCHEDULE_NEVER                                                                        \
	{                                                                                          \
		.due = UINT64_MAX                                                                  \
	}

/* Looks are wanted from now on, from the begin of one to that of the next. */
void wire_schedule_start(struct wire_schedule *schedule, uint64_t now_ms, uint64_t every_ms);

/* As often as that from now on; a look that is due stays due. */
void wire_schedule_change(struct wire_schedule *schedule, uint64_t now_ms, uint64_t every_ms);

/* A NIC came. */
void wire_schedule_hurry(struct wire_schedule *schedule, uint64_t now_ms);

/* A look begins, and has ended. */
void wire_schedule_begin(struct wire_schedule *schedule, uint64_t now_ms);
void wire_schedule_end(struct wire_schedule *schedule, uint64_t now_ms, bool failed);
