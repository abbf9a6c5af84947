/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/proxy_metrics.h"

#include "agent/base/monotonic.h"
#include "agent/detect/http_get.h"
#include "agent/detect/listener.h"
#include "cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* No version is longer. */
#define VERSION_SIZE 256

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

int proxy_metrics_parse_response(const char *response, size_t size, char **ret_version,
				 const char **ret_why)
{
	struct cursor cursor = {http_get_body(response, size), response + size}, line;
	char version[VERSION_SIZE];
	const char *why = "the answer is not HTTP with status 200";

	if (cursor.next) {
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

/* The kernel's tables take milliseconds to read where connections are few: mostly nobody is there.
 */
static bool is_refused(const union socket_address *address)
{
	_cleanup_close_ int fd = http_get_connect(address);

	return fd == -ECONNREFUSED;
}

/*
 * Looks who listens, and sends the request: over a connection that was made afterwards, since one
 * from before can be another's who has left the port to root. Returns 0 or a negative errno, which
 * is noted.
 */
static int ask(struct proxy_metrics *metrics)
{
	_cleanup_close_ int fd = -1;
	union socket_address parsed;
	int result;

	if (socket_address_parse(metrics->address, &parsed) < 0)
		return note_error(
			metrics, -EACCES,
			"not asked: must be a numeric address and a port, as 127.0.0.1:10249");
	if (is_refused(&parsed))
		return note_error(metrics, -ENOENT, NULL);
	result = listener_check(&parsed);
	if (result == -EACCES)
		return note_error(metrics, result,
				  "not asked: another user than root listens there");
	if (result == -ENOENT)
		return note_error(metrics, result, NULL);
	/* Without the kernel's tables, the connection itself shows whose socket it is. */
	result = fd = http_get_connect(&parsed);
	if (result >= 0)
		result = http_get_send(fd, metrics->address, "/metrics", metrics->deadline);
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

	result = http_get_receive(metrics->fd, PROXY_METRICS_SIZE_MAX, metrics->deadline, &response,
				  &size);
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
