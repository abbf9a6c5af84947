/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A program run without power, or with just what it needs: executed by its descriptor, in a process
 * group of its own, with an empty environment, no privileges, limits, no input, and its output read
 * through a pipe up to a cap. It dies with its parent, and nothing of its group is left behind.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct child_process_options {
	int program_fd; /* borrowed */
	char *const *argv;
	size_t output_max; /* bytes */
	bool keep_user; /* see privileges_drop() */
	uint64_t capabilities; /* those to keep; see there, too */
	bool keep_stderr; /* else /dev/null, and no file may grow (RLIMIT_FSIZE) */
};

struct child_process;

/* Starts it. Returns 0 or a negative errno. The caller ends with child_process_free(). */
int child_process_start(const struct child_process_options *options,
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
 * Waits until the program has ended; then the rest of its process group is killed.
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
