/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The files of the kernel that have the counters of wrong checksums, kept open by who reads them
 * often: those of the network namespace of who opened them.
 */

struct checksum_counters;

struct checksum_source {
	int snmp_fd, snmp6_fd; /* -1: there is none */
};

#define CHECKSUM_SOURCE_NONE                                                                       \
	{                                                                                          \
		.snmp_fd = -1, .snmp6_fd = -1                                                      \
	}

/* What cannot be opened is not known, or 0. The caller closes it. */
void checksum_source_open(struct checksum_source *ret_source);

void checksum_source_read(const struct checksum_source *source,
			  struct checksum_counters *ret_counters);

/* CHECKSUM_SOURCE_NONE can be closed, and is what it is then. */
void checksum_source_close(struct checksum_source *source);

/* The three in one, for who reads them once. */
void checksum_source_read_once(struct checksum_counters *ret_counters);
