/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The file of the record of changes: written before a change is made, so that a crash at any moment
 * loses nothing. One file for all network namespaces that share /run; it ends with the boot.
 *
 * It is a log, with lines as changes_line.h has them: what is turned off, and what is given back,
 * is one line more. A last line that was cut off by a crash never happened, and neither did the
 * change that it was about. When there are more lines than records by far, the log is written anew.
 *
 * Room for giving back is taken with the room for turning off, so that a disk that is full
 * meanwhile leaves no record that claims too much.
 */

#include "agent/record/changes.h"

/*
 * Reads the record of the folder `directory_fd` (-1: there is none, the record is empty). A
 * record of an earlier boot is empty. Feature names become the features of `handle`. Lines that
 * cannot be read are counted in n_damaged; the next writing keeps a copy of such a file.
 * Returns 0 or a negative errno. The caller ends with changes_clear().
 */
int changes_file_load(int directory_fd, const struct ethtool_nl *handle,
		      struct changes *ret_changes);

/*
 * Writes entries of changes_entry(), and whatever else is unwritten: a line each, or the whole log,
 * atomically, where there is none that can be appended to. Then `changes` has them. Makes sure that
 * all that is recorded can be given back later without more room. Takes no file when there is
 * nothing to be written.
 * The caller holds the lock. Returns 0 or a negative errno; then file and `changes` are as before.
 */
int changes_file_append(int directory_fd, const struct ethtool_nl *handle, struct changes *changes,
			const struct changed_nic *entries, size_t n_entries);

/*
 * Writes the log anew, without what is over, once it has far more lines than records. The caller
 * holds the lock, and nothing waits for it.
 */
void changes_file_shorten(int directory_fd, const struct ethtool_nl *handle,
			  struct changes *changes);

/*
 * Makes the log where there is no file, and opens it, so that the first change has nothing to do
 * but to append to it. The caller holds the lock. Returns 0 or a negative errno.
 */
int changes_file_begin(int directory_fd, const struct ethtool_nl *handle, struct changes *changes);

/* Is there room for giving back all that is recorded? Returns 0 or a negative errno. */
int changes_file_reserve(int directory_fd, struct changes *changes);

/* Is the file still the one that was read or written last? If not, another process changed it. */
bool changes_file_is_current(int directory_fd, const struct changes *changes);
