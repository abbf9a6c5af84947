/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The kernel's notifications that a link came, changed or went (rtnetlink, group LINK), on a
 * socket of their own.
 */

#include "policy/facts.h"

#include <stdbool.h>

struct link_kinds;
struct link_monitor;

/*
 * Joins the group in the calling thread's network namespace. No privilege is needed. Open it
 * before the first reading of the links, so that nothing falls between the two.
 * Returns 0 or a negative errno.
 */
int link_monitor_open(struct link_monitor **ret_monitor);

/* NULL is fine. */
void link_monitor_close(struct link_monitor *monitor);

/* A descriptor to poll for reading; it stays the monitor's. */
int link_monitor_fd(const struct link_monitor *monitor);

/*
 * Resizes the receive buffer, in the kernel's units (212992 holds about 90 links). Beyond the
 * system's limit it needs CAP_NET_ADMIN; without that it is cut to the limit.
 * Returns 0 or a negative errno.
 */
int link_monitor_set_buffer(struct link_monitor *monitor, int size);

/*
 * Lets the kernel drop the notifications of links that are of none of these kinds, so that they
 * wake nobody up; not all of them are, where the kinds say so (policy/link_kinds.h). A kernel that
 * does not take the filter goes on with all notifications.
 * Returns 1 when notifications that would pass now may have been dropped before: read all links
 * again; otherwise 0.
 */
int link_monitor_set_kinds(struct link_monitor *monitor, const struct link_kinds *kinds);

/* Called for each link that came, changed or (`gone`) went. The driver is not known. */
typedef void link_monitor_callback(const struct link_facts *link, bool gone, void *context);

/*
 * Reads what has arrived, without waiting, a bounded number in one call.
 * Returns 0, also when nothing had arrived; -ENOBUFS when notifications were lost: read all links
 * again; another negative errno when the socket is of no use any more.
 */
int link_monitor_read(struct link_monitor *monitor, link_monitor_callback *on_link, void *context);
