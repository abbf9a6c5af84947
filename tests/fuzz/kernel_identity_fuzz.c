/* SPDX-License-Identifier: Apache-2.0 */
/* A kernel's strings: release, version, signature and the distribution's name, a line each. */
#include "cleanup.h"
#include "policy/kernel_identity.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* "4.19.118", "5.7-rc4": the texts are cut out of the strings, whether they can be read or
 * not.
 */
static bool is_number(const char *text)
{
	static const char numerals[] = "0123456789.";
	size_t length = strspn(text, numerals);

	if (text[0] == '.' || length == 0 || text[length - 1] == '.')
		return false;
	return !text[length] || (strncmp(text + length, "-rc", 3) == 0 && text[length + 3] &&
				 !text[length + 3 + strspn(text + length + 3, numerals)]);
}

/* Reading again finds the same. */
static void check(struct kernel_facts *kernel, const char *os_id)
{
	struct kernel_facts once = *kernel;

	FUZZ_CHECK(!kernel->base || is_number(kernel->base));
	FUZZ_CHECK(!kernel->build || is_number(kernel->build));
	if (kernel->family)
		FUZZ_CHECK(kernel->family[0]);
	if (kernel->flavour)
		FUZZ_CHECK(kernel->family);
	FUZZ_CHECK(kernel_identify(kernel, os_id) == 0);
	FUZZ_CHECK(same(once.family, kernel->family) && same(once.base, kernel->base) &&
		   same(once.build, kernel->build) && same(once.flavour, kernel->flavour) &&
		   once.frozen == kernel->frozen);
	FUZZ_CHECK(!kernel->frozen || kernel->family);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(kernel_facts_clear) struct kernel_facts kernel = {0};
	_cleanup_free_ char *os_id = NULL;

	kernel.release = fuzz_take_line(&data, &size);
	kernel.version = fuzz_take_line(&data, &size);
	kernel.signature = fuzz_take_line(&data, &size);
	os_id = fuzz_take_line(&data, &size);
	FUZZ_CHECK(kernel_identify(&kernel, *os_id ? os_id : NULL) == 0);
	check(&kernel, *os_id ? os_id : NULL);
	return 0;
}
