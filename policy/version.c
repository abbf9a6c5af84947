/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/version.h"

#include "array.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* Reads decimal digits; a leading zero makes a text, not a number. */
static int read_number(const char **text, uint32_t *ret_number)
{
	const char *place = *text;
	uint64_t number = 0;

	if (*place < '0' || *place > '9' || (place[0] == '0' && place[1] >= '0' && place[1] <= '9'))
		return -EINVAL;
	for (; *place >= '0' && *place <= '9'; place++) {
		number = number * 10 + (*place - '0');
		if (number > UINT32_MAX)
			return -EINVAL;
	}
	*ret_number = number;
	*text = place;
	return 0;
}

/* Reads up to `maximum` numbers with dots between them. Returns how many, or -EINVAL. */
static int read_numbers(const char **text, unsigned int maximum, struct version *version)
{
	unsigned int count = 0;

	for (;;) {
		if (read_number(text, &version->numbers[count]) < 0)
			return -EINVAL;
		count++;
		if (count == maximum || **text != '.' || (*text)[1] < '0' || (*text)[1] > '9')
			return count;
		(*text)++;
	}
}

/*
 * Reads -alpha.N, -beta.N or -rc.N, perhaps with .COMMITS behind it. Anything else is a vendor's
 * suffix, and leaves the version a release; but what only begins like a pre-release says nothing.
 */
static int read_stage(const char *suffix, struct version *version)
{
	static const struct {
		const char *text;
		enum version_stage stage;
	} stages[] = {{"-alpha.", VERSION_ALPHA}, {"-beta.", VERSION_BETA}, {"-rc.", VERSION_RC}};

	for (size_t i = 0; i < N_ELEMENTS(stages); i++) {
		size_t length = strlen(stages[i].text);
		const char *place = suffix + length;

		if (strncmp(suffix, stages[i].text, length) != 0 || *place < '0' || *place > '9')
			continue;
		version->stage = stages[i].stage;
		if (read_number(&place, &version->stage_number) < 0)
			return -EINVAL;
		if (*place == '.') {
			place++;
			if (read_number(&place, &version->commits) < 0)
				return -EINVAL;
		}
		return *place == '\0' || *place == '+' || *place == '-' ? 0 : -EINVAL;
	}
	return 0;
}

int version_parse_kubernetes(const char *text, struct version *ret_version)
{
	struct version version = {.stage = VERSION_RELEASE};

	if (*text == 'v')
		text++;
	if (read_numbers(&text, 3, &version) != 3)
		return -EINVAL;
	if (*text != '\0' && *text != '-' && *text != '+' && *text != '~')
		return -EINVAL;
	/* An unstamped build from source calls itself v0.0.0. */
	if (version.numbers[0] == 0 && version.numbers[1] == 0 && version.numbers[2] == 0)
		return -EINVAL;
	if (read_stage(text, &version) < 0)
		return -EINVAL;
	*ret_version = version;
	return 0;
}

int version_parse_kernel(const char *text, struct version *ret_version)
{
	struct version version = {.stage = VERSION_RELEASE};

	if (read_numbers(&text, 4, &version) < 2)
		return -EINVAL;
	if (strncmp(text, "-rc", 3) == 0) {
		text += 3;
		if (read_number(&text, &version.stage_number) == 0)
			version.stage = VERSION_RC;
	}
	*ret_version = version;
	return 0;
}

bool version_is_kernel_series(const char *text)
{
	size_t major = strspn(text, "0123456789");
	size_t minor = text[major] == '.' ? strspn(text + major + 1, "0123456789") : 0;

	return major > 0 && minor > 0 && text[major + 1 + minor] == '\0';
}

int version_parse_build(const char *text, struct version *ret_version)
{
	struct version version = {.stage = VERSION_RELEASE};

	if (read_numbers(&text, VERSION_NUMBERS_MAX, &version) < 1 || *text != '\0')
		return -EINVAL;
	*ret_version = version;
	return 0;
}

static int compare_number(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

int version_compare(const struct version *a, const struct version *b)
{
	for (unsigned int i = 0; i < VERSION_NUMBERS_MAX; i++) {
		int order = compare_number(a->numbers[i], b->numbers[i]);

		if (order != 0)
			return order;
	}
	if (a->stage != b->stage)
		return a->stage < b->stage ? -1 : 1;
	return compare_number(a->stage_number, b->stage_number);
}
