/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/http_get.h"

#include "agent/base/fd_wait.h"
#include "cleanup.h"
#include "policy/file/read_whole.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* Of "HTTP/1.0 200". */
#define STATUS_LENGTH 12

static int take_error(int fd)
{
	socklen_t size = sizeof(int);
	int error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return -errno;
	return -error;
}

int http_get_connect(const union socket_address *address)
{
	_cleanup_close_ int fd =
		socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t size =
		address->any.sa_family == AF_INET ? sizeof(address->ip4) : sizeof(address->ip6);
	int result;

	if (fd < 0)
		return -errno;
	if (connect(fd, &address->any, size) < 0 && errno != EINPROGRESS)
		return -errno;
	/* On the loopback interface the answer is there already. */
	result = take_error(fd);
	return result < 0 ? result : TAKE_FD(fd);
}

static int send_request(int fd, const char *host, const char *path)
{
	_cleanup_free_ char *request = NULL;
	int length = asprintf(&request, "GET %s HTTP/1.0\r\nHost: %s\r\nAccept: text/plain\r\n\r\n",
			      path, host);

	if (length < 0) {
		request = NULL;
		return -ENOMEM;
	}
	/* So few bytes fit into an empty socket buffer at once. */
	return send(fd, request, (size_t)length, MSG_NOSIGNAL) == length ? 0 : -EIO;
}

int http_get_send(int fd, const char *host, const char *path, uint64_t deadline)
{
	int result = fd_wait(fd, POLLOUT, deadline);

	if (result == 0)
		result = take_error(fd);
	return result < 0 ? result : send_request(fd, host, path);
}

static int wait_for_more(int fd, void *context)
{
	const uint64_t *deadline = context;

	return fd_wait(fd, POLLIN, *deadline);
}

/* As from a file: a filter may permit no more than that (syscall_filter.h). */
int http_get_receive(int fd, size_t size_max, uint64_t deadline, char **ret_response,
		     size_t *ret_size)
{
	return read_whole(fd, size_max, wait_for_more, &deadline, ret_response, ret_size);
}

static const char *next_line(const char *line, const char *end)
{
	const char *newline = memchr(line, '\n', (size_t)(end - line));

	return newline ? newline + 1 : end;
}

const char *http_get_body(const char *response, size_t size)
{
	const char *end = response + size;

	if (size < STATUS_LENGTH ||
	    (memcmp(response, "HTTP/1.0 200", STATUS_LENGTH) != 0 &&
	     memcmp(response, "HTTP/1.1 200", STATUS_LENGTH) != 0) ||
	    (size > STATUS_LENGTH && !memchr(" \r\n", response[STATUS_LENGTH], 3)))
		return NULL;
	for (const char *line = response; (line = next_line(line, end)) < end;) {
		const char *after = line + (*line == '\r');

		if (after == end || *after == '\n')
			return next_line(line, end);
	}
	return NULL;
}
