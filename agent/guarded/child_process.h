/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A program run without power, or with just what it needs: executed by its descriptor, in a session
 * of its own, hence without a terminal, with an empty environment, no privileges, limits, no input,
 * no descriptor of its parent's, and its output read through a pipe up to a cap. It dies with its
 * parent, and nothing of its group, or of a user of its own, is left behind.
 *
 * Where a filter (syscall_filter.h) keeps this process from making sessions and from sending
 * signals, the program stays in this process's own session, and is ended with that.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum child_process_errors {
	CHILD_PROCESS_ERRORS_NOWHERE, /* standard error is /dev/null */
	CHILD_PROCESS_ERRORS_OUTPUT, /* it is the same as the output */
	CHILD_PROCESS_ERRORS_KEPT, /* it is this process's: for this same program with power only */
};

struct child_process_options {
	int program_fd; /* borrowed */
	char *const *argv;
	size_t output_max; /* bytes */
	uid_t user; /* of privileges_pick_user(); 0 = the same */
	uint64_t capabilities; /* those to keep, see privileges_drop() */
	bool foreign; /* not this same program: starts in "/", and no file may grow (RLIMIT_FSIZE)
		       */
	enum child_process_errors errors;
};

struct child_process;

/* Starts it. Returns 0 or a negative errno. The caller ends with child_process_free(). */
int child_process_start(const struct child_process_options *options,
			struct child_process **ret_child);

/* The same of this very program, whatever `program_fd` is; -ENOENT without /proc. */
int child_process_start_self(const struct child_process_options *options,
			     struct child_process **ret_child);

/* To be polled for reading. Lives as long as the child_process. */
int child_process_fd(const struct child_process *child);

/*
 * Takes what output is there, without waiting.
 * Returns 0 when the output is complete; -EAGAIN when more may come; -EFBIG when it is more than
 * output_max; another negative errno.
 */
int child_process_read(struct child_process *child);

/*
 * Waits until the output is complete.
 * Returns 0, -ETIME when `deadline` (monotonic_now_ms()) has passed, or as child_process_read().
 */
int child_process_wait_output(struct child_process *child, uint64_t deadline);

/*
 * Waits until the program has ended; then the rest of its process group, and of a user of its own,
 * is killed.
 * Returns 0 with what waitpid(2) calls status; -ETIME when `deadline` has passed (it runs on).
 */
int child_process_wait_end(struct child_process *child, uint64_t deadline, int *ret_status);

/* The output so far, ended with a NUL that `ret_size` does not count. Borrowed. */
const char *child_process_output(const struct child_process *child, size_t *ret_size);

/* Kills what still runs, and reaps it. NULL is fine. Returns NULL. */
struct child_process *child_process_free(struct child_process *child);
void cleanup_child_process(struct child_process **child);

/*
 * Why a program could not be run, for people: what /proc and /dev/null are missing for, or the text
 * of `error`, one of the functions above or -ECHILD for CHILD_PROCESS_NOT_EXECUTED. Borrowed until
 * the next strerror(3).
 */
const char *child_process_failure(int error);

/* The exit code of a program that could not be executed, as a shell has it. */
#define CHILD_PROCESS_NOT_EXECUTED 127
