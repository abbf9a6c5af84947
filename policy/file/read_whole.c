/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/file/read_whole.h"

#include "cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* What most need; and /proc, which has no sizes, gives what it has in one piece. */
#define FIRST_SIZE ((size_t)64 * 1024)

int read_whole(int fd, size_t size_max, int (*wait)(int fd, void *context), void *context,
	       char **ret_text, size_t *ret_size)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0, allocated = 0;
	ssize_t got = 1;

	while (got != 0) {
		int result = wait ? wait(fd, context) : 0;

		if (result < 0)
			return result;
		if (size == allocated) {
			size_t more = allocated ? 2 * allocated : FIRST_SIZE;
			char *longer;

			/* A byte more than may be: it shows that there is more. */
			allocated = more <= size_max ? more : size_max + 1;
			longer = realloc(text, allocated + 1);
			if (!longer)
				return -ENOMEM;
			text = longer;
		}
		got = read(fd, text + size, allocated - size);
		if (got < 0 && errno != EINTR && !(errno == EAGAIN && wait))
			return -errno;
		if (got > 0)
			size += (size_t)got;
		if (size > size_max)
			return -EFBIG;
	}
	text[size] = '\0';
	*ret_text = TAKE_PTR(text);
	if (ret_size)
		*ret_size = size;
	return 0;
}
