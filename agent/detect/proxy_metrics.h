/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * kube-proxy's version, asked at its own metrics page on the loopback interface.
 *
 * One request of plain HTTP/1.0 to a numeric address, so that there is nothing to resolve, to
 * encrypt, to decode or to redirect. A library for it would be loaded at every start of the
 * program, whatever the command: linked with libcurl it takes five times as long to start as
 * without (7.88 on Debian 12; the dynamic loader's own statistics say the same).
 */

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

/* kube-proxy's page has about 100 KB. */
#define PROXY_METRICS_SIZE_MAX (4 * 1024 * 1024) /* bytes, with the header */

/* An address to connect to. */
union proxy_metrics_address {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
};

/*
 * Reads "127.0.0.1:10249" or "[::1]:10249". Returns 0; -EINVAL for everything else, also for names
 * and for port 0.
 */
int proxy_metrics_parse_address(const char *text, union proxy_metrics_address *ret_address);

/*
 * Finds kube-proxy's version in an answer: an HTTP header with status 200, then Prometheus' text
 * format, in which the series kubernetes_build_info has the label gitVersion (until Kubernetes
 * 1.18) or git_version. Pure: `response` need not end with a NUL.
 * Returns 0 with a version that the caller frees; -EBADMSG with a static text in `ret_why` (may be
 * NULL); -ENOMEM.
 */
int proxy_metrics_parse_response(const char *response, size_t size, char **ret_version,
				 const char **ret_why);

/*
 * Who listens on the address? Reads one file of the kernel's form of /proc/net/tcp or tcp6, up to
 * the end of its listening sockets, which stand first (net/ipv4/tcp_ipv4.c). Wildcard addresses
 * count.
 * Returns 0 when root alone does, -EACCES when another user does, -ENOENT when nobody does, -ENXIO
 * when the file cannot be opened.
 */
int proxy_metrics_check_listener(const char *path, const union proxy_metrics_address *address);

/* A question that was asked, and is to be answered. */
struct proxy_metrics;

/*
 * Asks the page at `address`, which is borrowed: connects, and sends the request. It, and reading
 * the answer, may take `limit_ms` milliseconds in all. This is all that needs a socket to be made;
 * what came of it, proxy_metrics_read() tells.
 * Returns 0 or -ENOMEM. The caller ends with proxy_metrics_free().
 */
int proxy_metrics_ask(const char *address, unsigned int limit_ms,
		      struct proxy_metrics **ret_metrics);

/* NULL is fine. Returns NULL. */
struct proxy_metrics *proxy_metrics_free(struct proxy_metrics *metrics);
void cleanup_proxy_metrics(struct proxy_metrics **metrics);

/*
 * Reads the answer. Returns 0 with a version that the caller frees; -ENOENT when nobody listens
 * there; -EACCES when the listener is not root's, so not kube-proxy; -EBADMSG when it is but there
 * is no version to be had. For these two `ret_why` gets one line, the caller's to free. -ENOMEM.
 */
int proxy_metrics_read(struct proxy_metrics *metrics, char **ret_version, char **ret_why);
