/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The inventory of the links in this network namespace, read over rtnetlink.
 */

#include "policy/facts.h"

#include <stddef.h>

/*
 * Reads all links with one dump, in ascending order of their ifindex; a dump that was interrupted
 * by changes is repeated a few times, and then taken, completed by what the earlier ones listed:
 * nothing is missing that was there all the time. With `kinds` (ended with NULL; NULL = all links)
 * it makes one dump for each kind, which costs next to nothing for the thousands of links that are
 * of none of them; a kernel that does not filter sends them all the same, and they are dropped
 * here. Drivers are left empty: see links_read_drivers(). Returns 0 or a negative errno. The caller
 * frees the array.
 */
int links_read(const char *const kinds[], struct link_facts **ret_links, size_t *ret_n_links);

/* The same order for links from elsewhere; without a number, or with the same, by name. */
void links_sort(struct link_facts *links, size_t n_links);

/* Of links in that order, the one with this ifindex; or NULL. */
const struct link_facts *links_find(const struct link_facts *links, size_t n_links,
				    unsigned int ifindex);

/*
 * Asks the drivers' names of many links. Returns 0, or a negative errno when no socket can be had.
 */
int links_read_drivers(struct link_facts *links, size_t n_links);

/* The same, of hardware alone: of the links that may be. */
int links_read_nic_drivers(struct link_facts *links, size_t n_links);

/*
 * The same for single links: a descriptor (or a negative errno) that the caller closes, and the
 * question itself (ETHTOOL_GDRVINFO, by name). A link that is gone, or whose driver has no name,
 * gets "".
 */
int links_driver_socket(void);
void links_read_driver(int fd, struct link_facts *link);

/* What the driver says of its own version and of its firmware's; "" = nothing. */
void links_read_versions(int fd, const char *name, char driver_version[static LINK_DRIVER_SIZE],
			 char firmware[static LINK_DRIVER_SIZE]);
