/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The devices behind NICs: what hardware there is, by sysfs and the driver's own word, and how
 * other links use it; of software, how it is used. Needs no privilege.
 */

#include <stddef.h>

struct device_facts;
struct link_facts;
struct rules;

#define DEVICES_SYSFS "/sys/class/net"

/*
 * Looks at the devices of the links that have one, and at the links of kinds of which a rule asks
 * such a thing; the others of a kind of their own, which may be thousands, are not looked at.
 * `sysfs` is the folder of the links, DEVICES_SYSFS; it must be that of this network namespace, and
 * where it is another one's, which its ifindexes show, nothing is known of a device but that there
 * may be one. The links must be all of the namespace, in ascending order, for what stands on a
 * device to be right. Tunnels and features are not looked at. Returns 0 or a negative errno. The
 * caller ends with devices_free().
 */
int devices_read(const char *sysfs, const struct link_facts *links, size_t n_links,
		 const struct rules *rules, struct device_facts **ret_devices,
		 size_t *ret_n_devices);
