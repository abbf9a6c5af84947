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
		.device_due = UINT64_MAX,
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

/* Unless one is due before. */
static void look_for_device(struct detect_schedule *schedule, uint64_t due)
{
	uint64_t *next = schedule->running ? &schedule->device_due : &schedule->due;

	if (*next <= due)
		return;
	*next = due;
	schedule->device_pause = next_backoff(schedule->device_pause);
	schedule->device_wait = due + schedule->device_pause;
}

bool detect_schedule_device(struct detect_schedule *schedule, uint64_t now_ms)
{
	const uint64_t soon = now_ms + DETECT_SOON_MS;
	const bool first = !schedule->any_device || now_ms - schedule->device_at >= DETECT_LAST_MS;

	schedule->any_device = true;
	schedule->device_at = now_ms;
	if (first) {
		schedule->device_pause = DETECT_DEVICE_MS;
		schedule->device_wait = soon + DETECT_DEVICE_MS;
		detect_schedule_hurry(schedule, now_ms, DETECT_SOON_MS);
	} else {
		look_for_device(schedule,
				soon > schedule->device_wait ? soon : schedule->device_wait);
	}
	return first;
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
	if (schedule->due > schedule->device_due)
		schedule->due = schedule->device_due;
	schedule->device_due = UINT64_MAX;
	schedule->running = schedule->again = false;
}
