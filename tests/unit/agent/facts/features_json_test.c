/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/facts/features_json.h"
#include "cleanup.h"
#include "tests/unit/agent/sample.h"
#include "tests/unit/unit.h"

static void test_write(void **state)
{
	struct fake_device device = {.ifindex = 3};
	struct ethtool_nl *handle = sample_open(&device, 1);
	struct feature_mask mask = sample_mask(handle, "tx-checksum-ip-generic rx-checksum");
	struct feature_mask empty = {{0}};
	_cleanup_free_ char *text = NULL;
	size_t size;
	struct json_writer writer = {.output = open_memstream(&text, &size)};

	assert_non_null(writer.output);
	json_write_begin(&writer, NULL, '[');
	features_json_write(&writer, NULL, handle, &mask);
	features_json_write(&writer, NULL, NULL, &empty);
	json_write_end(&writer, ']');
	assert_int_equal(fclose(writer.output), 0);
	assert_string_equal(text, "[[\"tx-checksum-ip-generic\",\"rx-checksum\"],[]]");
	ethtool_nl_close(handle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
