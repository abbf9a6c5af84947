/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/service/symptom_watch.h"

#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/base/utc_time.h"
#include "agent/devices/devices.h"
#include "agent/links/qdiscs.h"
#include "agent/record/state_dir.h"
#include "agent/record/symptoms_file.h"
#include "agent/service/journal.h"
#include "agent/service/keeper.h"
#include "cleanup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What all looks of one time have in common. */
struct round {
	struct keeper *keeper;
	struct qdisc *qdiscs; /* once one of them is looked at */
	size_t n_qdiscs;
	bool asked_qdiscs;
	uint64_t now_ms;
	bool waits; /* something waits on one of the NICs */
	bool seen; /* something new */
};

static void round_clear(const struct round *round)
{
	free(round->qdiscs);
}

/* Without them, drivers with byte queue limits are still seen. */
static void need_qdiscs(struct round *round)
{
	if (!round->asked_qdiscs)
		qdiscs_read(&round->qdiscs, &round->n_qdiscs);
	round->asked_qdiscs = true;
}

static void note(struct round *round, const struct link_facts *link, enum symptom symptom,
		 struct symptom_facts *seen)
{
	struct keeper *keeper = round->keeper;

	seen->ifindex = link->ifindex;
	text_clean(link->name, seen->name, sizeof(seen->name));
	memcpy(seen->mac, link->mac, sizeof(seen->mac));
	snprintf(seen->symptom, sizeof(seen->symptom), "%s", symptom_name(symptom));
	utc_time_now(seen->seen);
	if (inspection_add_symptom(&keeper->inspection, seen) < 0)
		return; /* it is seen again */
	journal_symptom(seen);
	round->seen = true;
}

static void note_timeouts(struct round *round, const struct link_facts *link, uint64_t n_timeouts)
{
	struct symptom_facts seen = {.ifindex = 0};

	snprintf(seen.what, sizeof(seen.what), "%" PRIu64 " transmit timeout%s", n_timeouts,
		 n_timeouts == 1 ? "" : "s");
	note(round, link, SYMPTOM_TX_TIMEOUTS, &seen);
}

static void note_stall(struct round *round, const struct link_facts *link,
		       const struct tx_look *before, const struct tx_look *now)
{
	struct symptom_facts seen = {.ifindex = 0};

	snprintf(seen.what, sizeof(seen.what),
		 "nothing sent for %" PRIu64 " s while %" PRIu64 " octets waited",
		 (now->at_ms - before->at_ms) / 1000, now->in_flight + now->backlog);
	note(round, link, SYMPTOM_TX_STALL, &seen);
}

static void look(struct round *round, const struct asked_link *asked, struct tx_look *before)
{
	struct tx_look now;

	if (before->at_ms && round->now_ms - before->at_ms < TX_LOOK_APART_MS)
		return;
	need_qdiscs(round);
	if (tx_look_read(DEVICES_SYSFS, asked->link, round->qdiscs, round->n_qdiscs, round->now_ms,
			 &now) < 0) {
		*before = (struct tx_look){.at_ms = 0};
		return;
	}
	if (tx_looks_timeouts(before, &now))
		note_timeouts(round, asked->link, tx_looks_timeouts(before, &now));
	else if (asked->symptom == SYMPTOM_TX_STALL && tx_looks_stalled(before, &now))
		note_stall(round, asked->link, before, &now);
	else
		round->waits |= asked->symptom == SYMPTOM_TX_STALL && tx_look_waits(&now);
	*before = now;
}

static void look_at_all(struct round *round)
{
	struct keeper *keeper = round->keeper;
	const struct inspection *inspection = &keeper->inspection;
	_cleanup_free_ struct asked_link *links = NULL;
	const ssize_t n_links = inspection_asked_links(inspection, &links);

	for (ssize_t i = 0; i < n_links; i++) {
		struct nic_state *state = nic_states_get(&keeper->states, links[i].link->ifindex);

		if (symptoms_follow(inspection->symptoms, inspection->network_namespace,
				    links[i].link))
			keeper->symptoms_unwritten = keeper->resync = true;
		if (state && links[i].symptom != SYMPTOM_NONE)
			look(round, &links[i], &state->look);
		else if (state)
			state->look = (struct tx_look){.at_ms = 0};
	}
}

/* A failure is logged once. */
static void write_symptoms(struct keeper *keeper)
{
	int result = keeper_open_folder(keeper);

	if (result == 0)
		result = symptoms_file_write(keeper->directory_fd, keeper->inspection.symptoms);
	if (result < 0 && result != keeper->symptoms_error)
		log_warning("%s/" SYMPTOMS_FILE ": cannot be written: %s", STATE_DIR_PATH,
			    state_dir_failure(result));
	keeper->symptoms_error = result;
	keeper->symptoms_unwritten = result < 0;
}

uint64_t symptom_watch_look(struct keeper *keeper, bool sure, uint64_t now_ms)
{
	_cleanup_(round_clear) struct round round = {.keeper = keeper, .now_ms = now_ms};

	if (!inspection_needs_symptoms(&keeper->inspection) || !keeper->inspection.symptoms)
		return UINT64_MAX;
	look_at_all(&round);
	if (round.seen)
		keeper->symptoms_unwritten = keeper->resync = true;
	if (keeper->symptoms_unwritten)
		write_symptoms(keeper);
	return round.waits && !sure ? now_ms + TX_LOOK_APART_MS : UINT64_MAX;
}

void symptom_watch_rewrite(struct keeper *keeper)
{
	const struct symptoms *symptoms = keeper->inspection.symptoms;

	keeper->symptoms_unwritten = symptoms && symptoms->n_seen > 0;
}
