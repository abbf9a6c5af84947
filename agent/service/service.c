/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/service/service.h"

#include "agent/base/exit_code.h"
#include "agent/base/log.h"
#include "agent/service/controller.h"
#include "agent/service/journal.h"
#include "cleanup.h"

#include <systemd/sd-event.h>

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>

#define USEC_PER_MSEC UINT64_C(1000)

/*
 * A look at a thousand links takes so much more than what stays of it: what is larger than this
 * goes back to the system when it is freed. Left alone, malloc() raises the limit with every such
 * piece.
 */
#define LARGE_PIECE (64 * 1024)

/* The timer need not be exact: the kernel may gather wake-ups. */
#define TIMER_ACCURACY_USEC (100 * USEC_PER_MSEC)

struct service;

/* What is polled for the controller. */
struct input {
	struct service *service;
	struct controller_input of;
};

struct service {
	struct controller *controller;
	struct input inputs[CONTROLLER_INPUTS];
	sd_event *event;
	sd_event_source *timer;
};

static void service_clear(struct service *service)
{
	sd_event_source_unref(service->timer);
	sd_event_unref(service->event);
	controller_free(service->controller);
}

/* What is due is done at once after each event: a turn of the loop of its own would only take time.
 */
static int act(struct service *service)
{
	uint64_t due = controller_act(service->controller);
	int result = 0;

	if (due != UINT64_MAX)
		result = sd_event_source_set_time(service->timer, due * USEC_PER_MSEC);
	if (result < 0)
		return result;
	return sd_event_source_set_enabled(service->timer,
					   due == UINT64_MAX ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	const struct input *input = userdata;
	int result = input->of.take(input->of.controller);

	(void)source;
	(void)fd;
	(void)events;
	return result < 0 ? result : act(input->service);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	return act(userdata);
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct service *service = userdata;

	(void)source;
	(void)info;
	controller_reload(service->controller);
	return act(service);
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct service *service = userdata;

	(void)source;
	(void)info;
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

static int add_inputs(struct service *service)
{
	struct controller_input inputs[CONTROLLER_INPUTS];
	size_t n_inputs = controller_inputs(service->controller, inputs);
	int result = 0;

	for (size_t i = 0; i < n_inputs && result >= 0; i++) {
		service->inputs[i] = (struct input){service, inputs[i]};
		result = sd_event_add_io(service->event, NULL, inputs[i].fd, EPOLLIN, on_input,
					 &service->inputs[i]);
	}
	return result;
}

/* Due at once, so that what has failed at the start is tried again. */
static int add_timer(struct service *service)
{
	return sd_event_add_time(service->event, &service->timer, CLOCK_MONOTONIC, 0,
				 TIMER_ACCURACY_USEC, on_timer, service);
}

static int add_sources(struct service *service)
{
	int result;

	result = sd_event_new(&service->event);
	if (result >= 0)
		result = add_signals(service);
	if (result >= 0)
		result = add_timer(service);
	if (result >= 0)
		result = add_inputs(service);
	if (result >= 0)
		result = sd_event_set_watchdog(service->event, true);
	return result;
}

int service_run(const struct sources *sources)
{
	_cleanup_(service_clear) struct service service = {0};
	int result, end_result;

	mallopt(M_MMAP_THRESHOLD, LARGE_PIECE);
	journal_open();
	result = controller_new(sources, &service.controller);
	if (result != 0)
		return result;
	result = add_sources(&service);
	if (result < 0) {
		log_error("starting the service: %s", strerror(-result));
		return EXIT_CODE_INTERNAL;
	}
	controller_start(service.controller);
	malloc_trim(0); /* the first look took more than any later one will */
	result = sd_event_loop(service.event);
	end_result = controller_end(service.controller);
	if (result < 0) {
		log_error("the event loop failed: %s", strerror(-result));
		return EXIT_CODE_INTERNAL;
	}
	return result ? result : end_result;
}
