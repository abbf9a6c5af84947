/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The report for other processes: /run/offload-agent/report.json, of `apply` and of the service. */

struct report;
struct written_file;

/*
 * Writes it into the state folder; the caller has the right to publish (service_status.h). One that
 * cannot be written leaves none: the old one is not true any more.
 * Returns 0 or a negative errno.
 */
int report_file_write(int directory_fd, const struct report *report);

/* The same for who does so again and again, unless it stands there already (written_file.h). */
int report_file_renew(int directory_fd, const struct report *report, struct written_file *file);

/*
 * The same for a command, unless a service runs: then its report stands. The caller holds the lock
 * of the record, so that no other command is at it.
 */
int report_file_write_once(int directory_fd, const struct report *report);

/* Removes it: nothing is known that could stand there. */
void report_file_remove(int directory_fd);
