/* SPDX-License-Identifier: Apache-2.0 */
/* What a running service says of itself. */
#include "agent/record/service_status.h"
#include "cleanup.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct publisher publisher;
	struct facts facts;
	int result;

	fuzz_spoil(&publisher, sizeof(publisher));
	fuzz_spoil(&facts, sizeof(facts));
	result = publisher_parse((const char *)data, size, &publisher, &facts);
	FUZZ_CHECK(result == PUBLISHER_SPEAKS || result == PUBLISHER_MUTE || result == -EBADMSG);
	FUZZ_CHECK(result == PUBLISHER_SPEAKS || fuzz_is_spoiled(&facts, sizeof(facts)));
	if (result < 0) {
		FUZZ_CHECK(fuzz_is_spoiled(&publisher, sizeof(publisher)));
		return 0;
	}
	FUZZ_CHECK(publisher.pid > 0);
	FUZZ_CHECK(strnlen(publisher.since, sizeof(publisher.since)) < sizeof(publisher.since));
	FUZZ_CHECK(strnlen(publisher.paused, sizeof(publisher.paused)) < sizeof(publisher.paused));
	if (result == PUBLISHER_SPEAKS)
		facts_clear(&facts);
	return 0;
}
