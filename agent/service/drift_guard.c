/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/service/drift_guard.h"

uint64_t drift_guard_wait(const struct drift_guard *guard, uint64_t now_ms)
{
	return guard->backoff_until > now_ms ? guard->backoff_until - now_ms : 0;
}

static void begin_backoff(struct drift_guard *guard, uint64_t now_ms)
{
	guard->backoff_ms = guard->backoff_ms ? 2 * guard->backoff_ms : DRIFT_BACKOFF_MS;
	if (guard->backoff_ms > DRIFT_BACKOFF_MAX_MS)
		guard->backoff_ms = DRIFT_BACKOFF_MAX_MS;
	guard->backoff_until = now_ms + guard->backoff_ms;
	/* Whether the other program has stopped is decided in the minute after the backoff. */
	for (unsigned int i = 0; i < DRIFT_LIMIT; i++)
		guard->corrected[i] = guard->backoff_until;
	guard->one_more = true;
}

bool drift_guard_allow(struct drift_guard *guard, uint64_t now_ms)
{
	uint64_t oldest = guard->corrected[guard->next];
	bool too_often = oldest && now_ms - oldest < DRIFT_WINDOW_MS;

	if (drift_guard_wait(guard, now_ms))
		return false;
	if (too_often && !guard->one_more) {
		begin_backoff(guard, now_ms);
		return false;
	}
	if (!too_often)
		guard->backoff_ms = 0;
	guard->one_more = false;
	guard->corrected[guard->next] = now_ms;
	guard->next = (guard->next + 1) % DRIFT_LIMIT;
	return true;
}
