/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges: a byte that chooses the form, a line that is a range, a line that is a version. */
#include "cleanup.h"
#include "policy/range.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

#define BOUND_SIZE 96

static int parse_version(enum range_form form, const char *text, struct version *ret_version)
{
	if (form == RANGE_KUBERNETES)
		return version_parse_kubernetes(text, ret_version);
	if (form == RANGE_KERNEL)
		return version_parse_kernel(text, ret_version);
	return version_parse_build(text, ret_version);
}

/* A bound as it must have been written, with the numbers that it has in `text`. */
static void print_bound(const char *text, enum range_form form, const struct version *version,
			char printed[static BOUND_SIZE])
{
	static const char *const stage_names[] = {"-alpha.", "-beta.", "-rc."};
	size_t length = strcspn(text, "-");
	char *end = printed;
	unsigned int count = 1;

	for (size_t i = 0; i < length; i++)
		count += text[i] == '.';
	FUZZ_CHECK(count <= VERSION_NUMBERS_MAX);
	if (*text == 'v')
		*end++ = 'v';
	for (unsigned int i = 0; i < count; i++)
		end += sprintf(end, "%s%u", i ? "." : "", version->numbers[i]);
	if (version->stage != VERSION_RELEASE)
		sprintf(end, "%s%u", form == RANGE_KERNEL ? "-rc" : stage_names[version->stage],
			version->stage_number);
}

/* Nothing in the text of a bound was passed over: written again it is the same. */
static void check_bound(const char *word, enum range_form form, const struct range *range)
{
	const char *text = word + strspn(word, "<>=");
	char printed[BOUND_SIZE];
	struct version version;

	FUZZ_CHECK(parse_version(form, text, &version) == 0);
	print_bound(text, form, &version, printed);
	FUZZ_CHECK(strcmp(text, printed) == 0);
	FUZZ_CHECK((range->has_lower && version_compare(&version, &range->lower) == 0) ||
		   (range->has_upper && version_compare(&version, &range->upper) == 0));
}

/* Is the version within the bounds as they are written? The second opinion. */
static bool holds(const char *text, enum range_form form, const struct version *version)
{
	_cleanup_free_ char *words = strdup(text);
	char *rest = NULL;
	bool all = true;

	FUZZ_CHECK(words);
	for (char *word = strtok_r(words, " \t", &rest); word;
	     word = strtok_r(NULL, " \t", &rest)) {
		size_t length = strspn(word, "<>=");
		struct version bound;
		int order;

		FUZZ_CHECK(parse_version(form, word + length, &bound) == 0);
		order = version_compare(version, &bound);
		all = all && ((order == 0 && word[length - 1] == '=') ||
			      (order < 0 && word[0] == '<') || (order > 0 && word[0] == '>'));
	}
	return all;
}

static void check_text(const char *text, enum range_form form, const struct range *range)
{
	_cleanup_free_ char *words = strdup(text);
	char *rest = NULL;

	FUZZ_CHECK(words && strcmp(range->text, text) == 0);
	FUZZ_CHECK(range->has_lower || range->has_upper);
	for (char *word = strtok_r(words, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest))
		check_bound(word, form, range);
}

static void check_list(const struct range_list *list, const char *text, enum range_form form,
		       const struct version *version)
{
	const struct range *hit = &list->ranges[0], *passed;
	enum answer answer = range_list_contains(list, version, &hit);
	bool inside = holds(text, form, version);

	FUZZ_CHECK((answer == ANSWER_YES) == (hit != NULL));
	if (answer == ANSWER_UNKNOWN)
		FUZZ_CHECK(version->commits > 0);
	else
		FUZZ_CHECK((answer == ANSWER_YES) == inside);
	passed = range_list_passed(list, version);
	if (passed)
		FUZZ_CHECK(!inside && version_compare(version, &passed->upper) >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum range_form form = fuzz_take_byte(&data, &size) % 3;
	_cleanup_free_ char *text = fuzz_take_line(&data, &size);
	_cleanup_free_ char *node = fuzz_take_line(&data, &size);
	_cleanup_(range_list_clear) struct range_list list = {0};
	const char *why = NULL;
	struct version version;
	struct range range;
	int result;

	fuzz_spoil(&range, sizeof(range));
	result = range_parse(text, form, &range, &why);
	if (result < 0) {
		FUZZ_CHECK(result == -EINVAL || result == -ERANGE);
		FUZZ_CHECK(fuzz_is_spoiled(&range, sizeof(range)) && why && *why);
		return 0;
	}
	check_text(text, form, &range);
	FUZZ_CHECK(range_list_add(&list, &range) == 0 && !range.text);
	if (parse_version(form, node, &version) == 0)
		check_list(&list, text, form, &version);
	return 0;
}
