/* SPDX-License-Identifier: Apache-2.0 */
/* What a running service says of itself. */
#include "agent/record/service_status.h"
#include "cleanup.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct service_status status;
	struct facts facts;
	int result;

	fuzz_spoil(&status, sizeof(status));
	fuzz_spoil(&facts, sizeof(facts));
	result = service_status_parse((const char *)data, size, &status, &facts);
	FUZZ_CHECK(result == SERVICE_STATUS_WITH_FACTS || result == SERVICE_STATUS_WITHOUT_FACTS ||
		   result == -EBADMSG);
	FUZZ_CHECK(result == SERVICE_STATUS_WITH_FACTS || fuzz_is_spoiled(&facts, sizeof(facts)));
	if (result < 0) {
		FUZZ_CHECK(fuzz_is_spoiled(&status, sizeof(status)));
		return 0;
	}
	FUZZ_CHECK(status.pid > 0);
	FUZZ_CHECK(strnlen(status.since, sizeof(status.since)) < sizeof(status.since));
	FUZZ_CHECK(strnlen(status.paused, sizeof(status.paused)) < sizeof(status.paused));
	if (result == SERVICE_STATUS_WITH_FACTS)
		facts_clear(&facts);
	return 0;
}
