/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* kube-proxy's version, asked at its own metrics page on the loopback interface. */

#include <stddef.h>

/* kube-proxy's page has about 100 KB. */
#define PROXY_METRICS_SIZE_MAX (4 * 1024 * 1024) /* bytes, with the header */

/*
 * Finds kube-proxy's version in an answer: an HTTP header with status 200, then Prometheus' text
 * format, in which the series kubernetes_build_info has the label gitVersion (until Kubernetes
 * 1.18) or git_version. Pure: `response` need not end with a NUL.
 * Returns 0 with a version that the caller frees; -EBADMSG with a static text in `ret_why` (may be
 * NULL); -ENOMEM.
 */
int proxy_metrics_parse_response(const char *response, size_t size, char **ret_version,
				 const char **ret_why);

/* A question that was asked, and is to be answered. */
struct proxy_metrics;

/*
 * Asks the page at `address`, which is borrowed: connects, and sends the request. It, and reading
 * the answer, may take `limit_ms` milliseconds in all. This is all that needs a socket to be made;
 * what came of it, proxy_metrics_read() returns.
 * Returns 0 or -ENOMEM. The caller ends with proxy_metrics_free().
 */
int proxy_metrics_ask(const char *address, unsigned int limit_ms,
		      struct proxy_metrics **ret_metrics);

/* NULL is fine. Returns NULL. */
struct proxy_metrics *proxy_metrics_free(struct proxy_metrics *metrics);
void cleanup_proxy_metrics(struct proxy_metrics **metrics);

/*
 * Reads the answer. Returns 0 with a version that the caller frees; -ENOENT when nothing listens
 * there; -EACCES when the listener is not root's, so not kube-proxy; -EBADMSG when it is but there
 * is no version to be had. For these two `ret_why` gets one line, the caller's to free. -ENOMEM.
 */
int proxy_metrics_read(struct proxy_metrics *metrics, char **ret_version, char **ret_why);
