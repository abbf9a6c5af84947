/* SPDX-License-Identifier: Apache-2.0 */
/* os-release, the variable assignments of a shell. */
#include "agent/detect/detect_os.h"
#include "cleanup.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* A value in single quotes, in which nothing is special but the quote itself. */
static char *quote(const char *value)
{
	_cleanup_free_ char *quoted = malloc(4 * strlen(value) + 1);
	char *end = quoted;

	FUZZ_CHECK(quoted);
	for (; *value; value++) {
		if (*value == '\'')
			end = stpcpy(end, "'\\'");
		*end++ = *value;
	}
	*end = '\0';
	return TAKE_PTR(quoted);
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void check_print(const struct os_facts *os)
{
	_cleanup_free_ char *id = quote(os->id ? os->id : "");
	_cleanup_free_ char *version_id = quote(os->version_id ? os->version_id : "");
	_cleanup_free_ char *pretty_name = quote(os->pretty_name ? os->pretty_name : "");
	_cleanup_(os_facts_clear) struct os_facts again = {0};
	_cleanup_free_ char *text = NULL;

	FUZZ_CHECK(asprintf(&text, "ID='%s'\nVERSION_ID='%s'\n PRETTY_NAME='%s' \n", id, version_id,
			    pretty_name) > 0);
	FUZZ_CHECK(detect_os_parse(text, &again) == 0);
	FUZZ_CHECK(same(os->id, again.id) && same(os->version_id, again.version_id) &&
		   same(os->pretty_name, again.pretty_name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(os_facts_clear) struct os_facts os = {0};
	_cleanup_free_ char *text = fuzz_text(data, size);

	FUZZ_CHECK(detect_os_parse(text, &os) == 0);
	FUZZ_CHECK(!os.id || os.id[0]);
	FUZZ_CHECK(!os.version_id || os.version_id[0]);
	FUZZ_CHECK(!os.pretty_name || os.pretty_name[0]);
	check_print(&os);
	return 0;
}
