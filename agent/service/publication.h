/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the running service says, and where: the state folder gets service.json (service_status.h)
 * and the report (report_file.h), other programs their files (export.h), systemd READY, STATUS and
 * the like, the journal a state that has changed. Publishing is cheap, not free: changes are
 * gathered for a moment, and what could not be written is tried again. It knows no event loop, but
 * says when it is due; time is a parameter, as monotonic_now_ms() counts.
 */

#include "agent/record/service_status.h"
#include "agent/record/written_file.h"
#include "agent/report/report.h"

#include <stdbool.h>
#include <stdint.h>

struct agent_config;

struct publication {
	struct service_status status; /* the caller keeps it true */
	int lock_fd; /* the right to publish, or -1 */
	struct written_file service_file, report_file; /* of the state folder, as written last */
	uint64_t due; /* all of it, after a change or a failure; UINT64_MAX = nothing is new */
	uint64_t export_due; /* all of it, for the sake of the exports */
	uint64_t ready_due; /* READY alone, which could not be sent */
	bool ready; /* systemd knows of the start, or of the reload */
	int error; /* of the last time, which is logged once */
	char summary[REPORT_SUMMARY_SIZE]; /* as systemd and the journal know it */
};

#define PUBLICATION_NONE                                                                           \
	{                                                                                          \
		.lock_fd = -1, .service_file = WRITTEN_FILE_NONE,                                  \
		.report_file = WRITTEN_FILE_NONE, .due = UINT64_MAX, .export_due = UINT64_MAX,     \
		.ready_due = UINT64_MAX                                                            \
	}

/*
 * Takes the right to publish in the state folder, for as long as the service runs, and removes the
 * report of those before. Returns 0; -EBUSY when another service has it; another negative errno,
 * which can be survived: it is tried again with every publication.
 */
int publication_open(struct publication *publication, int directory_fd);

/* Gives up the right to publish. PUBLICATION_NONE can be cleared. */
void publication_clear(struct publication *publication);

/* Something is new: it is to be published in a moment, together with what else is new by then. */
void publication_hurry(struct publication *publication, uint64_t now_ms);

/* Is a report wanted now? */
bool publication_wants_report(const struct publication *publication, uint64_t now_ms);

/*
 * Publishes the report, which has `status` already, and then sends READY if systemd
 * does not know. `directory_fd` is the state folder, or why there is none (a negative errno);
 * `config` has the exports. What fails is logged and tried again.
 */
void publication_write(struct publication *publication, int directory_fd,
		       const struct report *report, struct agent_config *config, uint64_t now_ms);

/* Sends READY again if that is due: nothing else is published for it. */
void publication_retry_ready(struct publication *publication, uint64_t now_ms);

/* When one of the two is due; UINT64_MAX = neither. */
uint64_t publication_due(const struct publication *publication);

/* A reload begins; READY follows with the next publication. */
void publication_reloading(struct publication *publication);

/* The service begins to stop. */
void publication_stopping(void);

/* Has the last report readers: may the service publish, or has it exports? */
bool publication_has_readers(const struct publication *publication,
			     const struct agent_config *config);

/*
 * The last report, as of a service that does not run, and of the NICs as it leaves them. It stays
 * behind; one that is not `fresh`, because they could not be read, goes to the exports alone.
 */
void publication_write_last(const struct publication *publication, int directory_fd,
			    const struct report *report, bool fresh, struct agent_config *config);

/* Removes service.json: the service does not run any more. */
void publication_end(struct publication *publication, int directory_fd);
