/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/service/service.h"

#include "agent/base/exit_code.h"
#include "agent/base/log.h"
#include "agent/base/utc_time.h"
#include "agent/detect/detect_child.h"
#include "agent/detect/nat_watch.h"
#include "agent/detect/program_watch.h"
#include "agent/facts/facts_json.h"
#include "agent/links/link_monitor.h"
#include "agent/links/links.h"
#include "agent/nf_tables/detect_nf_tables.h"
#include "agent/reconcile/facts_source.h"
#include "agent/record/folder_watch.h"
#include "agent/record/state_dir.h"
#include "agent/report/report_file.h"
#include "agent/service/detect_schedule.h"
#include "agent/service/export.h"
#include "agent/service/journal.h"
#include "agent/service/keeper.h"
#include "cleanup.h"
#include "ethtool_nl/monitor.h"

#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <time.h>

#define USEC_PER_MSEC UINT64_C(1000)
#define USEC_PER_SEC  UINT64_C(1000000)

/* A burst of links fits; what does not is found by reading again. */
#define RECEIVE_BUFFER_SIZE (8 * 1024 * 1024)

/* The report of a flood of changes is written once a second at the most. */
#define PUBLISH_PAUSE_USEC USEC_PER_SEC

/* One that could not be written is tried again. */
#define PUBLISH_RETRY_USEC (5 * USEC_PER_SEC)

/* How long after something was removed from the state folder it is looked at. */
#define FOLDER_PAUSE_USEC USEC_PER_SEC

/* Timers need not be exact: the kernel may gather wake-ups. */
#define TIMER_ACCURACY_USEC (USEC_PER_SEC / 10)

struct service {
	struct options options;
	struct keeper keeper;
	struct link_monitor *link_monitor;
	struct ethtool_monitor *feature_monitor; /* NULL: the kernel has none */
	struct program_watch *program_watch;
	int folder_watch; /* of the state folder, or -1 */
	struct detect_schedule schedule;
	struct nat_watch nat_watch;
	struct detect_child *detection; /* NULL: none is running */
	bool wants_nat, looks_at_nat; /* the detection that is running */
	struct publisher publisher;
	int lock_fd; /* the right to publish, or -1 */
	int published_fd; /* of what publisher_write() wrote last, or -1 */
	char told_summary[REPORT_SUMMARY_SIZE]; /* what systemd and the journal know */
	int publish_error; /* of the last publication; told once */
	bool has_looked; /* at the NICs: before, there is nothing to tell */
	bool told_ready; /* systemd knows of the start, or the reload */

	sd_event *event;
	sd_event_source *sweep_timer, *pass_timer, *publish_timer, *detect_timer;
	sd_event_source *export_timer, *folder_timer;
	sd_event_source *detection_io, *detection_deadline;
};

static uint64_t now_usec(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * USEC_PER_SEC + now.tv_nsec / 1000;
}

static uint64_t now_ms(void)
{
	return now_usec(CLOCK_MONOTONIC) / USEC_PER_MSEC;
}

/* Arms a one-shot timer for `delay_usec` from now; one that is armed already is moved. */
static int arm_timer(sd_event_source *timer, uint64_t delay_usec)
{
	int result = sd_event_source_set_time(timer, now_usec(CLOCK_MONOTONIC) + delay_usec);

	return result < 0 ? result : sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

static bool timer_is_armed(sd_event_source *timer)
{
	int enabled = SD_EVENT_OFF;

	return sd_event_source_get_enabled(timer, &enabled) >= 0 && enabled != SD_EVENT_OFF;
}

static void arm_detection(struct service *service)
{
	uint64_t due = service->schedule.due;

	if (due == UINT64_MAX)
		sd_event_source_set_enabled(service->detect_timer, SD_EVENT_OFF);
	else if (sd_event_source_set_time(service->detect_timer, due * USEC_PER_MSEC) >= 0)
		sd_event_source_set_enabled(service->detect_timer, SD_EVENT_ONESHOT);
}

/* Something happened that can have changed the facts. */
static void detect_soon(struct service *service, uint64_t delay_ms)
{
	nat_watch_ask(&service->nat_watch);
	detect_schedule_hurry(&service->schedule, now_ms(), delay_ms);
	arm_detection(service);
}

/*
 * The folder may have been unwritable at the start. A lock file that somebody has removed protects
 * from nobody.
 */
static int lock_publisher(struct service *service, unsigned int wait_ms)
{
	struct stat status;

	if (service->lock_fd >= 0 && (fstat(service->lock_fd, &status) < 0 || !status.st_nlink)) {
		close(service->lock_fd);
		service->lock_fd = -1;
	}
	if (service->lock_fd < 0)
		service->lock_fd = publisher_lock(service->keeper.directory_fd, wait_ms);
	return service->lock_fd < 0 ? service->lock_fd : 0;
}

/* What cannot be written is not left as it was, either: it is not true any more. */
static int write_publication(struct service *service, const struct report *report)
{
	const struct facts *facts = &report->inspection->facts;
	int directory_fd, report_result;
	int result = keeper_open_folder(&service->keeper);

	if (result == 0)
		result = lock_publisher(service, 0);
	if (result < 0)
		return result;
	directory_fd = service->keeper.directory_fd;
	folder_watch_set(service->folder_watch, STATE_DIR_PATH);
	result = publisher_write(directory_fd, &service->publisher, facts, &service->published_fd);
	report_result = report_file_write(directory_fd, report);
	return result < 0 ? result : report_result;
}

static void write_exports(struct service *service, const struct report *report)
{
	unsigned int seconds = exports_write(&service->keeper.inspection.config, report);

	if (seconds > 0)
		arm_timer(service->export_timer, seconds * USEC_PER_SEC);
}

/* What cannot be sent is sent with the next publication: systemd does not wait for ever. */
static void tell_ready(struct service *service)
{
	if (service->told_ready)
		return;
	service->told_ready = sd_notify(false, "READY=1") >= 0;
	if (!service->told_ready)
		arm_timer(service->publish_timer, PUBLISH_RETRY_USEC);
}

/* Tells systemd, the journal and the files what is so now. */
static void publish(struct service *service)
{
	struct inspection *inspection = &service->keeper.inspection;
	struct publisher *publisher = &service->publisher;
	struct report report;
	int result;

	service->has_looked |= !service->keeper.resync;
	if (!service->has_looked)
		return;
	publisher->corrections = service->keeper.corrections;
	publisher->network_namespace = network_namespace_number(inspection->network_namespace);
	publisher->n_paused = keeper_paused(&service->keeper, now_ms(), publisher->paused);
	keeper_read_drivers(&service->keeper);
	inspection->service_running = true;
	inspection->publisher = *publisher;
	report_make(inspection, false, &report);
	if (strcmp(report.summary, service->told_summary) != 0) {
		journal_state(&report);
		sd_notifyf(false, "STATUS=%s", report.summary);
		memcpy(service->told_summary, report.summary, sizeof(service->told_summary));
	}
	result = write_publication(service, &report);
	if (result < 0 && result != service->publish_error)
		journal_failure(result);
	if (result < 0)
		arm_timer(service->publish_timer, PUBLISH_RETRY_USEC);
	service->publish_error = result;
	write_exports(service, &report);
	service->keeper.changed = false;
	tell_ready(service);
}

static int on_publish(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	publish(userdata);
	return 0;
}

/* A report that has changed is written after a short pause, in which more may change. */
static void publish_soon(struct service *service)
{
	if (!timer_is_armed(service->publish_timer))
		arm_timer(service->publish_timer, PUBLISH_PAUSE_USEC);
}

/* What it has to say while it holds the lock of the record, it says afterwards. */
static void act(struct service *service)
{
	log_hold();
	keeper_pass(&service->keeper, now_ms());
	log_release();
}

/* The one place that acts: after every round of events. */
static int pass(struct service *service)
{
	uint64_t wait = keeper_wait(&service->keeper, now_ms());

	if (wait == 0) {
		act(service);
		wait = keeper_wait(&service->keeper, now_ms());
	}
	if (service->keeper.changed)
		publish_soon(service);
	if (wait == UINT64_MAX)
		return sd_event_source_set_enabled(service->pass_timer, SD_EVENT_OFF);
	return arm_timer(service->pass_timer, wait * USEC_PER_MSEC);
}

static int on_events_done(sd_event_source *source, void *userdata)
{
	(void)source;
	return pass(userdata);
}

/* The pass itself follows, as after every event. */
static int on_pass_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	(void)userdata;
	return 0;
}

static void take_link(const struct link_facts *link, bool gone, void *context)
{
	struct service *service = context;

	if (keeper_take_link(&service->keeper, link, gone) == KEEPER_NEW_NIC)
		detect_soon(service, DETECT_SOON_MS);
}

static void take_features(unsigned int ifindex, const struct featureset *features, void *context)
{
	struct service *service = context;

	keeper_take_features(&service->keeper, ifindex, features);
}

/* A socket that is of no use any more ends the service: systemd starts a new one. */
static int check_monitor(struct service *service, const char *what, int result)
{
	if (result == -ENOBUFS) {
		log_debug("%s: notifications were lost; reading everything again", what);
		keeper_take_loss(&service->keeper);
		return 0;
	}
	if (result < 0)
		log_error("%s: %s", what, strerror(-result));
	return result;
}

static int on_links(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct service *service = userdata;

	(void)source;
	(void)fd;
	(void)events;
	return check_monitor(service, "link notifications",
			     link_monitor_read(service->link_monitor, take_link, service));
}

static int on_features(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct service *service = userdata;

	(void)source;
	(void)fd;
	(void)events;
	return check_monitor(
		service, "feature notifications",
		ethtool_monitor_read(service->feature_monitor, take_features, service));
}

static void arm_sweep(struct service *service)
{
	int sweep = service->keeper.inspection.config.sweep;

	if (sweep > 0)
		arm_timer(service->sweep_timer, sweep * USEC_PER_SEC);
	else
		sd_event_source_set_enabled(service->sweep_timer, SD_EVENT_OFF);
}

static int on_sweep(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct service *service = userdata;

	(void)source;
	(void)usec;
	keeper_mark_all(&service->keeper);
	arm_sweep(service);
	return 0;
}

static void end_detection(struct service *service)
{
	service->detection_io = sd_event_source_unref(service->detection_io);
	service->detection_deadline = sd_event_source_unref(service->detection_deadline);
	service->detection = detect_child_free(service->detection);
}

static void watch_programs(struct service *service)
{
	const char *kubelet = service->keeper.inspection.config.kubelet;

	if (program_watch_set(service->program_watch, service->options.root, kubelet) < 0)
		log_debug("out of memory; the timer alone looks for changes of Kubernetes");
}

/* The folders of programs may have come meanwhile. */
static void finish_detection(struct service *service, bool changed)
{
	end_detection(service);
	watch_programs(service);
	detect_schedule_end(&service->schedule, now_ms(), changed);
	arm_detection(service);
}

/* Takes the facts that the child found. Returns whether they are others than before. */
static bool take_facts(struct service *service, struct facts *facts)
{
	struct inspection *inspection = &service->keeper.inspection;

	if (service->wants_nat && nat_watch_keep(&service->nat_watch, &inspection->facts,
						 service->looks_at_nat, now_ms(), facts) < 0)
		log_debug("out of memory; what was known of nat is forgotten");
	if (facts_json_equal(&inspection->facts, facts))
		return false;
	facts_clear(&inspection->facts);
	inspection->facts = *facts;
	*facts = (struct facts){0};
	if (inspection_judge_again(inspection) == 0)
		keeper_take_policy(&service->keeper);
	return true;
}

/* The nat rules that were to be read with it were not: they are due in the next one. */
static void fail_detection(struct service *service, int error)
{
	journal_detection_failed(error);
	nat_watch_ask(&service->nat_watch);
}

/* It is over, with this result. */
static void take_detection(struct service *service, int result)
{
	_cleanup_(facts_clear) struct facts facts = {0};
	bool changed = false;

	if (result == 0)
		result = detect_child_finish(service->detection, &facts);
	if (result == 0)
		changed = take_facts(service, &facts);
	else
		fail_detection(service, result);
	finish_detection(service, changed);
}

static int on_detection_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct service *service = userdata;
	int result = detect_child_read(service->detection);

	(void)source;
	(void)fd;
	(void)events;
	if (result != -EAGAIN)
		take_detection(service, result);
	return 0;
}

static int on_detection_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct service *service = userdata;

	(void)source;
	(void)usec;
	take_detection(service, detect_child_give_up(service->detection));
	return 0;
}

static uint64_t nat_generation(void)
{
	uint32_t generation;

	return nf_tables_generation(&generation) < 0 ? NAT_WATCH_UNKNOWN : generation;
}

/* Will the detection look at the nat rules as well, being told to? */
static bool look_at_nat(struct service *service)
{
	const uint64_t generation = nat_generation();

	if (!service->wants_nat || !nat_watch_due(&service->nat_watch, generation, now_ms()))
		return false;
	nat_watch_begin(&service->nat_watch, generation, now_ms());
	return true;
}

static int start_detection(struct service *service)
{
	struct detect_options detection =
		facts_source_detection(&service->options, &service->keeper.inspection.config,
				       &service->keeper.inspection.rules);
	int result;

	service->wants_nat = detection.nat_rules;
	detection.nat_rules = service->looks_at_nat = look_at_nat(service);
	result = detect_child_start(&detection, &service->detection);
	if (result < 0)
		return result;
	result = sd_event_add_io(service->event, &service->detection_io,
				 detect_child_fd(service->detection), EPOLLIN, on_detection_io,
				 service);
	if (result >= 0)
		result = sd_event_add_time(
			service->event, &service->detection_deadline, CLOCK_MONOTONIC,
			detect_child_deadline(service->detection) * USEC_PER_MSEC,
			TIMER_ACCURACY_USEC, on_detection_deadline, service);
	return result;
}

static int on_detect_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct service *service = userdata;
	int result;

	(void)source;
	(void)usec;
	detect_schedule_begin(&service->schedule);
	result = start_detection(service);
	if (result < 0) {
		fail_detection(service, result);
		finish_detection(service, false);
	}
	return 0;
}

/* Something was put into, or taken from, a folder where kubelet or k3s can be. */
static int on_programs(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct service *service = userdata;

	(void)source;
	(void)fd;
	(void)events;
	if (program_watch_read(service->program_watch))
		detect_soon(service, DETECT_SOON_MS);
	return 0;
}

static int reload_config(struct service *service)
{
	struct inspection *inspection = &service->keeper.inspection;
	struct inspection fresh = {0};
	int result;

	result = inspection_load(&service->options, &fresh);
	if (result == 0)
		result = inspection_replace_policy(inspection, &fresh);
	inspection_clear(&fresh);
	return result;
}

/* Reads configuration and rules again; bad ones leave everything as it is. */
static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct service *service = userdata;

	(void)source;
	(void)info;
	service->told_ready = false;
	sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%llu",
		   (unsigned long long)now_usec(CLOCK_MONOTONIC));
	if (reload_config(service) == 0) {
		watch_programs(service);
		journal_reloaded();
		keeper_take_policy(&service->keeper);
		act(service);
		arm_sweep(service);
		detect_soon(service, 0);
	} else {
		journal_reload_failed();
	}
	publish(service);
	return 0;
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct service *service = userdata;

	(void)source;
	(void)info;
	sd_notify(false, "STOPPING=1\nSTATUS=Stopping");
	return sd_event_exit(service->event, EXIT_CODE_OK);
}

static int add_signals(struct service *service)
{
	sigset_t signals;
	int result;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	result = sd_event_add_signal(service->event, NULL, SIGTERM, on_stop, service);
	if (result >= 0)
		result = sd_event_add_signal(service->event, NULL, SIGINT, on_stop, service);
	if (result >= 0)
		result = sd_event_add_signal(service->event, NULL, SIGHUP, on_reload, service);
	return result;
}

static int add_timer(struct service *service, sd_event_time_handler_t handler,
		     sd_event_source **ret_timer)
{
	int result;

	result = sd_event_add_time(service->event, ret_timer, CLOCK_MONOTONIC, UINT64_MAX,
				   TIMER_ACCURACY_USEC, handler, service);
	return result < 0 ? result : sd_event_source_set_enabled(*ret_timer, SD_EVENT_OFF);
}

/* Somebody has removed the folder, or something in it: what is known is written again. */
static int on_folder_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct service *service = userdata;

	(void)source;
	(void)usec;
	keeper_mark_all(&service->keeper);
	publish_soon(service);
	return 0;
}

static int add_timers(struct service *service)
{
	int result;

	result = add_timer(service, on_sweep, &service->sweep_timer);
	if (result >= 0)
		result = add_timer(service, on_pass_timer, &service->pass_timer);
	if (result >= 0)
		result = add_timer(service, on_publish, &service->publish_timer);
	if (result >= 0)
		result = add_timer(service, on_publish, &service->export_timer);
	if (result >= 0)
		result = add_timer(service, on_detect_timer, &service->detect_timer);
	if (result >= 0)
		result = add_timer(service, on_folder_timer, &service->folder_timer);
	return result;
}

/* Opened before the first reading, so that nothing falls between the two. */
static int add_monitors(struct service *service)
{
	int result;

	result = link_monitor_open(&service->link_monitor);
	if (result < 0)
		return result;
	link_monitor_set_buffer(service->link_monitor, RECEIVE_BUFFER_SIZE);
	result = sd_event_add_io(service->event, NULL, link_monitor_fd(service->link_monitor),
				 EPOLLIN, on_links, service);
	if (result < 0)
		return result;

	if (service->options.backend == ETHTOOL_NL_IOCTL)
		return 0;
	result = ethtool_monitor_open(&service->feature_monitor);
	if (result == -EOPNOTSUPP)
		return 0;
	if (result < 0)
		return result;
	ethtool_monitor_set_buffer(service->feature_monitor, RECEIVE_BUFFER_SIZE);
	return sd_event_add_io(service->event, NULL, ethtool_monitor_fd(service->feature_monitor),
			       EPOLLIN, on_features, service);
}

static int add_program_watch(struct service *service)
{
	int result = program_watch_open(&service->program_watch);

	if (result < 0)
		return result;
	watch_programs(service);
	return sd_event_add_io(service->event, NULL, program_watch_fd(service->program_watch),
			       EPOLLIN, on_programs, service);
}

/* Not at once: he may not be done with it. */
static int on_folder(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct service *service = userdata;

	(void)source;
	(void)events;
	if (folder_watch_read(fd) && !timer_is_armed(service->folder_timer))
		return arm_timer(service->folder_timer, FOLDER_PAUSE_USEC);
	return 0;
}

static int add_folder_watch(struct service *service)
{
	service->folder_watch = folder_watch_open();
	if (service->folder_watch < 0)
		return service->folder_watch;
	return sd_event_add_io(service->event, NULL, service->folder_watch, EPOLLIN, on_folder,
			       service);
}

static int add_sources(struct service *service)
{
	int result;

	result = sd_event_new(&service->event);
	if (result >= 0)
		result = add_signals(service);
	if (result >= 0)
		result = add_timers(service);
	if (result >= 0)
		result = add_monitors(service);
	if (result >= 0)
		result = add_program_watch(service);
	if (result >= 0)
		result = add_folder_watch(service);
	if (result >= 0)
		result = sd_event_add_post(service->event, NULL, on_events_done, service);
	if (result >= 0)
		result = sd_event_set_watchdog(service->event, true);
	return result < 0 ? result : 0;
}

/*
 * The folder of the record and the lock that says "running". A folder that cannot be made is
 * survived: the service says so, and changes nothing until it can record it.
 */
static int open_state(struct service *service)
{
	int fd = state_dir_create();
	int result;

	service->keeper.driver_fd = links_driver_socket();
	service->keeper.directory_fd = fd;
	if (fd < 0) {
		journal_failure(fd);
		service->keeper.directory_fd = -1;
		return 0;
	}
	result = lock_publisher(service, PUBLISHER_LOCK_WAIT_MS);
	if (result == -EBUSY) {
		log_error("%s: another offload-agent is running", STATE_DIR_PATH);
		return EXIT_CODE_INTERNAL;
	}
	if (result < 0)
		journal_failure(result);
	else
		report_file_remove(fd); /* what was so before this start */
	return 0;
}

static int starting_failed(int error)
{
	log_error("starting the service: %s", strerror(-error));
	return EXIT_CODE_INTERNAL;
}

static int start(struct service *service)
{
	struct inspection *inspection = &service->keeper.inspection;
	int result;

	result = open_state(service);
	if (result == 0)
		result = inspection_judge(&service->options, -1, inspection);
	if (result == 0)
		result = inspection_prepare(&service->options, inspection);
	if (result != 0)
		return result;
	result = add_sources(service);
	if (result < 0)
		return starting_failed(result);
	keeper_take_loss(&service->keeper);
	act(service);
	publish(service);
	arm_sweep(service);
	detect_schedule_start(&service->schedule, now_ms());
	nat_watch_begin(&service->nat_watch, nat_generation(), now_ms());
	arm_detection(service);
	/* What failed is tried again. */
	result = pass(service);
	return result < 0 ? starting_failed(result) : 0;
}

/*
 * Who reads the report and the exports must not take what they say for what is so hours later: they
 * tell of a service that does not run, and of the NICs as it leaves them.
 */
static void publish_end(struct service *service)
{
	struct inspection *inspection = &service->keeper.inspection;
	int directory_fd = service->keeper.directory_fd;
	struct report report;
	int result;

	inspection->service_running = false;
	inspection->publisher = (struct publisher){0};
	result = inspection_refresh(directory_fd, inspection);
	report_make(inspection, false, &report);
	if (service->lock_fd >= 0 && result == 0)
		report_file_write(directory_fd, &report);
	else if (service->lock_fd >= 0)
		report_file_remove(directory_fd);
	exports_write(&inspection->config, &report);
	publisher_end(directory_fd, &service->published_fd);
}

/* What the service turned off is given back, or it is told what to do. Returns the exit code. */
static int restore_at_end(struct service *service)
{
	size_t n_left = 0;
	int result;

	log_hold();
	result = keeper_restore(&service->keeper, &n_left);
	log_release();
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

static int end(struct service *service)
{
	int result = EXIT_CODE_OK;

	if (service->keeper.inspection.config.restore_on_stop)
		result = restore_at_end(service);
	publish_end(service);
	return result;
}

static void service_clear(struct service *service)
{
	end_detection(service);
	sd_event_source_unref(service->sweep_timer);
	sd_event_source_unref(service->pass_timer);
	sd_event_source_unref(service->publish_timer);
	sd_event_source_unref(service->export_timer);
	sd_event_source_unref(service->folder_timer);
	sd_event_source_unref(service->detect_timer);
	sd_event_unref(service->event);
	link_monitor_close(service->link_monitor);
	ethtool_monitor_close(service->feature_monitor);
	keeper_clear(&service->keeper);
	program_watch_close(service->program_watch);
	if (service->folder_watch >= 0)
		close(service->folder_watch);
	if (service->published_fd >= 0)
		close(service->published_fd);
	if (service->lock_fd >= 0)
		close(service->lock_fd);
}

int service_run(const struct options *options)
{
	_cleanup_(service_clear) struct service service = {
		.options = *options,
		.keeper = KEEPER_NONE,
		.lock_fd = -1,
		.folder_watch = -1,
		.published_fd = -1,
		.publisher.pid = getpid(),
	};
	int result, end_result;

	journal_open();
	utc_time_now(service.publisher.since);
	result = start(&service);
	if (result != 0)
		return result;
	result = sd_event_loop(service.event);
	end_result = end(&service);
	if (result < 0) {
		log_error("the event loop failed: %s", strerror(-result));
		return EXIT_CODE_INTERNAL;
	}
	return result ? result : end_result;
}
