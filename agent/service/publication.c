/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/service/publication.h"

#include "agent/base/monotonic.h"
#include "agent/report/report_file.h"
#include "agent/service/export.h"
#include "agent/service/journal.h"
#include "agent/settings/config.h"
#include "cleanup.h"

#include <systemd/sd-daemon.h>

#include <string.h>
#include <sys/stat.h>

/* The report of a flood of changes is written once a second at the most. */
#define PAUSE_MS 1000

/* What could not be written, or sent, is tried again. */
#define RETRY_MS 5000

/*
 * The folder may have been unwritable at the start. A lock file that was removed locks nothing.
 */
static int lock(struct publication *publication, int directory_fd, unsigned int wait_ms)
{
	struct stat status;

	if (publication->lock_fd >= 0 &&
	    (fstat(publication->lock_fd, &status) < 0 || !status.st_nlink)) {
		close(publication->lock_fd);
		publication->lock_fd = -1;
	}
	if (publication->lock_fd < 0)
		publication->lock_fd = service_status_lock(directory_fd, wait_ms);
	return publication->lock_fd < 0 ? publication->lock_fd : 0;
}

int publication_open(struct publication *publication, int directory_fd)
{
	int result = lock(publication, directory_fd, SERVICE_STATUS_LOCK_WAIT_MS);

	if (result == 0)
		report_file_remove(directory_fd); /* what was so before this start */
	return result;
}

void publication_clear(struct publication *publication)
{
	written_file_clear(&publication->service_file);
	written_file_clear(&publication->report_file);
	if (publication->lock_fd >= 0)
		close(publication->lock_fd);
	*publication = (struct publication)PUBLICATION_NONE;
}

void publication_hurry(struct publication *publication, uint64_t now_ms)
{
	if (publication->due == UINT64_MAX)
		publication->due = now_ms + PAUSE_MS;
}

bool publication_wants_report(const struct publication *publication, uint64_t now_ms)
{
	return now_ms >= publication->due || now_ms >= publication->export_due;
}

uint64_t publication_due(const struct publication *publication)
{
	uint64_t due = publication->due;

	if (due > publication->export_due)
		due = publication->export_due;
	return due > publication->ready_due ? publication->ready_due : due;
}

/* Gives the journal and systemd a state that they do not have yet. */
static void report_state(struct publication *publication, const struct report *report)
{
	if (strcmp(report->summary, publication->summary) == 0)
		return;
	journal_state(report);
	sd_notifyf(false, "STATUS=%s", report->summary);
	memcpy(publication->summary, report->summary, sizeof(publication->summary));
}

/* What cannot be written is not left as it was, either: it is not true any more. */
static int write_files(struct publication *publication, int directory_fd,
		       const struct report *report)
{
	const struct facts *facts = report->facts;
	int result, report_result;

	if (directory_fd < 0)
		return directory_fd;
	result = lock(publication, directory_fd, 0);
	if (result < 0)
		return result;
	result = service_status_write(directory_fd, &publication->status, facts,
				      &publication->service_file);
	report_result = report_file_renew(directory_fd, report, &publication->report_file);
	return result < 0 ? result : report_result;
}

/* systemd does not wait for ever. */
static void send_ready(struct publication *publication, uint64_t now_ms)
{
	publication->ready = sd_notify(false, "READY=1") >= 0;
	publication->ready_due = publication->ready ? UINT64_MAX : now_ms + RETRY_MS;
}

void publication_write(struct publication *publication, int directory_fd,
		       const struct report *report, struct agent_config *config, uint64_t now_ms)
{
	unsigned int export_seconds;
	int result;

	report_state(publication, report);
	result = write_files(publication, directory_fd, report);
	if (result < 0 && result != publication->error)
		journal_failure(result);
	publication->error = result;
	publication->due = result < 0 ? now_ms + RETRY_MS : UINT64_MAX;
	export_seconds = exports_write(config, report);
	publication->export_due =
		export_seconds ? now_ms + UINT64_C(1000) * export_seconds : UINT64_MAX;
	if (!publication->ready)
		send_ready(publication, now_ms);
}

void publication_retry_ready(struct publication *publication, uint64_t now_ms)
{
	if (now_ms >= publication->ready_due)
		send_ready(publication, now_ms);
}

void publication_reloading(struct publication *publication)
{
	publication->ready = false;
	publication->ready_due = UINT64_MAX;
	sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%llu",
		   (unsigned long long)monotonic_now_usec());
}

void publication_stopping(void)
{
	sd_notify(false, "STOPPING=1\nSTATUS=Stopping");
}

bool publication_has_readers(const struct publication *publication,
			     const struct agent_config *config)
{
	return publication->lock_fd >= 0 || config->n_exports > 0;
}

void publication_write_last(const struct publication *publication, int directory_fd,
			    const struct report *report, bool fresh, struct agent_config *config)
{
	if (publication->lock_fd >= 0 && fresh)
		report_file_write(directory_fd, report);
	else if (publication->lock_fd >= 0)
		report_file_remove(directory_fd);
	exports_write(config, report);
}

void publication_end(struct publication *publication, int directory_fd)
{
	service_status_end(directory_fd, &publication->service_file);
}
