/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/devices/sysfs.h"

#include "cleanup.h"
#include "policy/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sysfs_open(int folder, const char *path)
{
	int fd = openat(folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

ssize_t sysfs_read_line(int folder, const char *name, char *text, size_t size)
{
	_cleanup_close_ int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

	if (length < 0)
		return -1;
	text[length] = '\0';
	length = strcspn(text, "\n");
	text[length] = '\0';
	return length;
}

int sysfs_open_link(int links, const struct link_facts *link)
{
	_cleanup_close_ int folder = sysfs_open(links, link->name);
	char text[16];

	if (folder < 0)
		return folder;
	if (sysfs_read_line(folder, "ifindex", text, sizeof(text)) <= 0 ||
	    strtoul(text, NULL, 10) != link->ifindex)
		return -ENODEV;
	return TAKE_FD(folder);
}
