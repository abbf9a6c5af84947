/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For LD_PRELOAD: a program that asks for a large receive buffer, as the service does for
 * notifications, gets 4 KB, so that it loses most of a burst. Other sockets are left alone.
 */
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LARGE (1024 * 1024)

__attribute__((visibility("default"))) int setsockopt(int fd, int level, int option,
						      const void *value, socklen_t size)
{
	static const int small = 4096;

	if (level == SOL_SOCKET && (option == SO_RCVBUF || option == SO_RCVBUFFORCE) &&
	    *(const int *)value >= LARGE)
		value = &small;
	return (int)syscall(SYS_setsockopt, fd, level, option, value, size);
}
