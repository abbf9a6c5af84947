/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One look at what a link sends: what it has sent, and what waits to be sent. Two looks show
 * whether it is stalled. Needs no privilege.
 *
 * The kernel's own witness, the watchdog's counter of timeouts, does not count on every driver:
 * since each stop of a queue starts its clock anew (Linux 6.12, 6.1.115), an e1000e or igb that
 * stops its queue again every two seconds hangs for ever with a counter of 0. What the driver has
 * taken and not sent (byte queue limits) shows that; and for a driver without them, what its
 * queueing discipline holds.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link_facts;
struct qdisc;

/* How far apart two looks must be to show a stall: the watchdog's patience is as long. */
#define TX_LOOK_APART_MS 5000

struct tx_look {
	uint64_t
		at_ms; /* by the caller's clock; 0 = there was no look, or nothing was to be seen */
	bool carrier;
	uint64_t packets; /* sent */
	uint64_t in_flight; /* octets that the driver has taken, and not sent yet, of all queues */
	uint64_t backlog; /* octets that wait for the driver */
	uint64_t timeouts; /* of all queues, since the device was registered */
};

/*
 * Looks at a link below `sysfs`, the folder of links (devices.h says which it must be); `qdiscs` is
 * what qdiscs_read() found. Returns 0; -ENODEV when the link is not there, or is another
 * namespace's; another negative errno when what is there cannot be read.
 */
int tx_look_read(const char *sysfs, const struct link_facts *link, const struct qdisc *qdiscs,
		 size_t n_qdiscs, uint64_t now_ms, struct tx_look *ret_look);

/* Does something wait? Then another look shows whether it still does. */
bool tx_look_waits(const struct tx_look *look);

/*
 * Was the link stalled between the two? At both it had a carrier and something waiting, and it sent
 * nothing meanwhile. One that is idle has nothing waiting, one that is busy sends.
 */
bool tx_looks_stalled(const struct tx_look *before, const struct tx_look *now);

/* How many timeouts are new. Fewer than before: the device was registered anew, or lost a queue. */
uint64_t tx_looks_timeouts(const struct tx_look *before, const struct tx_look *now);
