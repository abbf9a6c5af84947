/* SPDX-License-Identifier: Apache-2.0 */
/* What is JSON and what is not is judged by jansson, too. */
#include "agent/assess/json_reader.h"
#include "agent/base/json.h"
#include "cleanup.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool skips_all(struct json_reader *reader)
{
	return json_read_skip(reader) && !json_reader_has_more(reader) && !reader->fault;
}

/* The same from a file, a few bytes at a time; a pipe gives what it has. */
static bool skips_from_file(const char *text, size_t size)
{
	char buffer[JSON_READER_BUFFER_MIN];
	struct json_reader reader;
	bool skips;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_true(size <= PIPE_BUF);
	assert_int_equal(write(ends[1], text, size), size);
	close(ends[1]);
	reader = json_reader_of_file(ends[0], buffer, sizeof(buffer));
	skips = skips_all(&reader);
	assert_int_equal(reader.error, 0);
	close(ends[0]);
	return skips;
}

/* Reads one value and nothing behind it. The copy ends where the text does, for the sanitizer. */
static bool skips(const char *text, size_t size)
{
	_cleanup_free_ char *copy = malloc(size ? size : 1);
	struct json_reader reader;
	bool skips;

	assert_non_null(copy);
	memcpy(copy, text, size);
	reader = json_reader_of_text(copy, size);
	skips = skips_all(&reader);
	if (size <= PIPE_BUF)
		assert_int_equal(skips_from_file(text, size), skips);
	return skips;
}

static const char *const texts[] = {
	"{}",
	"[]",
	" [ ] ",
	"{\"a\":1}",
	"{\"a\":{\"b\":[1,2,{}]},\"c\":null}",
	"\"a\"",
	"\"\"",
	"[true,false,null]",
	"[0,-0,10]",
	"[-1,0.5,1e9,1E+9,2.5e-3]",
	"\"\\u00e9\\ud83d\\ude00\\n\\\\\\\"\"",
	"[[[[[[]]]]]]",
	"\t[\r\n1 ,2 ]",
	"\"\xc3\xa9\"",
	/* No JSON: */
	"",
	" ",
	"{",
	"[",
	"}",
	"]",
	"{]",
	"[}",
	"[1",
	"[1,",
	"[1,]",
	"[,1]",
	"[1 2]",
	"{\"a\"}",
	"{\"a\":}",
	"{\"a\":1,}",
	"{\"a\" 1}",
	"{a:1}",
	"{1:2}",
	"\"",
	"\"a",
	"\"\\",
	"\"\\x\"",
	"\"\\u12\"",
	"\"\\u12g4\"",
	"\"a\nb\"",
	"tru",
	"nul",
	"truex",
	"-",
	"1.",
	"1e",
	"+1",
	".5",
	"'a'",
	"01",
	"[-012]",
	"[1]]",
	"{}{}",
	"{\"a\":[1}]",
};

static void test_as_jansson(void **state)
{
	for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
		_cleanup_(cleanup_json) json_t *json =
			json_loadb(texts[i], strlen(texts[i]), JSON_DECODE_ANY, NULL);

		if (skips(texts[i], strlen(texts[i])) != (json != NULL))
			fail_msg("%s: jansson %s it", texts[i], json ? "reads" : "refuses");
	}
}

/* Every beginning of a text is none, and ends within the text. */
static void test_cut_off(void **state)
{
	static const char text[] = "{\"a\":[1.5e3,\"\\ud83d\\ude00\\n\",{\"b\":null}],\"c\":true}";

	assert_true(skips(text, sizeof(text) - 1));
	for (size_t size = 0; size < sizeof(text) - 1; size++)
		assert_false(skips(text, size));
}

static void assert_string(const char *text, size_t size, const char *expected)
{
	struct json_reader reader = json_reader_of_text(text, strlen(text));
	_cleanup_free_ char *read = malloc(size);

	assert_non_null(read);
	assert_true(json_read_string(&reader, read, size));
	assert_string_equal(read, expected);
	assert_true(reader.at == reader.end);
}

static void test_strings(void **state)
{
	assert_string("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", 32, "a\"\\/\b\f\n\r\tz");
	assert_string("\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"", 32,
		      "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	/* Half a pair, a pair of others, and NUL stand for no character. */
	assert_string("\"\\ud83d\"", 32, "\xef\xbf\xbd");
	assert_string("\"\\ud83d\\u0041\"", 32, "\xef\xbf\xbd");
	assert_string("\"\\ude00\"", 32, "\xef\xbf\xbd");
	assert_string("\"a\\u0000b\"", 32,
		      "a\xef\xbf\xbd"
		      "b");
	/* What does not fit is cut off; nothing comes after a cut. */
	assert_string("\"abcdef\"", 4, "abc");
	assert_string("\"ab\\ndef\"", 3, "ab");
	assert_string("\"abcd\\n\"", 3, "ab");
	assert_string("\"ab\\u20acc\"", 4, "ab");
	assert_string("\"abc\"", 1, "");
}

static void test_null_text(void **state)
{
	char text[8] = "before";
	struct json_reader reader = json_reader_of_text("null", 4);

	assert_true(json_read_text(&reader, text, sizeof(text)));
	assert_string_equal(text, "");
	reader = json_reader_of_text("7", 1);
	assert_false(json_read_text(&reader, text, sizeof(text)));
	assert_non_null(reader.fault);
}

static void test_walk(void **state)
{
	static const char text[] =
		"{\"skipped\":[{\"a\":1}],\n\"list\":[\"x\",\"y\"],\"end\":1} [] ";
	struct json_reader reader = json_reader_of_text(text, sizeof(text) - 1);
	char key[16], value[16];
	bool first = true, first_element = true;

	assert_true(json_read_begin(&reader, '{'));
	assert_true(json_read_member(&reader, &first, key, sizeof(key)));
	assert_string_equal(key, "skipped");
	assert_true(json_read_skip(&reader));
	assert_int_equal(json_reader_line(&reader), 1);
	assert_true(json_read_member(&reader, &first, key, sizeof(key)));
	assert_string_equal(key, "list");
	assert_int_equal(json_reader_line(&reader), 2);
	assert_true(json_read_begin(&reader, '['));
	assert_true(json_read_element(&reader, &first_element));
	assert_true(json_read_string(&reader, value, sizeof(value)));
	assert_string_equal(value, "x");
	assert_true(json_read_element(&reader, &first_element));
	assert_true(json_read_string(&reader, value, sizeof(value)));
	assert_false(json_read_element(&reader, &first_element));
	assert_true(json_read_member(&reader, &first, key, sizeof(key)));
	assert_int_equal(json_read_peek(&reader), '1');
	assert_true(json_read_skip(&reader));
	assert_false(json_read_member(&reader, &first, key, sizeof(key)));
	assert_null(reader.fault);
	assert_true(json_reader_has_more(&reader));
	assert_true(json_read_skip(&reader));
	assert_false(json_reader_has_more(&reader));
}

/* A text from outside must not use up the stack. */
static void test_depth(void **state)
{
	enum {
		DEEP = 100000
	};
	_cleanup_free_ char *text = malloc(DEEP);

	assert_non_null(text);
	memset(text, '[', DEEP);
	assert_false(skips(text, DEEP));
	memset(text, '[', 512);
	memset(text + 512, ']', 512);
	assert_true(skips(text, 1024));
	memset(text, '[', 513);
	memset(text + 513, ']', 513);
	assert_false(skips(text, 1026));
}

/* Strings and lines across the ends of a small buffer; and a file that cannot be read. */
static void test_file(void **state)
{
	static const char text[] = "\n[\"0123456789012345678901234567890123456789\",\n"
				   "\"\\ud83d\\ude00\\u20ac\\n\", -1.25e+10,\n\ntrue,\n\"end\" ]";
	char buffer[JSON_READER_BUFFER_MIN], value[64];
	struct json_reader reader;
	bool first = true;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, sizeof(text) - 1), sizeof(text) - 1);
	close(ends[1]);
	reader = json_reader_of_file(ends[0], buffer, sizeof(buffer));
	assert_true(json_read_begin(&reader, '['));
	assert_int_equal(json_reader_line(&reader), 2);
	assert_true(json_read_element(&reader, &first));
	assert_true(json_read_string(&reader, value, sizeof(value)));
	assert_string_equal(value, "0123456789012345678901234567890123456789");
	assert_true(json_read_element(&reader, &first));
	assert_true(json_read_string(&reader, value, sizeof(value)));
	assert_string_equal(value, "\xf0\x9f\x98\x80\xe2\x82\xac\n");
	for (int i = 0; i < 2; i++) {
		assert_true(json_read_element(&reader, &first));
		assert_true(json_read_skip(&reader));
	}
	assert_true(json_read_element(&reader, &first));
	assert_true(json_read_string(&reader, value, sizeof(value)));
	assert_string_equal(value, "end");
	assert_int_equal(json_reader_line(&reader), 6);
	assert_false(json_read_element(&reader, &first));
	assert_null(reader.fault);
	close(ends[0]);

	reader = json_reader_of_file(-1, buffer, sizeof(buffer));
	assert_false(json_read_skip(&reader));
	assert_int_equal(reader.error, -EBADF);
}

static bool counts(const char *text, uint64_t *ret_count)
{
	struct json_reader reader = json_reader_of_text(text, strlen(text));

	return json_read_count(&reader, ret_count) && !json_reader_has_more(&reader) &&
	       !reader.fault;
}

static void test_count(void **state)
{
	static const char *const bad[] = {
		"",
		"-1",
		"1.5",
		"1e3",
		"01",
		"\"1\"",
		"true",
		"18446744073709551616",
		"1000000000000000000000000000000",
	};
	uint64_t count = 7;

	assert_true(counts("0", &count));
	assert_int_equal(count, 0);
	assert_true(counts(" 18446744073709551615", &count));
	assert_true(count == UINT64_MAX);
	assert_true(counts("null", &count));
	assert_int_equal(count, 0);
	for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
		if (counts(bad[i], &count))
			fail_msg("%s is read as a number", bad[i]);
	}
}

/* A copy is what stands there, whatever the ends of the buffer. */
static void test_copy(void **state)
{
	static const char text[] = "[1, {\"a\":\"0123456789012345678901234567890123456789\",\n"
				   " \"b\":[null,-1.5]} ,2]";
	const char *wanted = strchr(text, '{');
	char buffer[JSON_READER_BUFFER_MIN];

	for (int from_file = 0; from_file < 2; from_file++) {
		struct json_copy copy = {.text = NULL};
		struct json_reader reader = json_reader_of_text(text, sizeof(text) - 1);
		bool first = true;
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		assert_int_equal(write(ends[1], text, sizeof(text) - 1), sizeof(text) - 1);
		close(ends[1]);
		if (from_file)
			reader = json_reader_of_file(ends[0], buffer, sizeof(buffer));
		assert_true(json_read_begin(&reader, '['));
		assert_true(json_read_element(&reader, &first) && json_read_skip(&reader));
		assert_true(json_read_element(&reader, &first));
		assert_true(json_read_copy(&reader, &copy));
		while (copy.length && copy.text[0] == ' ')
			memmove(copy.text, copy.text + 1, --copy.length);
		assert_int_equal(copy.length, strrchr(text, '}') + 1 - wanted);
		assert_memory_equal(copy.text, wanted, copy.length);
		assert_true(json_read_element(&reader, &first) && json_read_skip(&reader));
		assert_false(json_read_element(&reader, &first));
		assert_null(reader.fault);
		free(copy.text);
		close(ends[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_jansson), cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_strings),	   cmocka_unit_test(test_null_text),
		cmocka_unit_test(test_walk),	   cmocka_unit_test(test_depth),
		cmocka_unit_test(test_file),	   cmocka_unit_test(test_count),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
