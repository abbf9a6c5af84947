/* SPDX-License-Identifier: Apache-2.0 */
/* What was seen on NICs, "here" being the boot: it is fit to be shown, and is not added twice. */
#include "agent/base/text.h"
#include "agent/record/symptoms_file.h"
#include "cleanup.h"
#include "policy/symptom.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

static void check_text(const char *text, size_t size)
{
	FUZZ_CHECK(strnlen(text, size) < size);
	for (; *text; text++)
		FUZZ_CHECK(!text_begins_control(text));
}

static void check_one(const struct symptom_facts *facts)
{
	const struct link_facts link = {.ifindex = facts->ifindex};

	check_text(facts->name, sizeof(facts->name));
	check_text(facts->mac, sizeof(facts->mac));
	check_text(facts->symptom, sizeof(facts->symptom));
	check_text(facts->seen, sizeof(facts->seen));
	check_text(facts->what, sizeof(facts->what));
	FUZZ_CHECK(facts->ifindex > 0);
	FUZZ_CHECK(symptom_is_of_link(facts, &link) == (!facts->name[0] && !facts->mac[0]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(symptoms_clear) struct symptoms symptoms = {0};
	const char *text = (const char *)data;
	int result = symptoms_file_parse(text, size, "here", &symptoms);
	const size_t n_seen = symptoms.n_seen;

	if (result < 0) {
		FUZZ_CHECK(result == -EBADMSG && n_seen == 0);
		return 0;
	}
	FUZZ_CHECK(n_seen <= SYMPTOMS_MAX);
	for (size_t i = 0; i < n_seen; i++)
		check_one(&symptoms.seen[i].facts);
	FUZZ_CHECK(symptoms_file_parse(text, size, "here", &symptoms) == 0);
	FUZZ_CHECK(symptoms.n_seen == n_seen);
	return 0;
}
