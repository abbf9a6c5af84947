/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/service/wire_schedule.h"

static uint64_t earlier(uint64_t time, uint64_t other)
{
	return time < other ? time : other;
}

void wire_schedule_start(struct wire_schedule *schedule, uint64_t now_ms, uint64_t every_ms)
{
	*schedule = (struct wire_schedule){
		.due = now_ms + WIRE_SCHEDULE_SOON_MS,
		.every_ms = every_ms,
	};
}

void wire_schedule_change(struct wire_schedule *schedule, uint64_t now_ms, uint64_t every_ms)
{
	if (!schedule->running && schedule->due > now_ms)
		schedule->due = earlier(schedule->due, now_ms + every_ms);
	schedule->every_ms = every_ms;
}

void wire_schedule_hurry(struct wire_schedule *schedule, uint64_t now_ms)
{
	if (schedule->failed && !schedule->running)
		schedule->due = earlier(schedule->due, now_ms + WIRE_SCHEDULE_SOON_MS);
}

void wire_schedule_begin(struct wire_schedule *schedule, uint64_t now_ms)
{
	schedule->running = true;
	schedule->began = now_ms;
	schedule->due = UINT64_MAX;
}

void wire_schedule_end(struct wire_schedule *schedule, uint64_t now_ms, bool failed)
{
	const uint64_t next = schedule->began + schedule->every_ms;

	schedule->running = false;
	schedule->failed = failed;
	schedule->due = next > now_ms ? next : now_ms;
	if (failed)
		schedule->due =
			earlier(now_ms + schedule->every_ms, now_ms + WIRE_SCHEDULE_RETRY_MS);
}
