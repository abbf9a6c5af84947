/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/proxy_metrics.h"

#include "agent/base/monotonic.h"
#include "cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>

/* As include/net/tcp_states.h of the kernel counts. */
#define TCP_STATE_LISTEN 0x0a

/* No version is longer. */
#define VERSION_SIZE 256

static int parse_port(const char *text, in_port_t *ret_port)
{
	size_t length = strspn(text, "0123456789");
	unsigned long port;

	if (length == 0 || length > 5 || text[length])
		return -EINVAL;
	port = strtoul(text, NULL, 10);
	if (port == 0 || port > UINT16_MAX)
		return -EINVAL;
	*ret_port = htons((uint16_t)port);
	return 0;
}

int proxy_metrics_parse_address(const char *text, union proxy_metrics_address *ret_address)
{
	union proxy_metrics_address address = {.any.sa_family = AF_INET};
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN];
	size_t length = colon ? (size_t)(colon - text) : 0;
	bool is_ip6 = text[0] == '[';
	in_port_t port;

	if (!colon || parse_port(colon + 1, &port) < 0)
		return -EINVAL;
	if (is_ip6) {
		if (length < 2 || text[length - 1] != ']')
			return -EINVAL;
		text++;
		length -= 2;
	}
	if (length >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, length);
	host[length] = '\0';
	if (is_ip6)
		address.ip6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
	else
		address.ip4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
	if (inet_pton(address.any.sa_family, host,
		      is_ip6 ? (void *)&address.ip6.sin6_addr : (void *)&address.ip4.sin_addr) != 1)
		return -EINVAL;
	*ret_address = address;
	return 0;
}

/* A stretch of text that is being read from its start. */
struct cursor {
	const char *next, *end;
};

static bool cursor_skip(struct cursor *cursor, const char *expected)
{
	size_t length = strlen(expected);

	if ((size_t)(cursor->end - cursor->next) < length ||
	    memcmp(cursor->next, expected, length) != 0)
		return false;
	cursor->next += length;
	return true;
}

static void cursor_skip_blanks(struct cursor *cursor)
{
	while (cursor->next < cursor->end && (*cursor->next == ' ' || *cursor->next == '\t'))
		cursor->next++;
}

/* The next line, without its end; false when there is none. */
static bool cursor_line(struct cursor *cursor, struct cursor *ret_line)
{
	const char *newline;

	if (cursor->next == cursor->end)
		return false;
	newline = memchr(cursor->next, '\n', (size_t)(cursor->end - cursor->next));
	*ret_line = (struct cursor){cursor->next, newline ? newline : cursor->end};
	cursor->next = newline ? newline + 1 : cursor->end;
	return true;
}

/* A quoted label value with its escapes; false when it is broken, or too long for `value`. */
static bool cursor_label_value(struct cursor *cursor, char value[static VERSION_SIZE])
{
	size_t length = 0;

	if (!cursor_skip(cursor, "\""))
		return false;
	while (cursor->next < cursor->end && length + 1 < VERSION_SIZE) {
		char c = *cursor->next++;

		if (c == '"') {
			value[length] = '\0';
			return true;
		}
		if (c == '\\' && cursor->next < cursor->end) {
			c = *cursor->next++;
			if (c == 'n')
				c = '\n';
		}
		if (c != '\0')
			value[length++] = c;
	}
	return false;
}

/* The name before the '='. */
static struct cursor cursor_label_name(struct cursor *cursor)
{
	struct cursor name = {cursor->next, cursor->next};

	while (cursor->next < cursor->end && !memchr("=,}\" \t", *cursor->next, 6))
		cursor->next++;
	name.end = cursor->next;
	return name;
}

static bool is_version_label(struct cursor name)
{
	struct cursor other = name;

	return (cursor_skip(&name, "gitVersion") && name.next == name.end) ||
	       (cursor_skip(&other, "git_version") && other.next == other.end);
}

/* Reads one line of a metric; true when it is the series, with a version. */
static bool read_series(struct cursor line, char version[static VERSION_SIZE])
{
	char value[VERSION_SIZE];

	if (!cursor_skip(&line, "kubernetes_build_info"))
		return false;
	cursor_skip_blanks(&line);
	if (!cursor_skip(&line, "{"))
		return false;
	do {
		struct cursor name;

		cursor_skip_blanks(&line);
		name = cursor_label_name(&line);
		cursor_skip_blanks(&line);
		if (!cursor_skip(&line, "="))
			return false;
		cursor_skip_blanks(&line);
		if (!cursor_label_value(&line, value))
			return false;
		if (is_version_label(name)) {
			strcpy(version, value);
			return version[0] != '\0';
		}
		cursor_skip_blanks(&line);
	} while (cursor_skip(&line, ","));
	return false;
}

/* Passes over the header of an answer; false unless its status is 200. */
static bool skip_header(struct cursor *cursor)
{
	struct cursor line;

	if (!cursor_line(cursor, &line) ||
	    (!cursor_skip(&line, "HTTP/1.0 200") && !cursor_skip(&line, "HTTP/1.1 200")) ||
	    (line.next < line.end && !memchr(" \r", *line.next, 2)))
		return false;
	while (cursor_line(cursor, &line)) {
		if (line.next == line.end || (*line.next == '\r' && line.next + 1 == line.end))
			return true;
	}
	return false;
}

int proxy_metrics_parse_response(const char *response, size_t size, char **ret_version,
				 const char **ret_why)
{
	struct cursor cursor = {response, response + size}, line;
	char version[VERSION_SIZE];
	const char *why = "the answer is not HTTP with status 200";

	if (skip_header(&cursor)) {
		why = "the page tells no kubernetes_build_info with gitVersion or git_version";
		while (cursor_line(&cursor, &line)) {
			if (!read_series(line, version))
				continue;
			*ret_version = strdup(version);
			return *ret_version ? 0 : -ENOMEM;
		}
	}
	if (ret_why)
		*ret_why = why;
	return -EBADMSG;
}

/* Is the address of a listener, as IPv6, the one to connect to or a wildcard? */
static bool listens_on(const struct in6_addr *listener, const union proxy_metrics_address *address)
{
	struct in6_addr wanted = IN6ADDR_ANY_INIT;

	if (IN6_IS_ADDR_UNSPECIFIED(listener))
		return true;
	if (address->any.sa_family == AF_INET6) {
		wanted = address->ip6.sin6_addr;
	} else {
		wanted.s6_addr[10] = wanted.s6_addr[11] = 0xff;
		memcpy(wanted.s6_addr + 12, &address->ip4.sin_addr, 4);
		if (IN6_IS_ADDR_V4MAPPED(listener) && listener->s6_addr32[3] == INADDR_ANY)
			return true;
	}
	return memcmp(listener, &wanted, sizeof(wanted)) == 0;
}

/* The kernel prints addresses as 32-bit numbers of the machine's own byte order. */
static bool parse_proc_address(const char *text, struct in6_addr *ret_address)
{
	struct in6_addr address = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
	size_t length = strspn(text, "0123456789ABCDEF");
	size_t offset = length == 8 ? 12 : 0;

	if (length != 8 && length != 32)
		return false;
	for (size_t i = 0; i < length; i += 8) {
		uint32_t word;

		if (sscanf(text + i, "%8" SCNx32, &word) != 1)
			return false;
		memcpy(address.s6_addr + offset + i / 2, &word, sizeof(word));
	}
	*ret_address = address;
	return true;
}

int proxy_metrics_check_listener(const char *path, const union proxy_metrics_address *address)
{
	/* Both kinds of address have their port at the same place. */
	unsigned int wanted_port = ntohs(address->ip4.sin_port);
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	bool found = false;
	char line[256];

	if (!file)
		return -ENXIO;
	while (fgets(line, sizeof(line), file)) {
		unsigned int port, state, uid;
		struct in6_addr listener;
		char text[33];

		if (sscanf(line, " %*u: %32[0-9A-F]:%4X %*[0-9A-F:] %2X %*s %*s %*s %u", text,
			   &port, &state, &uid) != 4)
			continue; /* the heading */
		if (state != TCP_STATE_LISTEN)
			break;
		if (port != wanted_port || !parse_proc_address(text, &listener) ||
		    !listens_on(&listener, address))
			continue;
		if (uid != 0)
			return -EACCES;
		found = true;
	}
	return found ? 0 : -ENOENT;
}

/*
 * As above, over both tables. A listener of IPv4 gets an IPv4 connection; only without one does
 * the listener of IPv6 that serves both.
 */
static int check_listeners(const union proxy_metrics_address *address)
{
	int result = -ENOENT;

	if (address->any.sa_family == AF_INET)
		result = proxy_metrics_check_listener("/proc/self/net/tcp", address);
	if (result == -ENOENT)
		result = proxy_metrics_check_listener("/proc/self/net/tcp6", address);
	return result;
}

static int wait_for(int fd, short events, uint64_t deadline)
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

static int connect_to(const union proxy_metrics_address *address, uint64_t deadline)
{
	_cleanup_close_ int fd =
		socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t size =
		address->any.sa_family == AF_INET ? sizeof(address->ip4) : sizeof(address->ip6);
	int error = 0, result;
	socklen_t error_size = sizeof(error);

	if (fd < 0)
		return -errno;
	if (connect(fd, &address->any, size) == 0)
		return TAKE_FD(fd);
	if (errno != EINPROGRESS)
		return -errno;
	result = wait_for(fd, POLLOUT, deadline);
	if (result < 0)
		return result;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_size) < 0)
		return -errno;
	return error ? -error : TAKE_FD(fd);
}

static int send_request(int fd, const char *host, uint64_t deadline)
{
	_cleanup_free_ char *request = NULL;
	int length = asprintf(
		&request, "GET /metrics HTTP/1.0\r\nHost: %s\r\nAccept: text/plain\r\n\r\n", host);
	int result;

	if (length < 0) {
		request = NULL;
		return -ENOMEM;
	}
	result = wait_for(fd, POLLOUT, deadline);
	if (result < 0)
		return result;
	/* So few bytes fit into an empty socket buffer at once. */
	return send(fd, request, (size_t)length, MSG_NOSIGNAL) == length ? 0 : -EIO;
}

static int receive(int fd, uint64_t deadline, char **ret_response, size_t *ret_size)
{
	_cleanup_free_ char *response = malloc(PROXY_METRICS_SIZE_MAX + 1);
	size_t size = 0;
	ssize_t got;

	if (!response)
		return -ENOMEM;
	do {
		int result = wait_for(fd, POLLIN, deadline);

		if (result < 0)
			return result;
		/* As from a file: a filter may permit no more than that (syscall_filter.h). */
		got = read(fd, response + size, PROXY_METRICS_SIZE_MAX + 1 - size);
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (got > 0)
			size += (size_t)got;
		if (size > PROXY_METRICS_SIZE_MAX)
			return -EFBIG;
	} while (got != 0);
	*ret_response = TAKE_PTR(response);
	*ret_size = size;
	return 0;
}

struct proxy_metrics {
	const char *address; /* borrowed */
	uint64_t deadline;
	int fd; /* the request was sent; or -1, and then why not: */
	int error;
	const char *why; /* static; NULL = what the error means */
};

static int note_error(struct proxy_metrics *metrics, int error, const char *why)
{
	metrics->error = error;
	metrics->why = why;
	return error;
}

/* Looks who listens, and sends the request. Returns 0 or a negative errno, which is noted. */
static int ask(struct proxy_metrics *metrics)
{
	union proxy_metrics_address parsed;
	_cleanup_close_ int fd = -1;
	int result;

	if (proxy_metrics_parse_address(metrics->address, &parsed) < 0)
		return note_error(
			metrics, -EACCES,
			"not asked: must be a numeric address and a port, as 127.0.0.1:10249");
	result = check_listeners(&parsed);
	if (result == -EACCES)
		return note_error(metrics, result,
				  "not asked: another user than root listens there");
	if (result == -ENOENT)
		return note_error(metrics, result, NULL);
	/* Where the kernel's tables cannot be read, the connection itself tells who is there. */
	fd = connect_to(&parsed, metrics->deadline);
	result = fd < 0 ? fd : send_request(fd, metrics->address, metrics->deadline);
	if (result < 0)
		return note_error(metrics, result == -EACCES ? -EPERM : result, NULL);
	metrics->fd = TAKE_FD(fd);
	return 0;
}

int proxy_metrics_ask(const char *address, unsigned int limit_ms,
		      struct proxy_metrics **ret_metrics)
{
	struct proxy_metrics *metrics = malloc(sizeof(*metrics));

	if (!metrics)
		return -ENOMEM;
	*metrics = (struct proxy_metrics){
		.address = address,
		.deadline = monotonic_now_ms() + limit_ms,
		.fd = -1,
	};
	if (ask(metrics) == -ENOMEM) {
		proxy_metrics_free(metrics);
		return -ENOMEM;
	}
	*ret_metrics = metrics;
	return 0;
}

struct proxy_metrics *proxy_metrics_free(struct proxy_metrics *metrics)
{
	if (!metrics)
		return NULL;
	if (metrics->fd >= 0)
		close(metrics->fd);
	free(metrics);
	return NULL;
}

void cleanup_proxy_metrics(struct proxy_metrics **metrics)
{
	proxy_metrics_free(*metrics);
}

/* Receives and reads the page; what is wrong with it is noted. */
static int read_page(struct proxy_metrics *metrics, char **ret_version)
{
	_cleanup_free_ char *response = NULL;
	const char *why = NULL;
	size_t size = 0;
	int result;

	result = receive(metrics->fd, metrics->deadline, &response, &size);
	if (result == 0)
		result = proxy_metrics_parse_response(response, size, ret_version, &why);
	return result < 0 ? note_error(metrics, result, why) : 0;
}

static int explain(const struct proxy_metrics *metrics, int error, char **ret_why)
{
	const char *why = metrics->why;

	if (metrics->error == -ETIME)
		why = "no complete answer in time";
	else if (metrics->error == -EFBIG)
		why = "the page is larger than 4 MiB";
	else if (!why)
		why = strerror(-metrics->error);
	if (asprintf(ret_why, "http://%s/metrics: %s", metrics->address, why) < 0)
		return -ENOMEM;
	return error;
}

int proxy_metrics_read(struct proxy_metrics *metrics, char **ret_version, char **ret_why)
{
	if (metrics->fd >= 0 && read_page(metrics, ret_version) == 0)
		return 0;
	switch (metrics->error) {
	case -ENOMEM:
		return -ENOMEM;
	case -ENOENT:
	case -ECONNREFUSED:
		return -ENOENT;
	case -EACCES:
		return explain(metrics, -EACCES, ret_why);
	default:
		return explain(metrics, -EBADMSG, ret_why);
	}
}
