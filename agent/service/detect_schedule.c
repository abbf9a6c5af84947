/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/service/detect_schedule.h"

static uint64_t next_backoff(uint64_t backoff)
{
	return backoff < DETECT_LAST_MS / 2 ? 2 * backoff : DETECT_LAST_MS;
}

void detect_schedule_start(struct detect_schedule *schedule, uint64_t now_ms)
{
	*schedule = (struct detect_schedule){
		.due = now_ms + DETECT_FIRST_MS,
		.backoff = next_backoff(DETECT_FIRST_MS),
	};
}

void detect_schedule_hurry(struct detect_schedule *schedule, uint64_t now_ms, uint64_t delay_ms)
{
	schedule->backoff = DETECT_FIRST_MS;
	if (schedule->running)
		schedule->again = true;
	else if (schedule->due > now_ms + delay_ms)
		schedule->due = now_ms + delay_ms;
}

void detect_schedule_begin(struct detect_schedule *schedule)
{
	schedule->running = true;
	schedule->due = UINT64_MAX;
}

void detect_schedule_end(struct detect_schedule *schedule, uint64_t now_ms, bool changed)
{
	if (changed || schedule->again)
		schedule->backoff = DETECT_FIRST_MS;
	if (schedule->again) {
		schedule->due = now_ms + DETECT_SOON_MS;
	} else {
		schedule->due = now_ms + schedule->backoff;
		schedule->backoff = next_backoff(schedule->backoff);
	}
	schedule->running = schedule->again = false;
}
