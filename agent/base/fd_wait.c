/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/base/fd_wait.h"

#include "agent/base/monotonic.h"

#include <errno.h>
#include <poll.h>

int fd_wait(int fd, short events, uint64_t deadline)
{
	struct pollfd polled = {.fd = fd, .events = events};

	for (;;) {
		int left = monotonic_ms_until(deadline);
		int count;

		if (left == 0)
			return -ETIME;
		count = poll(&polled, 1, left);
		if (count > 0)
			return 0;
		if (count < 0 && errno != EINTR)
			return -errno;
	}
}
