/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/base/boot_id.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>

int boot_id_read(char ret_id[static BOOT_ID_SIZE])
{
	_cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -errno;
	length = read(fd, ret_id, BOOT_ID_SIZE - 1);
	if (length < 0)
		return -errno;
	ret_id[length] = '\0';
	return length == BOOT_ID_SIZE - 1 ? 0 : -EBADMSG;
}
