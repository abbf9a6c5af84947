/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/reconcile/forwarding.h"

#include "cleanup.h"
#include "policy/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Reads net.FAMILY.conf.LINK.forwarding of this thread's network namespace. Returns whether it is
 * on, or a negative errno. One that is not there is off: a kernel without IPv6, a link without
 * either. IPv4's of the whole node is always there, unless /proc/sys is hidden.
 */
static int read_forwarding(const char *family, const char *link)
{
	const bool must_be_there = strcmp(family, "ipv4") == 0 && strcmp(link, "all") == 0;
	char path[sizeof("/proc/sys/net/ipv4/conf//forwarding") + LINK_NAME_SIZE];
	_cleanup_close_ int fd = -1;
	char text;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/forwarding", family, link);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT && !must_be_there ? 0 : -errno;
	length = read(fd, &text, 1);
	if (length < 0)
		return -errno;
	return length == 1 && text != '0';
}

/* Of the whole node ("all": net.ipv4.ip_forward is another name of it) or of one link. */
static int find_setting(const char *link, char ret_why[static FORWARDING_WHY_SIZE])
{
	static const char *const families[] = {"ipv4", "ipv6"};

	for (size_t i = 0; i < 2; i++) {
		int result = read_forwarding(families[i], link);

		if (result < 0)
			snprintf(ret_why, FORWARDING_WHY_SIZE,
				 "net.%s.conf.%s.forwarding cannot be read: %s", families[i], link,
				 strerror(-result));
		else if (result > 0)
			snprintf(ret_why, FORWARDING_WHY_SIZE, "net.%s.conf.%s.forwarding is on",
				 families[i], link);
		if (result != 0)
			return result;
	}
	return 0;
}

static bool is_switch(const struct link_facts *link)
{
	return strcmp(link->kind, "bridge") == 0 || strcmp(link->kind, "openvswitch") == 0;
}

/* Does what comes in by `link` come to `other` next? A veth's lower link is its peer. */
static bool is_above(const struct link_facts *link, const struct link_facts *other)
{
	return link->master == other->ifindex ||
	       (other->lower == link->ifindex && strcmp(other->kind, "veth") != 0);
}

/* What one link says, `below` being the one that leads to it, if any. */
static int find_at(const struct link_facts *link, const struct link_facts *below,
		   char ret_why[static FORWARDING_WHY_SIZE])
{
	if (below && is_switch(link)) {
		snprintf(ret_why, FORWARDING_WHY_SIZE, "%s is a port of %s %s", below->name,
			 link->kind, link->name);
		return 1;
	}
	return find_setting(link->name, ret_why);
}

/* Climbs from the link; which links lead up can form a loop, so that each is met once. */
static int climb(const struct link_facts *link, const struct link_facts *links, size_t n_links,
		 char ret_why[static FORWARDING_WHY_SIZE])
{
	_cleanup_free_ const struct link_facts **met = calloc(n_links + 1, sizeof(*met));
	_cleanup_free_ bool *is_met = calloc(n_links + 1, sizeof(*is_met));
	size_t n_met = 1;
	int result = find_at(link, NULL, ret_why);

	if (!met || !is_met)
		return -ENOMEM;
	met[0] = link;
	for (size_t next = 0; next < n_met; next++) {
		for (size_t i = 0; i < n_links && result == 0; i++) {
			if (is_met[i] || links[i].ifindex == link->ifindex ||
			    !is_above(met[next], &links[i]))
				continue;
			is_met[i] = true;
			met[n_met++] = &links[i];
			result = find_at(&links[i], met[next], ret_why);
		}
	}
	return result;
}

int forwarding_find(const struct link_facts *link, const struct link_facts *links, size_t n_links,
		    char ret_why[static FORWARDING_WHY_SIZE])
{
	int result = find_setting("all", ret_why);

	if (result == 0)
		result = climb(link, links, n_links, ret_why);
	if (result == -ENOMEM)
		snprintf(ret_why, FORWARDING_WHY_SIZE, "out of memory");
	return result;
}
