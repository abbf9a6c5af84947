/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The folder /run/offload-agent: made when missing, its files written whole or not at all, and a
 * lock for those who change the record of changes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

#define STATE_DIR_PATH	    "/run/offload-agent"
#define STATE_DIR_LOCK_FILE "changes.lock" /* of those who change the record */

/* How long a command waits for the lock; the service, which can come back, waits less. */
#define STATE_DIR_LOCK_WAIT_MS	       10000
#define STATE_DIR_LOCK_SERVICE_WAIT_MS 200
#define STATE_DIR_LOCK_STOP_WAIT_MS    60000 /* systemd kills after 90 seconds */

/*
 * Opens the folder. state_dir_create() makes it (0755) when it is missing.
 * Returns a descriptor that the caller closes, or a negative errno (-ENOENT: there is none).
 */
int state_dir_open(void);
int state_dir_create(void);

/*
 * Gives the folder to the user that the service is to run as, and the files in it, so that he can
 * go on with what another one began. Nothing is asked of the kernel when the folder is his already.
 * Returns 0 or a negative errno.
 */
int state_dir_give(int directory_fd, uid_t user, gid_t group);

/* Is the open folder still the one of that name, and not removed, or replaced? */
bool state_dir_is_current(int directory_fd);

/*
 * Opens a file that is there to be locked, and makes it (0600, owned as the folder is) when it is
 * missing: a process that may open a file may lock it, so this one is for root and the folder's
 * owner. Returns a descriptor that the caller closes; -EBADMSG for what is no file; another
 * negative errno.
 */
int state_dir_open_lock(int directory_fd, const char *name);

/*
 * Locks the folder against other changers of the record; closing the descriptor unlocks.
 * Returns the descriptor, -ETIME when another process held it for `wait_ms`, or another negative
 * errno.
 */
int state_dir_lock(int directory_fd, unsigned int wait_ms);

/*
 * The same in parts, for who locks often and keeps the file open. One that state_dir_open_lock()
 * opened before is good as long as the folder of that name has it: then that folder is the one it
 * was opened in, too. Locking returns 0, or a negative errno as above.
 */
bool state_dir_has_lock_file(int file);
int state_dir_lock_file(int file, unsigned int wait_ms);
void state_dir_unlock(int file);

/*
 * Opens a file to be read, and fills its status: follows no link, waits for nothing, and takes
 * nothing but files. Returns a descriptor that the caller closes; -EBADMSG for what is no file (a
 * link, a folder, a pipe, a socket, a device); -ENOENT; another negative errno.
 */
int state_dir_open_file(int directory_fd, const char *name, struct stat *ret_status);

/*
 * Reads a whole file of at most `size_max` bytes; `ret_text` is ended with NUL and the caller's.
 * Returns 0, -ENOENT, -EBADMSG for what is no file, -EFBIG, or another negative errno.
 */
int state_dir_read(int directory_fd, const char *name, size_t size_max, char **ret_text,
		   size_t *ret_size);

/*
 * As state_dir_read(), but only what root or this process's own user wrote, and no other user may
 * write: -EPERM for a file of another's.
 */
int state_dir_read_trusted(int directory_fd, const char *name, size_t size_max, char **ret_text,
			   size_t *ret_size);

/*
 * As state_dir_read(), but only what the folder's owner or root wrote, and no other user may write:
 * -EPERM for a file of another's.
 */
int state_dir_read_owned(int directory_fd, const char *name, size_t size_max, char **ret_text,
			 size_t *ret_size);

/* Is a file of that status such a one? */
bool state_dir_owns(int directory_fd, const struct stat *status);

/*
 * Writes a file: `print` fills it, then it is put in place of the old one with one rename (0644
 * less the umask, owned as the folder is). After a failure the old one stands. The caller holds
 * the lock.
 * Returns 0, what `print` returned when that is negative, or a negative errno.
 */
int state_dir_write(int directory_fd, const char *name, int (*print)(FILE *output, void *data),
		    void *data);

/*
 * The same with a text of `size` bytes. `ret_fd` is the file, open for writing, and the caller's;
 * NULL closes it.
 */
int state_dir_write_text(int directory_fd, const char *name, const char *text, size_t size,
			 int *ret_fd);

/*
 * As state_dir_write_text(), but all users may read the file whatever the umask, and it is locked
 * for writing (fcntl()) before others can open it: only the writer can ever hold that lock.
 * `ret_fd` holds it, and is the caller's: open for writing, and the lock ends when this process
 * closes it, or any other descriptor of that file.
 */
int state_dir_write_locked(int directory_fd, const char *name, const char *text, size_t size,
			   int *ret_fd);

/* Removes a file. Returns 0, also when there is none, or a negative errno. */
int state_dir_remove(int directory_fd, const char *name);

/* As state_dir_write(), but the file stays the writer's own, so that a reader knows who wrote it.
 */
int state_dir_write_own(int directory_fd, const char *name, int (*print)(FILE *output, void *data),
			void *data);

/*
 * What an error of these functions says to the operator: strerror(3), or, where that does not say
 * what to do, more. Valid until the next call.
 */
const char *state_dir_failure(int error);
