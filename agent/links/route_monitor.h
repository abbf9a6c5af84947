/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The kernel's notifications that packets may leave by other links than before: of routes, policy
 * rules, addresses, links, and of what forwarding databases say of other nodes. What has changed is
 * not told: there is little to be learned from a part of it.
 */

struct route_interest;
struct route_monitor;

/*
 * In the calling thread's network namespace; it does not listen yet. No privilege is needed.
 * Returns 0 or a negative errno.
 */
int route_monitor_open(struct route_monitor **ret_monitor);

/* NULL is fine. */
void route_monitor_close(struct route_monitor *monitor);

/* A descriptor to poll for reading; it stays the monitor's, whether it listens or not. */
int route_monitor_fd(const struct route_monitor *monitor);

/*
 * Whoever does not want to know (NULL) is not woken up; and the kernel drops what does not matter,
 * if it takes the filter. Returns 1 when it listens only now, or to other things than before: what
 * happened before is not told; 0; or a negative errno.
 */
int route_monitor_listen(struct route_monitor *monitor, const struct route_interest *interest);

/*
 * Reads what has arrived, without waiting, a bounded number in one call. Returns 1 when packets may
 * leave elsewhere, which includes that notifications were lost; 0; a negative errno when the socket
 * is of no use any more.
 */
int route_monitor_read(struct route_monitor *monitor);
