/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of everything netlink where the build host's kernel headers do not know the features of
 * the family "ethtool" (before Linux 5.7): it is never offered.
 */
#include "ethtool_nl/backend.h"
#include "ethtool_nl/monitor.h"

#include <errno.h>

int backend_netlink_open(struct backend **ret_backend, struct stringset *ret_names)
{
	(void)ret_backend;
	(void)ret_names;
	return -EOPNOTSUPP;
}

int ethtool_monitor_open(struct ethtool_monitor **ret_monitor)
{
	(void)ret_monitor;
	return -EOPNOTSUPP;
}

/* No monitor can be open, so the others are there for the linker alone. */

struct ethtool_monitor *ethtool_monitor_close(struct ethtool_monitor *monitor)
{
	(void)monitor;
	return NULL;
}

int ethtool_monitor_fd(const struct ethtool_monitor *monitor)
{
	(void)monitor;
	return -EOPNOTSUPP;
}

int ethtool_monitor_set_buffer(struct ethtool_monitor *monitor, int size)
{
	(void)monitor;
	(void)size;
	return -EOPNOTSUPP;
}

int ethtool_monitor_read(struct ethtool_monitor *monitor, ethtool_monitor_callback *on_change,
			 void *context)
{
	(void)monitor;
	(void)on_change;
	(void)context;
	return -EOPNOTSUPP;
}
