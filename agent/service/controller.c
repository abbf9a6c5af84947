/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/service/controller.h"

#include "agent/base/exit_code.h"
#include "agent/base/log.h"
#include "agent/base/monotonic.h"
#include "agent/base/utc_time.h"
#include "agent/links/checksum_source.h"
#include "agent/links/links.h"
#include "agent/reconcile/policy_in_force.h"
#include "agent/reconcile/sources.h"
#include "agent/record/folder_watch.h"
#include "agent/record/state_dir.h"
#include "agent/service/detector.h"
#include "agent/service/journal.h"
#include "agent/service/notifications.h"
#include "agent/service/publication.h"
#include "agent/service/symptom_watch.h"
#include "agent/service/wire_watch.h"
#include "cleanup.h"

#include <errno.h>
#include <string.h>

/* How long after something was removed from the state folder it is looked at. */
#define FOLDER_PAUSE_MS 1000

/*
 * How long after tunnels may leave by other NICs it is looked at: who changes one route mostly
 * changes more. And how often at most, where a CNI never holds still.
 */
#define ROUTES_PAUSE_MS	   1000
#define ROUTES_INTERVAL_MS 5000

/*
 * The report's counters may be as old: the next sweep reads them mostly before. To read them takes
 * as long as to publish the rest.
 */
#define COUNTERS_AGE_MS 60000

struct controller {
	const struct sources *sources;
	struct keeper keeper;
	struct detector detector;
	struct wire_watch wire;
	struct publication publication;
	struct checksum_source checksum_source;
	struct checksum_reading checksums; /* the last one that rates are told by; zeroed = none */
	uint64_t counters_read; /* then; 0 = never */
	struct notifications notifications;
	int folder_watch; /* of the state folder, or -1 */
	uint64_t folder_due; /* something was removed from it; UINT64_MAX = nothing was */
	uint64_t routes_due; /* tunnels may leave elsewhere; UINT64_MAX = they do not */
	uint64_t routes_looked_at; /* then; 0 = never */
	uint64_t sweep_due; /* UINT64_MAX = the configuration wants none */
	uint64_t symptoms_due; /* a look for signs of faults; UINT64_MAX = with the next sweep */
	bool symptoms_sure; /* it follows one that saw something wait */
	bool has_looked; /* at the NICs: before, nothing is published */
};

static void read_counters(struct controller *controller, uint64_t now_ms)
{
	checksum_source_read(&controller->checksum_source, &controller->keeper.inspection.counters);
	controller->counters_read = now_ms;
}

/* Publishes what is so now. */
static void publish(struct controller *controller, uint64_t now_ms)
{
	struct publication *publication = &controller->publication;
	struct service_status *status = &publication->status;
	struct keeper *keeper = &controller->keeper;
	struct inspection *inspection = &keeper->inspection;
	struct report report;
	int result;

	if (!controller->counters_read || now_ms - controller->counters_read >= COUNTERS_AGE_MS)
		read_counters(controller, now_ms);
	status->corrections = keeper->corrections;
	status->wire = controller->wire.seen;
	status->network_namespace = network_namespace_number(inspection->network_namespace);
	status->n_paused = keeper_paused(keeper, now_ms, status->paused);
	keeper_read_drivers(keeper);
	report_make(inspection, status, false, &report);
	result = keeper_open_folder(keeper);
	if (result == 0)
		folder_watch_set(controller->folder_watch, STATE_DIR_PATH);
	publication_write(publication, result < 0 ? result : keeper->directory_fd, &report,
			  &inspection->policy->config, now_ms);
	keeper->changed = false;
}

/* Not at once, and not for each of many changes. */
static void note_routes(struct controller *controller)
{
	const uint64_t soon = monotonic_now_ms() + ROUTES_PAUSE_MS;
	const uint64_t next = controller->routes_looked_at + ROUTES_INTERVAL_MS;

	if (controller->routes_due == UINT64_MAX)
		controller->routes_due = controller->routes_looked_at && next > soon ? next : soon;
}

/* As long as a rule wants to know, and to what it wants; what it did not hear is looked at. */
static void listen_for_routes(struct controller *controller)
{
	const struct inspection *inspection = &controller->keeper.inspection;

	if (route_monitor_listen(controller->notifications.routes,
				 inspection->asks_carried ? inspection->carried_by : NULL) > 0)
		note_routes(controller);
}

/* What it has to say while it holds the lock of the record, it says afterwards. */
static void pass(struct controller *controller)
{
	journal_hold();
	keeper_pass(&controller->keeper, monotonic_now_ms());
	journal_release();
	notifications_choose_links(&controller->notifications, &controller->keeper);
	controller->has_looked |= !controller->keeper.resync;
	listen_for_routes(controller);
}

static void schedule_sweep(struct controller *controller, uint64_t now_ms)
{
	int seconds = controller->keeper.inspection.policy->config.sweep;

	controller->sweep_due = seconds > 0 ? now_ms + UINT64_C(1000) * seconds : UINT64_MAX;
}

/* With the sweep, if there is any. */
static void schedule_symptoms(struct controller *controller, uint64_t now_ms)
{
	controller->symptoms_due = controller->sweep_due == UINT64_MAX ? UINT64_MAX : now_ms;
	controller->symptoms_sure = false;
}

static void look_for_symptoms(struct controller *controller, uint64_t now_ms)
{
	controller->symptoms_due =
		symptom_watch_look(&controller->keeper, controller->symptoms_sure, now_ms);
	controller->symptoms_sure = controller->symptoms_due != UINT64_MAX;
}

/*
 * What has risen since the sweep before is published if it is another rate than that before. What
 * came too soon would not be used.
 */
static void read_checksums(struct controller *controller, uint64_t now_ms)
{
	struct keeper *keeper = &controller->keeper;
	struct checksum_reading now = {
		.time_ms = now_ms,
		.network_namespace = network_namespace_number(keeper->inspection.network_namespace),
	};

	if (controller->checksums.counters.known &&
	    now_ms - controller->checksums.time_ms < CHECKSUM_RATES_INTERVAL_MS)
		return;
	read_counters(controller, now_ms);
	now.counters = keeper->inspection.counters;
	keeper->changed |= checksum_rates_take(&controller->publication.status.rates,
					       &controller->checksums, &now);
}

static void take_facts(struct controller *controller, bool changed)
{
	const struct inspection *inspection = &controller->keeper.inspection;

	if (changed && policy_in_force_judge_again(inspection->policy, inspection->handle) == 0)
		keeper_take_policy(&controller->keeper);
}

/* What is due by time marks NICs, or brings new facts: the pass follows. */
static void do_what_is_due(struct controller *controller, uint64_t now_ms)
{
	struct facts *facts = &controller->keeper.inspection.policy->facts;

	if (now_ms >= controller->sweep_due) {
		keeper_sweep(&controller->keeper);
		read_checksums(controller, now_ms);
		schedule_sweep(controller, now_ms);
		schedule_symptoms(controller, now_ms);
	}
	if (now_ms >= controller->folder_due) { /* what is known is written again */
		keeper_mark_all(&controller->keeper);
		symptom_watch_rewrite(&controller->keeper);
		schedule_symptoms(controller, now_ms);
		controller->keeper.changed = true;
		controller->folder_due = UINT64_MAX;
	}
	if (now_ms >= controller->symptoms_due)
		look_for_symptoms(controller, now_ms);
	if (now_ms >= controller->routes_due) {
		keeper_take_change(&controller->keeper);
		controller->routes_looked_at = now_ms;
		controller->routes_due = UINT64_MAX;
	}
	if (now_ms >= wire_watch_due(&controller->wire))
		controller->keeper.changed |= wire_watch_wake(&controller->wire, now_ms);
	if (now_ms >= detector_due(&controller->detector))
		take_facts(controller, detector_wake(&controller->detector, facts, now_ms));
}

static uint64_t earlier(uint64_t time, uint64_t other)
{
	return time < other ? time : other;
}

/* When the next of all is due. */
static uint64_t next_due(const struct controller *controller, uint64_t now_ms)
{
	uint64_t wait = keeper_wait(&controller->keeper, now_ms);
	uint64_t due = wait == UINT64_MAX ? UINT64_MAX : now_ms + wait;

	due = earlier(due, controller->sweep_due);
	due = earlier(due, controller->folder_due);
	due = earlier(due, controller->routes_due);
	due = earlier(due, controller->symptoms_due);
	due = earlier(due, detector_due(&controller->detector));
	due = earlier(due, wire_watch_due(&controller->wire));
	return earlier(due, publication_due(&controller->publication));
}

uint64_t controller_act(struct controller *controller)
{
	struct publication *publication = &controller->publication;
	struct keeper *keeper = &controller->keeper;
	uint64_t now_ms = monotonic_now_ms();

	do_what_is_due(controller, now_ms);
	if (keeper_wait(keeper, now_ms) == 0)
		pass(controller);
	now_ms = monotonic_now_ms();
	if (keeper->changed && controller->has_looked)
		publication_hurry(publication, now_ms);
	if (publication_wants_report(publication, now_ms))
		publish(controller, now_ms);
	publication_retry_ready(publication, now_ms);
	return next_due(controller, now_ms);
}

static int read_links(struct controller *controller)
{
	bool new_nic;
	int result =
		notifications_read_links(&controller->notifications, &controller->keeper, &new_nic);

	if (new_nic) {
		detector_take_device(&controller->detector, monotonic_now_ms());
		wire_watch_hurry(&controller->wire, monotonic_now_ms());
	}
	return result;
}

static int read_features(struct controller *controller)
{
	return notifications_read_features(&controller->notifications, &controller->keeper);
}

static int read_routes(struct controller *controller)
{
	int result = notifications_read_routes(&controller->notifications);

	if (result > 0)
		note_routes(controller);
	return result < 0 ? result : 0;
}

static int read_detection(struct controller *controller)
{
	struct facts *facts = &controller->keeper.inspection.policy->facts;
	bool changed = detector_read_child(&controller->detector, facts, monotonic_now_ms());

	take_facts(controller, changed);
	return 0;
}

static int read_programs(struct controller *controller)
{
	detector_read_programs(&controller->detector, monotonic_now_ms());
	return 0;
}

static int read_wire(struct controller *controller)
{
	controller->keeper.changed |= wire_watch_read(&controller->wire, monotonic_now_ms());
	return 0;
}

/* Not at once: what is being removed may not be gone yet. */
static int read_folder(struct controller *controller)
{
	if (folder_watch_read(controller->folder_watch) && controller->folder_due == UINT64_MAX)
		controller->folder_due = monotonic_now_ms() + FOLDER_PAUSE_MS;
	return 0;
}

size_t controller_inputs(struct controller *controller,
			 struct controller_input ret_inputs[static CONTROLLER_INPUTS])
{
	const struct detector *detector = &controller->detector;
	const struct controller_input inputs[] = {
		{controller, link_monitor_fd(controller->notifications.links), read_links},
		{controller, route_monitor_fd(controller->notifications.routes), read_routes},
		{controller, detector_child_fd(detector), read_detection},
		{controller, detector_programs_fd(detector), read_programs},
		{controller, controller->folder_watch, read_folder},
		{controller, wire_watch_fd(&controller->wire), read_wire},
	};
	size_t n_inputs = sizeof(inputs) / sizeof(*inputs);

	memcpy(ret_inputs, inputs, sizeof(inputs));
	if (controller->notifications.features)
		ret_inputs[n_inputs++] = (struct controller_input){
			controller, ethtool_monitor_fd(controller->notifications.features),
			read_features};
	return n_inputs;
}

static void configure_detector(struct controller *controller)
{
	const struct inspection *inspection = &controller->keeper.inspection;
	const struct detect_options detection =
		policy_in_force_detection(inspection->policy, controller->sources);

	detector_configure(&controller->detector, &detection);
}

static void configure_wire(struct controller *controller)
{
	const struct agent_config *config = &controller->keeper.inspection.policy->config;
	const struct wire_wanted wanted = {
		.sample = config->wire_sample,
		.seconds = (unsigned int)config->wire_seconds,
		.every = (unsigned int)config->wire_every,
	};

	wire_watch_configure(&controller->wire, &wanted, monotonic_now_ms());
}

static int reload_config(struct controller *controller)
{
	const struct inspection *inspection = &controller->keeper.inspection;
	_cleanup_(policy_in_force_clear) struct policy_in_force fresh = {.plan = {0}};
	int result = policy_in_force_load(controller->sources, &fresh);

	if (result == 0)
		result = policy_in_force_replace(inspection->policy, &fresh, inspection->handle);
	return result;
}

void controller_reload(struct controller *controller)
{
	publication_reloading(&controller->publication);
	if (reload_config(controller) == 0) {
		configure_detector(controller);
		configure_wire(controller);
		journal_reloaded();
		keeper_take_policy(&controller->keeper);
		pass(controller);
		schedule_sweep(controller, monotonic_now_ms());
		schedule_symptoms(controller, monotonic_now_ms());
		detector_hurry(&controller->detector, monotonic_now_ms(), 0);
	} else {
		journal_reload_failed();
	}
	if (controller->has_looked)
		publish(controller, monotonic_now_ms());
}

/*
 * The folder of the record and the lock that says "running". A folder that cannot be made is
 * survived: the service says so, and changes nothing until it can record it.
 */
static int open_state(struct controller *controller)
{
	int fd = state_dir_create();
	int result = fd;

	controller->keeper.driver_fd = links_driver_socket();
	if (fd >= 0) {
		controller->keeper.directory_fd = fd;
		result = publication_open(&controller->publication, fd);
	}
	if (result == -EBUSY) {
		log_error("%s: another offload-agent is running", STATE_DIR_PATH);
		return EXIT_CODE_INTERNAL;
	}
	if (result < 0)
		journal_failure(result);
	return 0;
}

static int open_inputs(struct controller *controller)
{
	int result;

	result = notifications_open(&controller->notifications,
				    controller->sources->detection.backend);
	if (result == 0)
		result = detector_open(&controller->detector);
	if (result == 0)
		result = wire_watch_open(&controller->wire);
	if (result == 0)
		result = controller->folder_watch = folder_watch_open();
	if (result >= 0)
		return 0;
	log_error("starting the service: %s", strerror(-result));
	return EXIT_CODE_INTERNAL;
}

static void cleanup_controller(struct controller **controller)
{
	controller_free(*controller);
}

int controller_new(const struct sources *sources, struct controller **ret_controller)
{
	_cleanup_(cleanup_controller) struct controller *controller = malloc(sizeof(*controller));
	struct inspection *inspection;
	int result;

	if (!controller) {
		log_error("starting the service: %s", strerror(ENOMEM));
		return EXIT_CODE_INTERNAL;
	}
	*controller = (struct controller){.sources = sources,
					  .keeper = KEEPER_NONE,
					  .detector = DETECTOR_NONE,
					  .wire = WIRE_WATCH_NONE,
					  .publication = PUBLICATION_NONE,
					  .checksum_source = CHECKSUM_SOURCE_NONE,
					  .folder_watch = -1,
					  .folder_due = UINT64_MAX,
					  .routes_due = UINT64_MAX,
					  .sweep_due = UINT64_MAX,
					  .symptoms_due = UINT64_MAX};
	controller->publication.status.running = true;
	controller->publication.status.pid = getpid();
	utc_time_now(controller->publication.status.since);
	inspection = &controller->keeper.inspection;
	result = open_state(controller);
	if (result == 0)
		result = inspection_judge(sources, -1, inspection, NULL);
	if (result == 0)
		result = inspection_open(sources, inspection);
	if (result == 0)
		result = open_inputs(controller);
	if (result == 0)
		*ret_controller = TAKE_PTR(controller);
	return result;
}

void controller_start(struct controller *controller)
{
	configure_detector(controller);
	configure_wire(controller);
	keeper_take_loss(&controller->keeper);
	pass(controller);
	read_checksums(controller, monotonic_now_ms());
	if (controller->has_looked)
		publish(controller, monotonic_now_ms());
	keeper_prepare(&controller->keeper);
	schedule_sweep(controller, monotonic_now_ms());
	schedule_symptoms(controller, monotonic_now_ms());
	detector_start(&controller->detector, monotonic_now_ms());
}

void controller_free(struct controller *controller)
{
	if (!controller)
		return;
	detector_clear(&controller->detector);
	wire_watch_clear(&controller->wire);
	notifications_close(&controller->notifications);
	keeper_clear(&controller->keeper);
	publication_clear(&controller->publication);
	checksum_source_close(&controller->checksum_source);
	if (controller->folder_watch >= 0)
		close(controller->folder_watch);
	free(controller);
}

/* Gives back what the service turned off, or logs what to do. Returns the exit code. */
static int restore(struct keeper *keeper)
{
	size_t n_left = 0;
	int result;

	journal_hold();
	result = keeper_restore(keeper, &n_left);
	journal_release();
	if (result < 0)
		log_error("on_stop = \"restore\": %s; what is off stays off and on record; run "
			  "offload-agent restore",
			  result == -ETIME ? "somebody else is changing NICs without end"
					   : strerror(-result));
	else if (n_left > 0)
		log_error(
			"on_stop = \"restore\": %zu NICs could not be given back wholly; they are "
			"on record; run offload-agent restore",
			n_left);
	return result < 0 || n_left > 0 ? EXIT_CODE_VULNERABLE : EXIT_CODE_OK;
}

/*
 * The report and the exports are read hours later, too: they say that no service runs, and how it
 * leaves the NICs.
 */
static void publish_last(struct controller *controller)
{
	struct inspection *inspection = &controller->keeper.inspection;
	int directory_fd = controller->keeper.directory_fd;
	struct report report;
	int result;

	if (!publication_has_readers(&controller->publication, &inspection->policy->config))
		return;
	result = inspection_read(directory_fd, inspection);
	inspection_drop_pods(inspection);
	report_make(inspection, NULL, false, &report);
	publication_write_last(&controller->publication, directory_fd, &report, result == 0,
			       &inspection->policy->config);
}

int controller_end(struct controller *controller)
{
	struct keeper *keeper = &controller->keeper;
	int result = EXIT_CODE_OK;

	publication_stopping();
	if (keeper->inspection.policy->config.restore_on_stop)
		result = restore(keeper);
	publish_last(controller);
	publication_end(&controller->publication, keeper->directory_fd);
	return result;
}
