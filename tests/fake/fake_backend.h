/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A back end of ethtool_nl/ with scripted devices in place of the kernel: fixed features, features
 * that are taken and not done, ones that drag others along, refusals, and devices that vanish.
 */

#include "ethtool_nl/ethtool_nl.h"
#include "ethtool_nl/feature_mask.h"

struct fake_device {
	unsigned int ifindex;
	struct featureset features;
	struct feature_mask stubborn; /* the wish is recorded, nothing happens */
	struct feature_mask dependent; /* active only while one of `dependee` is */
	struct feature_mask dependee;
	int read_error; /* answered instead of doing it */
	int set_error;
	int lost_error; /* answered after having done it: what came of it cannot be read */
	const char *set_message; /* the kernel's words with set_error; may be NULL */
	unsigned int n_reads, n_sets; /* counted */
	struct feature_mask last_request; /* the mask of the last set */
	/* Not NULL: counts down at the begin and the end of each set; at 0 the process is killed.
	 */
	unsigned int *time_to_live;
};

/*
 * Opens a handle over `devices`, which stay the caller's: a test looks at them, changes them, and
 * sets ifindex to 0 for one that is gone. Bit i has the i-th name. Returns 0 or a negative errno.
 */
int fake_backend_open(const char *const names[], unsigned int n_names, struct fake_device *devices,
		      size_t n_devices, struct ethtool_nl **ret_handle);

/*
 * What the kernel's netdev_fix_features() does after a change of the wish: active is the wish, cut
 * to what is possible.
 */
void fake_device_recompute(struct fake_device *device);
