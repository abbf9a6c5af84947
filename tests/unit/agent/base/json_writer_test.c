/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/json.h"
#include "agent/base/json_writer.h"
#include "cleanup.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* A writer into memory. */
struct page {
	struct json_writer writer;
	char *text;
	size_t size;
};

static void page_begin(struct page *page)
{
	*page = (struct page){.text = NULL};
	page->writer.output = open_memstream(&page->text, &page->size);
	assert_non_null(page->writer.output);
}

static void page_end(struct page *page, const char *expected)
{
	assert_int_equal(json_write_result(&page->writer), 0);
	assert_int_equal(fclose(page->writer.output), 0);
	assert_string_equal(page->text, expected);
	free(page->text);
}

static void test_strings(void **state)
{
	static const struct {
		const char *text, *json;
	} cases[] = {
		{"", "\"\""},
		{"flannel.1", "\"flannel.1\""},
		{"quo\"te\\", "\"quo\\\"te\\\\\""},
		{"vxl\303\244n", "\"vxl\303\244n\""},
		{"a\377\033b", "\"a??b\""},
		{"a\"b\303\244\033\"\\c", "\"a\\\"b\303\244?\\\"\\\\c\""},
		{"a\302\205\303\244", "\"a??\303\244\""},
		{"\303\244 and \303", "\"?? and ?\""},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct page page;

		page_begin(&page);
		json_write_string(&page.writer, NULL, cases[i].text);
		page_end(&page, cases[i].json);
	}
}

/* Longer than what needs no memory of its own, of ASCII and of what is not. */
static void test_long_string(void **state)
{
	char text[1000], expected[1003];
	struct page page;

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < 2; i++) {
		snprintf(expected, sizeof(expected), "\"%s\"", text);
		page_begin(&page);
		json_write_string(&page.writer, NULL, text);
		page_end(&page, expected);
		memcpy(text + 1, "\303\244", 2);
	}
}

static void test_integers(void **state)
{
	static const int64_t values[] = {0, 9, 10, -1, -10, INT32_MAX, INT64_MAX, INT64_MIN};

	for (size_t i = 0; i < N_ELEMENTS(values); i++) {
		char expected[32];
		struct page page;

		snprintf(expected, sizeof(expected), "%" PRId64, values[i]);
		page_begin(&page);
		json_write_integer(&page.writer, NULL, values[i]);
		page_end(&page, expected);
	}
}

static void test_nesting(void **state)
{
	char one[] = "one", two[] = "two";
	char *const strings[] = {one, two, NULL};
	struct page page;

	page_begin(&page);
	json_write_begin(&page.writer, NULL, '{');
	json_write_integer(&page.writer, "low", INT64_MIN);
	json_write_begin(&page.writer, "empty", '[');
	json_write_end(&page.writer, ']');
	json_write_begin(&page.writer, "list", '[');
	json_write_begin(&page.writer, NULL, '{');
	json_write_end(&page.writer, '}');
	json_write_line(&page.writer);
	json_write_boolean(&page.writer, NULL, true);
	json_write_null(&page.writer, NULL);
	json_write_end(&page.writer, ']');
	json_write_text(&page.writer, "text", NULL);
	json_write_strings(&page.writer, "strings", strings);
	json_write_strings(&page.writer, "none", NULL);
	json_write_line(&page.writer);
	json_write_boolean(&page.writer, "last", false);
	json_write_end(&page.writer, '}');
	page_end(&page,
		 "{\"low\":-9223372036854775808,\"empty\":[],\"list\":[{},\ntrue,null],"
		 "\"text\":null,\"strings\":[\"one\",\"two\"],\"none\":[],\n\"last\":false}");
}

/* What a library reads is what was meant, whatever the bytes. */
static void test_library_reads_it(void **state)
{
	for (unsigned int byte = 1; byte < 256; byte++) {
		const char text[] = {'a', (char)byte, 'b', '\0'};
		bool is_shown = byte >= ' ' && byte <= '~';
		const char expected[] = {'a', is_shown ? (char)byte : '?', 'b', '\0'};
		const char *key = byte > ' ' ? "k\"\\y" : "key";
		_cleanup_(cleanup_json) json_t *json = NULL;
		struct page page;

		page_begin(&page);
		json_write_begin(&page.writer, NULL, '{');
		json_write_string(&page.writer, key, text);
		json_write_end(&page.writer, '}');
		assert_int_equal(fclose(page.writer.output), 0);
		json = json_loads(page.text, 0, NULL);
		assert_int_equal(json_object_size(json), 1);
		assert_string_equal(json_string_value(json_object_get(json, key)), expected);
		free(page.text);
	}
}

static void test_full(void **state)
{
	_cleanup_fclose_ FILE *full = fopen("/dev/full", "we");
	struct json_writer writer = {.output = full};

	assert_non_null(full);
	assert_int_equal(setvbuf(full, NULL, _IONBF, 0), 0);
	json_write_integer(&writer, NULL, 1);
	assert_int_equal(json_write_result(&writer), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings), cmocka_unit_test(test_long_string),
		cmocka_unit_test(test_nesting), cmocka_unit_test(test_library_reads_it),
		cmocka_unit_test(test_full),	cmocka_unit_test(test_integers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
