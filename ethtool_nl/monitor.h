/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The kernel's notifications that features of a link changed (ETHTOOL_MSG_FEATURES_NTF,
 * multicast group "monitor"), on a socket of their own.
 *
 * A notification comes after every change of the active features, one's own too, now and then
 * without any change (bridges), and not at all when a link is created or when only the wish
 * changes. It has the features as they were then: where they are known so already, nothing is to be
 * done; else the link is read again.
 */

#include "ethtool_nl/ethtool_nl.h"

struct ethtool_monitor;

/*
 * Joins the group in the calling thread's network namespace. No privilege is needed. Open it
 * before the first reading, so that no change falls between the two.
 * Returns 0; -EOPNOTSUPP when the kernel does not offer these notifications; another negative
 * errno.
 */
int ethtool_monitor_open(struct ethtool_monitor **ret_monitor);

/* NULL is fine. Returns NULL. */
struct ethtool_monitor *ethtool_monitor_close(struct ethtool_monitor *monitor);

/* A descriptor to poll for reading; it stays the monitor's. */
int ethtool_monitor_fd(const struct ethtool_monitor *monitor);

/*
 * Resizes the receive buffer. The unit is the kernel's: 212992, its usual default, holds about 256
 * notifications. Beyond the system's limit (net.core.rmem_max) it needs CAP_NET_ADMIN; without
 * that it is cut to the limit. Returns 0 or a negative errno.
 */
int ethtool_monitor_set_buffer(struct ethtool_monitor *monitor, int size);

typedef void ethtool_monitor_callback(unsigned int ifindex, const struct featureset *features,
				      void *context);

/*
 * Reads what has arrived, without waiting, and calls `on_change` for every notification. It must
 * not close the monitor.
 * Returns 0, also when nothing had arrived (never -EAGAIN); -ENOBUFS when notifications were lost,
 * after those that were not: read all links again; another negative errno when the socket is
 * of no use any more. It takes a bounded number in one call, so a flood does not hold the caller:
 * what is left keeps the descriptor readable.
 */
int ethtool_monitor_read(struct ethtool_monitor *monitor, ethtool_monitor_callback *on_change,
			 void *context);
