/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the kernel notifies of links (rtnetlink) and, where it does, of features (ethtool netlink),
 * handed to the keeper. When notifications were lost, the keeper reads everything again. And that
 * packets may leave by other links, as far as rules ask for it.
 */

#include "agent/links/link_monitor.h"
#include "agent/links/route_monitor.h"
#include "agent/service/keeper.h"
#include "ethtool_nl/monitor.h"

struct notifications {
	struct link_monitor *links;
	struct route_monitor *routes;
	struct ethtool_monitor *features; /* NULL: the kernel has none, or they are not wanted */
};

/*
 * Open it before the first look at the NICs, so that nothing falls between the two. Returns 0 or a
 * negative errno. The caller ends with notifications_close(), also after a failure.
 */
int notifications_open(struct notifications *notifications, enum ethtool_nl_backend backend);

/* A zeroed one can be closed. */
void notifications_close(struct notifications *notifications);

/*
 * Hears only of links that can be of concern to the keeper, if that may be others than before: it
 * then reads again what it may not have heard of.
 */
void notifications_choose_links(const struct notifications *notifications, struct keeper *keeper);

/*
 * Takes what there is, without waiting. `ret_new_nic`: one has appeared that is of concern.
 * Returns 0, or a negative errno, which is logged: the socket is of no use any more.
 */
int notifications_read_links(const struct notifications *notifications, struct keeper *keeper,
			     bool *ret_new_nic);
/* Returns 1 when packets may leave by other links than before; else as the others. */
int notifications_read_routes(const struct notifications *notifications);
int notifications_read_features(const struct notifications *notifications, struct keeper *keeper);
