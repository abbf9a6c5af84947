/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Folders of links below /sys/class/net, and the short files in them. */

#include <stddef.h>
#include <sys/types.h>

struct link_facts;

/* Opens a folder below another one. Returns a descriptor that the caller closes, or a negative
 * errno.
 */
int sysfs_open(int folder, const char *path);

/*
 * Opens the folder of a link below that of all links. sysfs shows the network namespace that it was
 * mounted in: -ENODEV where the folder of that name is another link's.
 */
int sysfs_open_link(int links, const struct link_facts *link);

/* Reads a file of one short line. Returns its length without the end of the line, or -1. */
ssize_t sysfs_read_line(int folder, const char *name, char *text, size_t size);
