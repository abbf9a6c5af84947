/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/record/folder_watch.h"

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

/*
 * The removal of a folder that is held open is reported only when it is closed; but what is in it
 * is removed before it. What is moved within it is written anew.
 */
#define EVENTS (IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

int folder_watch_open(void)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

void folder_watch_set(int fd, const char *path)
{
	/* The same folder again is the same watch; one that cannot be watched is seen by the sweep.
	 */
	if (inotify_add_watch(fd, path, EVENTS) < 0)
		return;
}

bool folder_watch_read(int fd)
{
	char events[4096];
	bool any = false;

	while (read(fd, events, sizeof(events)) > 0)
		any = true;
	return any;
}
