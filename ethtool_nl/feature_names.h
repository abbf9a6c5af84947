/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The names that features have had, on whatever kernel. What a kernel has its own string set says;
 * this is for telling another kernel's feature from a slip of the pen.
 */

/*
 * All of Linux 3.10 to 6.18 (netdev_features_strings in net/core/ethtool.c, later
 * net/ethtool/common.c), and ethtool's groups. Ends with NULL.
 */
extern const char *const feature_names[];
