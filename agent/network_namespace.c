/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/network_namespace.h"

#include "cleanup.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>

/*
 * Inodes of namespaces are used again; cookies (since Linux 5.14) are not. -EOPNOTSUPP where there
 * are none; what emulates a kernel does not always choose the same errno for that.
 */
static int read_cookie(uint64_t *ret_cookie)
{
#ifdef SO_NETNS_COOKIE
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(*ret_cookie);

	if (fd < 0)
		return -errno;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, ret_cookie, &size) < 0)
		return errno == ENOPROTOOPT || errno == EINVAL || errno == EOPNOTSUPP ? -EOPNOTSUPP
										      : -errno;
	return 0;
#else
	(void)ret_cookie;
	return -EOPNOTSUPP;
#endif
}

/* Never one number now and the other one then: what was recorded would not be found again. */
int network_namespace_read(uint64_t *ret_network_namespace)
{
	int result = read_cookie(ret_network_namespace);
	struct stat status;

	if (result != -EOPNOTSUPP)
		return result;
	if (stat("/proc/self/ns/net", &status) < 0) {
		if (errno != ENOENT)
			return -errno;
		status.st_ino = 0;
	}
	*ret_network_namespace = status.st_ino;
	return 0;
}
