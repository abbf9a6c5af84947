/* SPDX-License-Identifier: Apache-2.0 */
/* Version numbers: three lines, each read in every form. */
#include "cleanup.h"
#include "policy/version.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

#define TEXT_SIZE 128

typedef int parser(const char *text, struct version *ret_version);

static const char *const stage_names[] = {"alpha", "beta", "rc"};

static void print_numbers(const struct version *version, unsigned int count, char *text)
{
	for (unsigned int i = 0; i < count; i++)
		text += sprintf(text, "%s%u", i ? "." : "", version->numbers[i]);
}

static void print_kubernetes(const struct version *version, char text[static TEXT_SIZE])
{
	print_numbers(version, 3, text);
	if (version->stage != VERSION_RELEASE)
		sprintf(text + strlen(text), "-%s.%u.%u", stage_names[version->stage],
			version->stage_number, version->commits);
}

static void print_kernel(const struct version *version, char text[static TEXT_SIZE])
{
	print_numbers(version, 4, text);
	if (version->stage == VERSION_RC)
		sprintf(text + strlen(text), "-rc%u", version->stage_number);
}

static void print_build(const struct version *version, char text[static TEXT_SIZE])
{
	print_numbers(version, VERSION_NUMBERS_MAX, text);
}

static const struct form {
	parser *parse;
	void (*print)(const struct version *version, char text[static TEXT_SIZE]);
	unsigned int numbers;
} forms[] = {
	{version_parse_kubernetes, print_kubernetes, 3},
	{version_parse_kernel, print_kernel, 4},
	{version_parse_build, print_build, VERSION_NUMBERS_MAX},
};

static bool equal(const struct version *a, const struct version *b)
{
	return memcmp(a->numbers, b->numbers, sizeof(a->numbers)) == 0 && a->stage == b->stage &&
	       a->stage_number == b->stage_number && a->commits == b->commits;
}

static void check_members(const struct form *form, const struct version *version)
{
	for (unsigned int i = form->numbers; i < VERSION_NUMBERS_MAX; i++)
		FUZZ_CHECK(version->numbers[i] == 0);
	FUZZ_CHECK(version->stage <= VERSION_RELEASE);
	if (version->stage == VERSION_RELEASE)
		FUZZ_CHECK(version->stage_number == 0 && version->commits == 0);
}

/* Reads one text; true when it is a version. What is printed reads the same. */
static bool read_version(const struct form *form, const char *text, struct version *ret_version)
{
	struct version again, version;
	char printed[TEXT_SIZE];

	fuzz_spoil(&version, sizeof(version));
	if (form->parse(text, &version) < 0) {
		FUZZ_CHECK(form->parse(text, &version) == -EINVAL);
		FUZZ_CHECK(fuzz_is_spoiled(&version, sizeof(version)));
		return false;
	}
	check_members(form, &version);
	form->print(&version, printed);
	FUZZ_CHECK(form->parse(printed, &again) == 0);
	FUZZ_CHECK(equal(&version, &again));
	*ret_version = version;
	return true;
}

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

/* An order: reflexive, antisymmetric, transitive. */
static void check_order(const struct version versions[], unsigned int count)
{
	for (unsigned int a = 0; a < count; a++) {
		FUZZ_CHECK(version_compare(&versions[a], &versions[a]) == 0);
		for (unsigned int b = 0; b < count; b++) {
			int order = sign(version_compare(&versions[a], &versions[b]));

			FUZZ_CHECK(order == -sign(version_compare(&versions[b], &versions[a])));
			for (unsigned int c = 0; c < count; c++)
				FUZZ_CHECK(order > 0 ||
					   version_compare(&versions[b], &versions[c]) > 0 ||
					   version_compare(&versions[a], &versions[c]) <= 0);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Each of three lines in each of three forms: all of these have one order. */
	struct version versions[9];
	unsigned int count = 0;

	for (unsigned int i = 0; i < 3; i++) {
		_cleanup_free_ char *line = fuzz_take_line(&data, &size);

		for (unsigned int form = 0; form < 3; form++)
			count += read_version(&forms[form], line, &versions[count]);
	}
	check_order(versions, count);
	return 0;
}
