/* SPDX-License-Identifier: Apache-2.0 */
/* The measurement that is kept, "here" being the boot; what it says reads the same again. */
#include "agent/probe/probe_record.h"
#include "agent/probe/probe_report.h"
#include "cleanup.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

#define BOOT_ID "here"

/* As `probe --json` prints a measurement with these answers. */
static char *print(const struct measured_facts *measured, size_t *ret_size)
{
	struct probe_result result = {
		.boot_id = BOOT_ID,
		.time = "2020-06-01T12:00:00Z",
		.zero_checksum = measured->zero_checksum,
		.udp_checksum = measured->udp_checksum,
		.corrupts = answer_or(measured->zero_checksum, measured->udp_checksum),
	};
	char *text = NULL;
	FILE *output;

	snprintf(result.reason, sizeof(result.reason), "%s", measured->source);
	output = open_memstream(&text, ret_size);
	FUZZ_CHECK(output);
	FUZZ_CHECK(probe_print_json(output, &result) == 0 && fclose(output) == 0);
	return text;
}

static void check_print(const struct measured_facts *measured)
{
	_cleanup_(measured_facts_clear) struct measured_facts again = {.source = NULL};
	_cleanup_free_ char *text = NULL;
	size_t size = 0;

	text = print(measured, &size);
	FUZZ_CHECK(probe_record_parse(text, size, BOOT_ID, &again) == 0);
	FUZZ_CHECK(again.zero_checksum == measured->zero_checksum &&
		   again.udp_checksum == measured->udp_checksum);
	FUZZ_CHECK(again.source[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct measured_facts measured;
	int result;

	fuzz_spoil(&measured, sizeof(measured));
	result = probe_record_parse(text, size, BOOT_ID, &measured);
	if (result < 0) {
		FUZZ_CHECK(result == -EBADMSG || result == -ESTALE);
		FUZZ_CHECK(fuzz_is_spoiled(&measured, sizeof(measured)));
		return 0;
	}
	FUZZ_CHECK(measured.zero_checksum <= ANSWER_YES && measured.udp_checksum <= ANSWER_YES);
	FUZZ_CHECK(measured.source && measured.source[0]);
	check_print(&measured);
	measured_facts_clear(&measured);
	/* Of another boot it is nothing. */
	fuzz_spoil(&measured, sizeof(measured));
	FUZZ_CHECK(probe_record_parse(text, size, "there", &measured) == -ESTALE);
	FUZZ_CHECK(fuzz_is_spoiled(&measured, sizeof(measured)));
	return 0;
}
