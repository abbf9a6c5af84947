/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The back end over the SIOCETHTOOL ioctl, for every kernel since 2.6.39 (ETHTOOL_GFEATURES).
 * It goes by name, so the name is looked up by ifindex before and checked after.
 */

#include "ethtool_nl/backend.h"

struct ifreq;

/*
 * As backend_ioctl_open(), with `call` in the place of ioctl(2), which returns a negative errno on
 * failure, and `list` in that of if_nameindex(3): it fills ifindex and name of an array that the
 * caller frees, and returns how many there are.
 */
int backend_ioctl_open_with(int (*call)(int fd, unsigned long request, struct ifreq *argument),
			    size_t (*list)(struct ethtool_nl_link **ret_links),
			    struct backend **ret_backend, struct stringset *ret_names);
