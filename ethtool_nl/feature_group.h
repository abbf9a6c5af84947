/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ethtool's names of groups ("tx", "tx-checksumming"), each of which means several of the kernel's
 * features. The members are found by the patterns that `ethtool -K` uses, so a new kernel's new
 * members count.
 */

/* The pattern (fnmatch(3)) of the members of a group; NULL when `name` is not a group. */
const char *feature_group_pattern(const char *name);
