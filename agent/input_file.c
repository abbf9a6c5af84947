/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/input_file.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define FIRST_SIZE (64 * 1024)

const char *input_file_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

static int grow(char **text, size_t *allocated, size_t size_max)
{
	size_t size = *allocated ? 2 * *allocated : FIRST_SIZE;
	char *grown;

	if (size > size_max)
		size = size_max + 1; /* one more tells a text that is too long */
	grown = realloc(*text, size);
	if (!grown)
		return -ENOMEM;
	*text = grown;
	*allocated = size;
	return 0;
}

int input_file_read(const char *path, size_t size_max, char **ret_text, size_t *ret_size)
{
	_cleanup_close_ int opened = -1;
	_cleanup_free_ char *text = NULL;
	size_t allocated = 0, size = 0;
	int fd = STDIN_FILENO;

	if (strcmp(path, "-") != 0)
		fd = opened = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t length;

		if (size == allocated && grow(&text, &allocated, size_max) < 0)
			return -ENOMEM;
		length = read(fd, text + size, allocated - size);
		if (length == 0)
			break;
		if (length < 0 && errno != EINTR)
			return -errno;
		if (length > 0)
			size += length;
		if (size > size_max)
			return -EFBIG;
	}
	*ret_text = TAKE_PTR(text);
	*ret_size = size;
	return 0;
}
