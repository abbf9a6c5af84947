/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The file of the record of changes: written before a change is made, so that a crash at any moment
 * loses nothing. One file for all network namespaces that share /run; it ends with the boot.
 *
 * The file is JSON with one NIC a line. New lines are appended in place of its end, so that a
 * thousand recorded NICs do not make the next one slow; a line that a crash cut off was never
 * followed by a change, and is dropped when the file is read.
 */

#include "agent/changes.h"

/*
 * Reads the record of the folder `directory_fd` (-1: there is none, the record is empty). A
 * record of an earlier boot is empty. Feature names become the features of `handle`.
 * Returns 0; -EBADMSG for a file that is no record of ours (it is not overwritten: see
 * changes_file_save()); another negative errno. The caller ends with changes_clear().
 */
int changes_file_load(int directory_fd, const struct ethtool_nl *handle,
		      struct changes *ret_changes);

/* Writes the whole record, atomically. Returns 0 or a negative errno; then the old one stands. */
int changes_file_save(int directory_fd, const struct ethtool_nl *handle, struct changes *changes);

/*
 * Writes what changes_add() added since the last writing: appends it, or writes the whole record
 * when there is no file yet, or one that claims too much. Returns 0 or a negative errno; then the
 * old record stands.
 */
int changes_file_append(int directory_fd, const struct ethtool_nl *handle, struct changes *changes);

/* Is the file still the one that was read or written last? If not, somebody else changed it. */
bool changes_file_is_current(int directory_fd, const struct changes *changes);
