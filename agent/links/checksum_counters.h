/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How many packets this network namespace has dropped for a wrong checksum, by the kernel's own
 * counters, which all may read. A hint that somebody sends such packets, and no more: they count
 * whatever port a packet was for and whoever spoiled it, and not those that a firewall drops
 * before.
 */

#include <stdbool.h>
#include <stdint.h>

struct checksum_counters {
	bool known; /* false: they could not be read, and the others mean nothing */
	uint64_t udp, udp6, tcp; /* since the namespace is there; tcp: of both families */
};

/*
 * From the texts of /proc/net/snmp and, which may be NULL, snmp6, as far as the kernel has them:
 * what it has not is 0. checksum_source.h reads them.
 */
void checksum_counters_parse(const char *snmp, const char *snmp6,
			     struct checksum_counters *ret_counters);
