/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/checksum_rates.h"

#define MINUTE_MS UINT64_C(60000)

/* No kernel counts so much between two readings; and twice that fits, multiplied and added to. */
#define RISE_MAX (INT64_MAX / MINUTE_MS / 4)

static bool are_comparable(const struct checksum_reading *before,
			   const struct checksum_reading *now)
{
	return before->counters.known && now->counters.known && now->time_ms >= before->time_ms &&
	       now->network_namespace == before->network_namespace;
}

/* Adds the rise of one counter. */
static bool add_rise(uint64_t before, uint64_t now, uint64_t *sum)
{
	if (now < before || now - before > RISE_MAX)
		return false;
	*sum += now - before;
	return true;
}

static uint64_t per_minute(uint64_t rise, uint64_t interval_ms)
{
	return (rise * MINUTE_MS + interval_ms / 2) / interval_ms;
}

bool checksum_rates_take(struct checksum_rates *rates, struct checksum_reading *before,
			 const struct checksum_reading *now)
{
	const struct checksum_counters *from = &before->counters, *to = &now->counters;
	const struct checksum_rates old = *rates;
	struct checksum_rates fresh = {.known = false};
	uint64_t udp = 0, tcp = 0;

	if (are_comparable(before, now) && add_rise(from->udp, to->udp, &udp) &&
	    add_rise(from->udp6, to->udp6, &udp) && add_rise(from->tcp, to->tcp, &tcp)) {
		const uint64_t interval_ms = now->time_ms - before->time_ms;

		if (interval_ms < CHECKSUM_RATES_INTERVAL_MS)
			return false;
		fresh = (struct checksum_rates){
			.known = true,
			.udp = per_minute(udp, interval_ms),
			.tcp = per_minute(tcp, interval_ms),
		};
	}
	*before = *now;
	*rates = fresh;
	return fresh.known != old.known || fresh.udp != old.udp || fresh.tcp != old.tcp;
}
