/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/watch.h"

#include "agent/base/exit_code.h"
#include "agent/base/log.h"
#include "agent/links/link_monitor.h"
#include "agent/options.h"
#include "agent/record/state_dir.h"
#include "agent/screen.h"
#include "agent/stop_signals.h"
#include "array.h"
#include "cleanup.h"
#include "ethtool_nl/monitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>

/* A flood of changes is shown a few times a second. */
#define PAUSE_MS 250

/* Without an event: facts may change without a notification. */
#define REFRESH_MS 10000

struct watch {
	struct link_monitor *links;
	struct ethtool_monitor *features; /* NULL: this kernel has no such notifications */
	int inotify_fd;
	bool terminal;
};

static void watch_end(struct watch *watch)
{
	if (watch->terminal)
		fputs(SCREEN_LEAVE, stdout);
	fflush(stdout);
	link_monitor_close(watch->links);
	ethtool_monitor_close(watch->features);
	if (watch->inotify_fd >= 0)
		close(watch->inotify_fd);
}

static int watch_begin(struct watch *watch)
{
	int result = link_monitor_open(&watch->links);

	if (result == 0)
		result = ethtool_monitor_open(&watch->features);
	if (result < 0 && result != -EOPNOTSUPP)
		return result;
	watch->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->inotify_fd < 0)
		return -errno;
	/* Without the folder there is no report to follow; the kernel's events remain. */
	if (inotify_add_watch(watch->inotify_fd, STATE_DIR_PATH,
			      IN_MOVED_TO | IN_DELETE | IN_ONLYDIR) < 0)
		log_debug("%s: cannot be watched: %s", STATE_DIR_PATH, strerror(errno));
	watch->terminal = isatty(STDOUT_FILENO);
	if (watch->terminal)
		fputs(SCREEN_ENTER, stdout);
	return 0;
}

static void ignore_link(const struct link_facts *link, bool gone, void *context)
{
	(void)link;
	(void)gone;
	(void)context;
}

static void ignore_features(unsigned int ifindex, const struct featureset *features, void *context)
{
	(void)ifindex;
	(void)features;
	(void)context;
}

/* What the events say is read from the kernel by the next showing. Losing some is losing nothing.
 */
static void drain(const struct watch *watch)
{
	char buffer[4096];

	link_monitor_read(watch->links, ignore_link, NULL);
	if (watch->features)
		ethtool_monitor_read(watch->features, ignore_features, NULL);
	while (read(watch->inotify_fd, buffer, sizeof(buffer)) > 0) {
	}
}

/* Waits for a change. The signals are let in nowhere else, so that none is missed. */
static void wait_for_change(const struct watch *watch, const sigset_t *unblocked)
{
	const struct timespec refresh = {.tv_sec = REFRESH_MS / 1000};
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	struct pollfd fds[] = {
		{.fd = link_monitor_fd(watch->links), .events = POLLIN},
		{.fd = watch->inotify_fd, .events = POLLIN},
		{.fd = watch->features ? ethtool_monitor_fd(watch->features) : -1,
		 .events = POLLIN},
	};

	if (ppoll(fds, N_ELEMENTS(fds), &refresh, unblocked) < 0)
		return;
	ppoll(NULL, 0, &pause, unblocked);
	drain(watch);
}

int watch_run(const struct options *options, int (*show)(const struct options *options))
{
	_cleanup_(watch_end) struct watch watch = {.inotify_fd = -1};
	sigset_t unblocked;
	int exit_code = EXIT_CODE_INTERNAL, result;

	result = watch_begin(&watch);
	if (result < 0) {
		log_error("watching the NICs: %s", strerror(-result));
		return EXIT_CODE_INTERNAL;
	}
	stop_signals_catch(&unblocked);
	while (!stop_signals_asked()) {
		if (watch.terminal)
			fputs(SCREEN_CLEAR, stdout);
		exit_code = show(options);
		if (exit_code >= EXIT_CODE_USAGE)
			break;
		if (!watch.terminal && !options->json)
			putchar('\n');
		fflush(stdout);
		wait_for_change(&watch, &unblocked);
	}
	return exit_code;
}
