/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The right to change something: the state folder, its lock, and the privilege; what `apply` and
 * `restore` have in common.
 */

#include <stdbool.h>
#include <sys/types.h>

struct inspection;

struct session {
	int directory_fd; /* -1: there is no folder, or it cannot be made */
	int lock_fd;
	int error; /* why nothing can be recorded: 0, or a negative errno */
};

#define SESSION_NONE                                                                               \
	{                                                                                          \
		.directory_fd = -1, .lock_fd = -1                                                  \
	}

/*
 * Opens the state folder and locks it. For a dry run it is only opened. A folder that cannot be
 * made or written is no failure yet: a node with nothing to do needs none. One that cannot be
 * opened is: what it says is not known.
 * Returns 0, or an exit code after having said why.
 */
int session_open(bool dry_run, struct session *session);

/*
 * Unlocks and closes it; one that is closed already is left alone. What is to be printed is printed
 * afterwards: no process waits for a lock because of a reader that is slow. Diagnostics that are
 * logged while it is locked are kept until then.
 */
void session_close(struct session *session);

/*
 * Does a service keep the NICs of this network namespace? `ret_pid` is its process, or 0 if that
 * cannot be known. A service that keeps another namespace's does not count.
 */
bool session_has_service(const struct session *session, const struct inspection *inspection,
			 pid_t *ret_pid);

/*
 * Carries out the todos of the inspection's NICs. Without the privilege or without a record
 * nothing is changed; where only the record were to be changed, that is a warning.
 * Returns 0; EXIT_CODE_VULNERABLE when nothing could be recorded, hence nothing was changed;
 * another exit code. What went wrong has been said.
 */
int session_reconcile(const struct session *session, struct inspection *inspection);
