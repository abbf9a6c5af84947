/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The kernel's counters of this network namespace: what it dropped for a wrong checksum, and what
 * came in by links. All users may read them. Hints: UDP of any port is counted, and not where a
 * firewall drops it first.
 */

#include "policy/facts.h"

#include <stddef.h>
#include <stdint.h>

#define TRAFFIC_COUNTER_FILES 3

/* The files, kept open: who gives up its privileges may not find them any more. -1 = there is none.
 */
struct traffic_counters {
	int fds[TRAFFIC_COUNTER_FILES];
};

#define TRAFFIC_COUNTERS_NONE                                                                      \
	{                                                                                          \
		{                                                                                  \
			-1, -1, -1                                                                 \
		}                                                                                  \
	}

/* What is not there is not counted: then the question fails. */
void traffic_counters_open(struct traffic_counters *ret_counters);
void traffic_counters_close(struct traffic_counters *counters);

/* UDP datagrams dropped for their checksum, over IPv4 and IPv6. Returns 0 or a negative errno. */
int traffic_counters_udp_errors(const struct traffic_counters *counters, uint64_t *ret_errors);

/* Packets that came in by the links of these names, all together. Returns 0 or a negative errno. */
int traffic_counters_received(const struct traffic_counters *counters,
			      char (*names)[LINK_NAME_SIZE], size_t n_names, uint64_t *ret_packets);

/*
 * Pure: finds "NAME" of "PROTOCOL" in the text of /proc/net/snmp, where a line of names is followed
 * by one of values. Returns 0 or -ENOENT.
 */
int traffic_counters_find(const char *text, const char *protocol, const char *name,
			  uint64_t *ret_value);
