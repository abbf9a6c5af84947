/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/service/notifications.h"

#include "agent/base/log.h"
#include "cleanup.h"
#include "policy/link_kinds.h"

#include <errno.h>
#include <string.h>

/* A burst of links fits; what does not is found by reading again. */
#define RECEIVE_BUFFER_SIZE (8 * 1024 * 1024)

int notifications_open(struct notifications *notifications, enum ethtool_nl_backend backend)
{
	int result;

	result = link_monitor_open(&notifications->links);
	if (result < 0)
		return result;
	link_monitor_set_buffer(notifications->links, RECEIVE_BUFFER_SIZE);
	result = route_monitor_open(&notifications->routes);
	if (result < 0)
		return result;
	if (backend == ETHTOOL_NL_IOCTL)
		return 0;
	result = ethtool_monitor_open(&notifications->features);
	if (result == 0)
		ethtool_monitor_set_buffer(notifications->features, RECEIVE_BUFFER_SIZE);
	return result == -EOPNOTSUPP ? 0 : result;
}

void notifications_close(struct notifications *notifications)
{
	link_monitor_close(notifications->links);
	route_monitor_close(notifications->routes);
	ethtool_monitor_close(notifications->features);
	*notifications = (struct notifications){0};
}

static int check(const char *what, int result, struct keeper *keeper)
{
	if (result == -ENOBUFS) {
		log_debug("%s: notifications were lost; reading everything again", what);
		keeper_take_loss(keeper);
		return 0;
	}
	if (result < 0)
		log_error("%s: %s", what, strerror(-result));
	return result;
}

void notifications_choose_links(const struct notifications *notifications, struct keeper *keeper)
{
	_cleanup_(link_kinds_clear) struct link_kinds kinds = {.named = NULL};

	if (!keeper->concerns_anew || inspection_kinds(&keeper->inspection, &kinds) < 0)
		return;
	keeper->concerns_anew = false;
	if (link_monitor_set_kinds(notifications->links, &kinds))
		keeper_take_change(keeper);
}

struct reader {
	struct keeper *keeper;
	bool new_nic;
};

static void take_link(const struct link_facts *link, bool gone, void *context)
{
	struct reader *reader = context;

	if (keeper_take_link(reader->keeper, link, gone) == KEEPER_NEW_NIC)
		reader->new_nic = true;
}

static void take_features(unsigned int ifindex, const struct featureset *features, void *context)
{
	keeper_take_features(context, ifindex, features);
}

int notifications_read_links(const struct notifications *notifications, struct keeper *keeper,
			     bool *ret_new_nic)
{
	struct reader reader = {.keeper = keeper};
	int result = link_monitor_read(notifications->links, take_link, &reader);

	*ret_new_nic = reader.new_nic;
	return check("link notifications", result, keeper);
}

int notifications_read_routes(const struct notifications *notifications)
{
	int result = route_monitor_read(notifications->routes);

	if (result < 0)
		log_error("route notifications: %s", strerror(-result));
	return result;
}

int notifications_read_features(const struct notifications *notifications, struct keeper *keeper)
{
	int result = ethtool_monitor_read(notifications->features, take_features, keeper);

	return check("feature notifications", result, keeper);
}
