/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/range.h"

#include "array.h"
#include "cleanup.h"

#include <errno.h>
#include <string.h>

struct comparator {
	bool lower, upper, inclusive;
};

/* Takes the operator at the start of `text`. Returns its length, or 0 when there is none. */
static size_t read_operator(const char *text, struct comparator *comparator)
{
	static const struct {
		const char *text;
		struct comparator comparator;
	} operators[] = {
		{">=", {.lower = true, .inclusive = true}},
		{"<=", {.upper = true, .inclusive = true}},
		{">", {.lower = true}},
		{"<", {.upper = true}},
		{"=", {.lower = true, .upper = true, .inclusive = true}},
	};

	for (size_t i = 0; i < N_ELEMENTS(operators); i++) {
		size_t length = strlen(operators[i].text);

		if (strncmp(text, operators[i].text, length) == 0) {
			*comparator = operators[i].comparator;
			return length;
		}
	}
	return 0;
}

/* Two to four numbers, perhaps an -rcN, and nothing else: the parser itself ignores the rest. */
static bool is_whole_kernel_number(const char *text, const struct version *version)
{
	static const char digits[] = "0123456789";

	for (unsigned int count = 1; count <= 4; count++) {
		size_t length = strspn(text, digits);

		if (length == 0)
			return false;
		text += length;
		if (*text != '.' || count == 4)
			break;
		text++;
	}
	if (version->stage == VERSION_RC)
		text += strlen("-rc") + strspn(text + strlen("-rc"), digits);
	return *text == '\0';
}

/*
 * Bounds are stricter than the versions of nodes: a suffix that would be ignored there is a slip
 * of the pen here (<1.18.6-rc1 is not <1.18.6-rc.1).
 */
static bool is_whole_kubernetes_version(const char *text, const struct version *version)
{
	const char *suffix = strpbrk(text, "-+~");

	if (version->stage == VERSION_RELEASE)
		return !suffix;
	/* The parser has seen -STAGE.N at the start of it: no commits, nothing of a vendor's. */
	return strchr(suffix, '.') == strrchr(suffix, '.') && !strpbrk(suffix + 1, "-+~");
}

static int parse_bound(const char *text, enum range_form form, struct version *ret_version,
		       const char **ret_why)
{
	switch (form) {
	case RANGE_KUBERNETES:
		*ret_why = "a bound is no version such as 1.18.6 or 1.19.0-rc.0";
		if (version_parse_kubernetes(text, ret_version) < 0 ||
		    !is_whole_kubernetes_version(text, ret_version))
			return -EINVAL;
		return 0;
	case RANGE_KERNEL:
		*ret_why = "a bound is no kernel number such as 5.4.41 or 5.7-rc5";
		if (version_parse_kernel(text, ret_version) < 0 ||
		    !is_whole_kernel_number(text, ret_version))
			return -EINVAL;
		return 0;
	case RANGE_BUILD:
		*ret_why = "a bound is no build number such as 107 or 193.10.1";
		return version_parse_build(text, ret_version);
	}
	return -EINVAL;
}

static int add_bounds(struct range *range, const struct comparator *comparator,
		      const struct version *version, const char **ret_why)
{
	if ((comparator->lower && range->has_lower) || (comparator->upper && range->has_upper)) {
		*ret_why = "two bounds on the same side";
		return -EINVAL;
	}
	if (comparator->lower) {
		range->has_lower = true;
		range->lower_inclusive = comparator->inclusive;
		range->lower = *version;
	}
	if (comparator->upper) {
		range->has_upper = true;
		range->upper_inclusive = comparator->inclusive;
		range->upper = *version;
	}
	return 0;
}

/* Parses the blank-separated words of `text`, which is cut up on the way. */
static int parse_words(char *text, enum range_form form, struct range *range, const char **ret_why)
{
	char *rest = NULL;

	for (char *word = strtok_r(text, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
		struct comparator comparator;
		struct version version;
		size_t length = read_operator(word, &comparator);
		int result;

		if (length == 0) {
			*ret_why = "each bound needs one of >=, >, <=, <, = in front";
			return -EINVAL;
		}
		result = parse_bound(word + length, form, &version, ret_why);
		if (result < 0)
			return result;
		result = add_bounds(range, &comparator, &version, ret_why);
		if (result < 0)
			return result;
	}
	if (!range->has_lower && !range->has_upper) {
		*ret_why = "it holds no bound";
		return -EINVAL;
	}
	return 0;
}

static bool contradicts_itself(const struct range *range)
{
	int order;

	if (!range->has_lower || !range->has_upper)
		return false;
	order = version_compare(&range->lower, &range->upper);
	return order > 0 || (order == 0 && !(range->lower_inclusive && range->upper_inclusive));
}

int range_parse(const char *text, enum range_form form, struct range *ret_range,
		const char **ret_why)
{
	_cleanup_free_ char *words = strdup(text);
	struct range range = {.text = strdup(text)};
	const char *why = NULL;
	int result = -ENOMEM;

	if (words && range.text)
		result = parse_words(words, form, &range, &why);
	if (result == 0 && contradicts_itself(&range)) {
		why = "nothing can lie in it: the bounds contradict each other";
		result = -ERANGE;
	}
	if (result < 0) {
		range_clear(&range);
		if (ret_why)
			*ret_why = why;
		return result;
	}
	*ret_range = range;
	return 0;
}

void range_clear(struct range *range)
{
	free(range->text);
	*range = (struct range){0};
}

int range_list_add(struct range_list *list, struct range *range)
{
	struct range *ranges = realloc(list->ranges, (list->n_ranges + 1) * sizeof(*ranges));

	if (!ranges)
		return -ENOMEM;
	list->ranges = ranges;
	list->ranges[list->n_ranges++] = *range;
	*range = (struct range){0};
	return 0;
}

void range_list_clear(struct range_list *list)
{
	for (size_t i = 0; i < list->n_ranges; i++)
		range_clear(&list->ranges[i]);
	free(list->ranges);
	*list = (struct range_list){0};
}

/* Is the version beyond the upper bound? */
static bool is_past(const struct range *range, const struct version *version)
{
	int order;

	if (!range->has_upper)
		return false;
	order = version_compare(version, &range->upper);
	return range->upper_inclusive ? order > 0 : order >= 0;
}

static bool range_contains(const struct range *range, const struct version *version)
{
	if (is_past(range, version))
		return false;
	if (range->has_lower) {
		int order = version_compare(version, &range->lower);

		return range->lower_inclusive ? order >= 0 : order > 0;
	}
	return true;
}

static const struct range *find_range(const struct range_list *list, const struct version *version)
{
	for (size_t i = 0; i < list->n_ranges; i++) {
		if (range_contains(&list->ranges[i], version))
			return &list->ranges[i];
	}
	return NULL;
}

/*
 * The tag that follows the one that the commits were made on: behind a pre-release of a patch
 * release that is the release itself.
 */
static struct version next_tag(const struct version *version)
{
	struct version next = *version;

	if (version->numbers[2] > 0) {
		next.stage = VERSION_RELEASE;
		next.stage_number = 0;
	} else {
		next.stage_number++;
	}
	return next;
}

enum answer range_list_contains(const struct range_list *list, const struct version *version,
				const struct range **ret_hit)
{
	const struct range *hit = find_range(list, version);
	enum answer answer = hit ? ANSWER_YES : ANSWER_NO;

	if (version->commits > 0) {
		struct version next = next_tag(version);

		if ((find_range(list, &next) != NULL) != (hit != NULL)) {
			answer = ANSWER_UNKNOWN;
			hit = NULL;
		}
	}
	if (ret_hit)
		*ret_hit = hit;
	return answer;
}

enum answer range_list_contains_from(const struct range_list *list, const struct version *first)
{
	struct version last = *first;
	enum answer answer = ANSWER_NO;

	last.numbers[2] = UINT32_MAX;
	for (size_t i = 0; i < list->n_ranges; i++) {
		const struct range *range = &list->ranges[i];
		bool holds_first = range_contains(range, first);

		if (holds_first && range_contains(range, &last))
			return ANSWER_YES;
		/* Beginning, end or all of the range lies behind the first. */
		if (holds_first || range_contains(range, &last) ||
		    (range->has_lower && version_compare(&range->lower, first) >= 0 &&
		     version_compare(&range->lower, &last) < 0))
			answer = ANSWER_UNKNOWN;
	}
	return answer;
}

const struct range *range_list_passed(const struct range_list *list, const struct version *version)
{
	const struct range *passed = NULL;

	for (size_t i = 0; i < list->n_ranges; i++) {
		const struct range *range = &list->ranges[i];

		if (is_past(range, version) &&
		    (!passed || version_compare(&range->upper, &passed->upper) > 0))
			passed = range;
	}
	return passed;
}
