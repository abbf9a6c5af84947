/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/service/detector.h"

#include "agent/base/log.h"
#include "agent/facts/facts_json.h"
#include "agent/nf_tables/detect_nf_tables.h"
#include "agent/service/journal.h"
#include "cleanup.h"

#include <errno.h>
#include <sys/epoll.h>

int detector_open(struct detector *detector)
{
	detector->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (detector->epoll_fd < 0)
		return -errno;
	return program_watch_open(&detector->program_watch);
}

static void free_child(struct detector *detector)
{
	if (!detector->child)
		return;
	epoll_ctl(detector->epoll_fd, EPOLL_CTL_DEL, detect_child_fd(detector->child), NULL);
	detector->child = detect_child_free(detector->child);
}

void detector_clear(struct detector *detector)
{
	free_child(detector);
	program_watch_close(detector->program_watch);
	if (detector->epoll_fd >= 0)
		close(detector->epoll_fd);
	*detector = (struct detector)DETECTOR_NONE;
}

static void watch_programs(struct detector *detector)
{
	if (program_watch_set(detector->program_watch, detector->options.root,
			      detector->options.kubelet) < 0)
		log_debug("out of memory; the timer alone looks for changes of Kubernetes");
}

void detector_configure(struct detector *detector, const struct detect_options *options)
{
	detector->options = *options;
	watch_programs(detector);
}

static uint64_t nat_generation(void)
{
	uint32_t generation;

	return nf_tables_generation(&generation) < 0 ? NAT_WATCH_UNKNOWN : generation;
}

void detector_start(struct detector *detector, uint64_t now_ms)
{
	detect_schedule_start(&detector->schedule, now_ms);
	nat_watch_begin(&detector->nat_watch, nat_generation(), now_ms);
}

void detector_hurry(struct detector *detector, uint64_t now_ms, uint64_t delay_ms)
{
	nat_watch_ask(&detector->nat_watch);
	detect_schedule_hurry(&detector->schedule, now_ms, delay_ms);
}

void detector_take_device(struct detector *detector, uint64_t now_ms)
{
	if (detect_schedule_device(&detector->schedule, now_ms))
		nat_watch_ask(&detector->nat_watch);
}

uint64_t detector_due(const struct detector *detector)
{
	return detector->child ? detect_child_deadline(detector->child) : detector->schedule.due;
}

int detector_child_fd(const struct detector *detector)
{
	return detector->epoll_fd;
}

int detector_programs_fd(const struct detector *detector)
{
	return program_watch_fd(detector->program_watch);
}

/* Takes the facts that the child found. Returns whether they are others than before. */
static bool take_facts(struct detector *detector, struct facts *found, uint64_t now_ms,
		       struct facts *facts)
{
	if (detector->wants_nat &&
	    nat_watch_keep(&detector->nat_watch, facts, detector->looks_at_nat, now_ms, found) < 0)
		log_debug("out of memory; what was known of nat is forgotten");
	if (facts_json_equal(facts, found))
		return false;
	facts_clear(facts);
	*facts = *found;
	*found = (struct facts){0};
	return true;
}

/* The child is done, or could not be started, with this result. */
static bool finish(struct detector *detector, int result, struct facts *facts, uint64_t now_ms)
{
	_cleanup_(facts_clear) struct facts found = {0};
	bool changed = false;

	if (result == 0)
		result = detect_child_finish(detector->child, &found);
	free_child(detector);
	if (result == 0) {
		changed = take_facts(detector, &found, now_ms, facts);
	} else {
		journal_detection_failed(result);
		/* The nat rules that were to be read with it were not: they are still due. */
		nat_watch_ask(&detector->nat_watch);
	}
	watch_programs(detector); /* their folders may have come meanwhile */
	detect_schedule_end(&detector->schedule, now_ms, changed);
	return changed;
}

/* Is the child to look at the nat rules as well, if they are wanted? */
static bool look_at_nat(struct detector *detector, uint64_t now_ms)
{
	const uint64_t generation = nat_generation();

	if (!detector->wants_nat || !nat_watch_due(&detector->nat_watch, generation, now_ms))
		return false;
	nat_watch_begin(&detector->nat_watch, generation, now_ms);
	return true;
}

static int start_child(struct detector *detector, uint64_t now_ms)
{
	struct detect_options options = detector->options;
	struct epoll_event event = {.events = EPOLLIN};
	int result;

	detector->wants_nat = options.nat_rules;
	options.nat_rules = detector->looks_at_nat = look_at_nat(detector, now_ms);
	result = detect_child_start(&options, &detector->child);
	if (result < 0)
		return result;
	result = epoll_ctl(detector->epoll_fd, EPOLL_CTL_ADD, detect_child_fd(detector->child),
			   &event);
	return result < 0 ? -errno : 0;
}

bool detector_wake(struct detector *detector, struct facts *facts, uint64_t now_ms)
{
	int result;

	if (detector->child)
		return finish(detector, detect_child_give_up(detector->child), facts, now_ms);
	detect_schedule_begin(&detector->schedule);
	result = start_child(detector, now_ms);
	return result < 0 && finish(detector, result, facts, now_ms);
}

bool detector_read_child(struct detector *detector, struct facts *facts, uint64_t now_ms)
{
	int result = detector->child ? detect_child_read(detector->child) : -EAGAIN;

	return result != -EAGAIN && finish(detector, result, facts, now_ms);
}

void detector_read_programs(struct detector *detector, uint64_t now_ms)
{
	if (program_watch_read(detector->program_watch))
		detector_hurry(detector, now_ms, DETECT_SOON_MS);
}
