/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/text.h"
#include "tests/unit/unit.h"

#include <string.h>

static void test_clean(void **state)
{
	static const struct {
		const char *text, *clean;
	} cases[] = {
		{"", ""},
		{"flannel.1", "flannel.1"},
		{"a b\"c\\d%s", "a b\"c\\d%s"},
		{"a\nb\tc\rd", "a?b?c?d"},
		{"\n\303\244\033\302\240", "?\303\244?\302\240"}, /* what follows one is none */
		{"\033[31mred\033[0m", "?[31mred?[0m"},
		{"\x01\x1f\x7f", "???"},
		{"vxl\303\244n", "vxl\303\244n"}, /* UTF-8 */
		{"\360\237\220\213", "\360\237\220\213"}, /* four bytes of it */
		{"a\377b", "a?b"}, /* no UTF-8 */
		{"\303\244\377", "???"}, /* partly UTF-8 is none */
		{"abc\303", "abc?"}, /* cut off in the middle */
		{"\355\240\200", "???"}, /* a surrogate */
		{"\300\257", "??"}, /* overlong */
		{"\302\233"
		 "31mred",
		 "??31mred"}, /* U+009B, the control sequence introducer */
		{"\302\200\302\237\302\240", "????\302\240"}, /* U+00A0 is no control character */
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		char clean[64];

		assert_ptr_equal(text_clean(cases[i].text, clean, sizeof(clean)), clean);
		assert_string_equal(clean, cases[i].clean);
	}
}

/* Nothing is written beyond `size`, and what is written ends. */
static void test_sizes(void **state)
{
	static const char text[] = "flannel\n.1";

	for (size_t size = 1; size <= sizeof(text) + 2; size++) {
		size_t expected = size - 1 < strlen(text) ? size - 1 : strlen(text);
		char clean[32];

		memset(clean, 'x', sizeof(clean));
		text_clean(text, clean, size);
		assert_int_equal(strlen(clean), expected);
		assert_memory_equal(clean, "flannel?.1", expected);
		for (size_t i = expected + 1; i < sizeof(clean); i++)
			assert_int_equal(clean[i], 'x');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
