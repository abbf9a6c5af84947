/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The files of the kernel that have the counters of wrong checksums, kept open by who reads them
 * often: those of the network namespace of who opened them.
 */

struct checksum_counters;

struct checksum_source {
	int snmp_fd, snmp6_fd; /* -1: not open yet, or there is none */
};

#define CHECKSUM_SOURCE_NONE                                                                       \
	{                                                                                          \
		.snmp_fd = -1, .snmp6_fd = -1                                                      \
	}

/* Opens what is not open. What cannot be had is not known, or 0. The caller closes it at last. */
void checksum_source_read(struct checksum_source *source, struct checksum_counters *ret_counters);

/* CHECKSUM_SOURCE_NONE can be closed, and is what it is then. */
void checksum_source_close(struct checksum_source *source);

/* Opens, reads and closes: for who reads them once. */
void checksum_source_read_once(struct checksum_counters *ret_counters);
