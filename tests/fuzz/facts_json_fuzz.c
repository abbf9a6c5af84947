/* SPDX-License-Identifier: Apache-2.0 */
/* Facts as JSON: what is read prints as something that reads the same. */
#include "agent/facts/facts_json.h"
#include "agent/facts/facts_json_parse.h"
#include "cleanup.h"
#include "policy/facts.h"
#include "tests/fuzz/diagnostics.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

static void check_print(const struct facts *facts)
{
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};
	_cleanup_(facts_clear) struct facts again = {0};
	_cleanup_free_ char *text = NULL, *other = NULL;

	FUZZ_CHECK(facts_json_print(facts, NULL, &text) == 0);
	FUZZ_CHECK(facts_json_parse(text, strlen(text), "again", &diagnostics, &again) == 0);
	FUZZ_CHECK(facts_json_print(&again, NULL, &other) == 0);
	FUZZ_CHECK(strcmp(text, other) == 0 && facts_json_equal(facts, &again));
	FUZZ_CHECK(facts->links_known == again.links_known && facts->n_links == again.n_links);
	for (size_t i = 0; i < facts->n_links; i++)
		FUZZ_CHECK(memcmp(&facts->links[i], &again.links[i], sizeof(again.links[i])) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};
	struct facts facts;
	int result;

	fuzz_spoil(&facts, sizeof(facts));
	result = facts_json_parse((const char *)data, size, "facts", &diagnostics, &facts);
	check_diagnostics(&diagnostics);
	if (result < 0) {
		FUZZ_CHECK(result == -EBADMSG && diagnostics.n_texts == 1);
		FUZZ_CHECK(fuzz_is_spoiled(&facts, sizeof(facts)));
		return 0;
	}
	FUZZ_CHECK(diagnostics.n_texts == 0);
	check_print(&facts);
	facts_clear(&facts);
	return 0;
}
