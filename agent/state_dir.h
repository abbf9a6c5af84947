/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The folder /run/offload-agent: made when missing, its files written whole or not at all, and a
 * lock for those who change the record of changes.
 */

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#define STATE_DIR_PATH "/run/offload-agent"

/* How long a command waits for the lock; the service, which can come back, waits less. */
#define STATE_DIR_LOCK_WAIT_MS	       10000
#define STATE_DIR_LOCK_SERVICE_WAIT_MS 200

/*
 * Opens the folder. state_dir_create() makes it (0755) when it is missing.
 * Returns a descriptor that the caller closes, or a negative errno (-ENOENT: there is none).
 */
int state_dir_open(void);
int state_dir_create(void);

/*
 * Opens a file that is there to be locked, and makes it (`mode`, owned as the folder is) when it is
 * missing. Returns a descriptor that the caller closes, or a negative errno.
 */
int state_dir_open_lock(int directory_fd, const char *name, mode_t mode);

/*
 * Locks the folder against other changers of the record; closing the descriptor unlocks.
 * Returns the descriptor, -ETIME when somebody held it for `wait_ms`, or another negative errno.
 */
int state_dir_lock(int directory_fd, unsigned int wait_ms);

/*
 * Reads a whole file of at most `size_max` bytes; `ret_text` is ended with NUL and the caller's.
 * Returns 0, -ENOENT, -EFBIG, or another negative errno.
 */
int state_dir_read(int directory_fd, const char *name, size_t size_max, char **ret_text,
		   size_t *ret_size);

/*
 * As state_dir_read(), but only what root or this process's own user wrote, and nobody else may
 * write: -EPERM for a file of another's.
 */
int state_dir_read_trusted(int directory_fd, const char *name, size_t size_max, char **ret_text,
			   size_t *ret_size);

/*
 * Writes a file: `print` fills it, then it is put in place of the old one with one rename (0644
 * less the umask, owned as the folder is). After a failure the old one stands. The caller holds
 * the lock.
 * Returns 0, what `print` returned when that is negative, or a negative errno.
 */
int state_dir_write(int directory_fd, const char *name, int (*print)(FILE *output, void *data),
		    void *data);

/* As state_dir_write(), but the file stays the writer's own, so that a reader knows who wrote it.
 */
int state_dir_write_own(int directory_fd, const char *name, int (*print)(FILE *output, void *data),
			void *data);
