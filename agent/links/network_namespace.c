/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/network_namespace.h"

#include "cleanup.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* 0 where there are none; what emulates a kernel does not always choose the same errno for that. */
static int read_cookie(uint64_t *ret_cookie)
{
	uint64_t cookie = 0;
#ifdef SO_NETNS_COOKIE
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(cookie);

	if (fd < 0)
		return -errno;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) < 0 &&
	    errno != ENOPROTOOPT && errno != EINVAL && errno != EOPNOTSUPP)
		return -errno;
#endif
	*ret_cookie = cookie;
	return 0;
}

int network_namespace_read(struct network_namespace *ret_network_namespace)
{
	struct network_namespace network_namespace = {0};
	struct stat status;
	int result = read_cookie(&network_namespace.cookie);

	if (result < 0)
		return result;
	if (stat("/proc/self/ns/net", &status) == 0)
		network_namespace.inode = status.st_ino;
	else if (errno != ENOENT && network_namespace.cookie == 0)
		return -errno;
	*ret_network_namespace = network_namespace;
	return 0;
}

uint64_t network_namespace_number(struct network_namespace network_namespace)
{
	return network_namespace.cookie ? network_namespace.cookie : network_namespace.inode;
}

bool network_namespace_equal(struct network_namespace a, struct network_namespace b)
{
	return a.cookie && b.cookie ? a.cookie == b.cookie : a.inode == b.inode;
}
