/* SPDX-License-Identifier: Apache-2.0 */
/* kube-proxy's metrics page, with the header of the answer. */
#include "agent/detect/proxy_metrics.h"
#include "cleanup.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

/* The version as Prometheus' text format writes a label: read again it is the same. */
static void check_version(const char *version)
{
	_cleanup_free_ char *escaped = malloc(2 * strlen(version) + 1), *page = NULL, *again = NULL;
	char *end = escaped;

	FUZZ_CHECK(escaped && version[0]);
	for (const char *c = version; *c; c++) {
		if (strchr("\\\"\n", *c))
			*end++ = '\\';
		*end++ = *c == '\n' ? 'n' : *c;
	}
	*end = '\0';
	FUZZ_CHECK(asprintf(&page,
			    "HTTP/1.0 200 OK\r\n\r\n# TYPE kubernetes_build_info gauge\n"
			    "kubernetes_build_info{major=\"1\",git_version=\"%s\"} 1\n",
			    escaped) > 0);
	FUZZ_CHECK(proxy_metrics_parse_response(page, strlen(page), &again, NULL) == 0);
	FUZZ_CHECK(strcmp(version, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *const untouched = "untouched", *why = NULL;
	char *version = (char *)untouched;
	int result;

	result = proxy_metrics_parse_response((const char *)data, size, &version, &why);
	if (result < 0) {
		FUZZ_CHECK(result == -EBADMSG && why && *why && version == untouched);
		return 0;
	}
	check_version(version);
	free(version);
	return 0;
}
