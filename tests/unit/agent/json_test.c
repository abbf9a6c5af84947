/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/json.h"
#include "policy/cleanup.h"
#include "tests/unit/agent/sample.h"
#include "tests/unit/ethtool_nl/unit.h"

#include <errno.h>
#include <string.h>

static char *printed(json_t *value)
{
	char *text = NULL;
	size_t size;
	FILE *output = open_memstream(&text, &size);

	assert_non_null(output);
	assert_int_equal(json_print_and_free(output, value), 0);
	assert_int_equal(fclose(output), 0);
	return text;
}

static void test_text(void **state)
{
	static const struct {
		const char *text, *json;
	} cases[] = {
		{"", "\"\""},
		{"flannel.1", "\"flannel.1\""},
		{"quo\"te\\", "\"quo\\\"te\\\\\""},
		{"vxl\303\244n", "\"vxl\303\244n\""},
		{"a\377\033b", "\"a??b\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_free_ char *text = printed(json_text(cases[i].text));
		_cleanup_free_ char *same = printed(json_text_or_null(cases[i].text));

		assert_string_equal(text, cases[i].json);
		assert_string_equal(same, cases[i].json);
	}
}

static void test_null(void **state)
{
	_cleanup_free_ char *text = printed(json_text_or_null(NULL));
	_cleanup_(cleanup_json) json_t *nothing = NULL;

	(void)state;
	assert_string_equal(text, "null");
	assert_null(nothing);
}

static void test_print_compactly(void **state)
{
	_cleanup_free_ char *text = printed(json_pack("{s:i, s:[b, n]}", "a", 1, "b", 1));

	(void)state;
	assert_string_equal(text, "{\"a\":1,\"b\":[true,null]}");
}

static void test_print_failures(void **state)
{
	_cleanup_fclose_ FILE *full = fopen("/dev/full", "we");

	(void)state;
	assert_non_null(full);
	assert_int_equal(setvbuf(full, NULL, _IONBF, 0), 0);
	assert_int_equal(json_print_and_free(full, json_integer(1)), -EIO);
	assert_int_equal(json_print_and_free(full, NULL), -ENOMEM);
}

static void test_feature_names(void **state)
{
	struct fake_device device = {0};
	struct ethtool_nl *handle = sample_open(&device, 1);
	struct feature_mask mask = sample_mask(handle, "tx rx-checksum"), empty = {0};
	_cleanup_free_ char *names = printed(json_feature_names(handle, &mask));
	_cleanup_free_ char *none = printed(json_feature_names(NULL, &empty));

	(void)state;
	assert_string_equal(names, "[\"tx-checksum-ipv4\",\"tx-checksum-ip-generic\","
				   "\"rx-checksum\",\"tx-checksum-sctp\"]");
	assert_string_equal(none, "[]");
	ethtool_nl_close(handle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_print_compactly),
		cmocka_unit_test(test_print_failures),
		cmocka_unit_test(test_feature_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
