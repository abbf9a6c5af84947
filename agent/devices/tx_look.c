/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/devices/tx_look.h"

#include "agent/devices/sysfs.h"
#include "agent/links/qdiscs.h"
#include "cleanup.h"
#include "policy/facts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A number in decimal. Returns whether there was one. */
static bool read_number(int folder, const char *name, uint64_t *ret_number)
{
	char text[32], *end;
	uintmax_t number;

	if (sysfs_read_line(folder, name, text, sizeof(text)) <= 0 || text[0] < '0' ||
	    text[0] > '9')
		return false;
	errno = 0;
	number = strtoumax(text, &end, 10);
	if (errno || *end != '\0')
		return false;
	*ret_number = number;
	return true;
}

/* One queue; a kernel without byte queue limits, or without the counter, has no such file. */
static void add_queue(int queues, const char *name, struct tx_look *look)
{
	_cleanup_close_ int queue = sysfs_open(queues, name);
	uint64_t number;

	if (queue < 0)
		return;
	if (read_number(queue, "tx_timeout", &number))
		look->timeouts += number;
	if (read_number(queue, "byte_queue_limits/inflight", &number))
		look->in_flight += number;
}

/* Queues come and go; one that went meanwhile is not counted. */
static int add_queues(int folder, struct tx_look *look)
{
	_cleanup_close_ int queues = sysfs_open(folder, "queues");
	int copy = queues < 0 ? queues : fcntl(queues, F_DUPFD_CLOEXEC, 0);
	const struct dirent *entry;
	DIR *list;

	if (copy < 0)
		return queues < 0 ? queues : -errno;
	list = fdopendir(copy);
	if (!list) {
		close(copy);
		return -ENOMEM;
	}
	while ((entry = readdir(list))) {
		if (strncmp(entry->d_name, "tx-", 3) == 0)
			add_queue(queues, entry->d_name, look);
	}
	closedir(list);
	return 0;
}

int tx_look_read(const char *sysfs, const struct link_facts *link, const struct qdisc *qdiscs,
		 size_t n_qdiscs, uint64_t now_ms, struct tx_look *ret_look)
{
	_cleanup_close_ int links = sysfs_open(AT_FDCWD, sysfs);
	_cleanup_close_ int folder = links < 0 ? links : sysfs_open_link(links, link);
	struct tx_look look = {.at_ms = now_ms};
	uint64_t carrier = 0;
	int result;

	if (folder < 0)
		return folder == -ENOENT ? -ENODEV : folder;
	if (!read_number(folder, "statistics/tx_packets", &look.packets))
		return -EIO;
	result = add_queues(folder, &look);
	if (result < 0)
		return result;
	/* Of a link that is down there is nothing to be read. */
	look.carrier = read_number(folder, "carrier", &carrier) && carrier == 1;
	look.backlog = qdiscs_backlog(qdiscs, n_qdiscs, link->ifindex);
	*ret_look = look;
	return 0;
}

bool tx_look_waits(const struct tx_look *look)
{
	return look->at_ms && look->carrier && (look->in_flight > 0 || look->backlog > 0);
}

/* What waits in the driver and what waits for it are two things: either must last. */
bool tx_looks_stalled(const struct tx_look *before, const struct tx_look *now)
{
	if (!tx_look_waits(before) || !tx_look_waits(now) ||
	    now->at_ms - before->at_ms < TX_LOOK_APART_MS)
		return false;
	return now->packets == before->packets &&
	       ((before->in_flight && now->in_flight) || (before->backlog && now->backlog));
}

uint64_t tx_looks_timeouts(const struct tx_look *before, const struct tx_look *now)
{
	if (!before->at_ms || now->timeouts < before->timeouts)
		return now->timeouts;
	return now->timeouts - before->timeouts;
}
