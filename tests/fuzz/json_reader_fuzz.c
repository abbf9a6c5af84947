/* SPDX-License-Identifier: Apache-2.0 */
/* JSON, passed over: from memory, from a file a few bytes at a time, and judged by jansson. */
#include "agent/assess/json_reader.h"
#include "agent/base/json.h"
#include "array.h"
#include "cleanup.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static bool skips_all(struct json_reader *reader)
{
	bool skips = json_read_skip(reader) && !json_reader_has_more(reader) && !reader->fault;

	FUZZ_CHECK(reader->error == 0 && reader->at >= reader->start && reader->at <= reader->end);
	FUZZ_CHECK(skips == (!reader->fault && reader->at == reader->end));
	return skips;
}

/* What jansson refuses, and a reader that looks at a few words only need not. */
static bool is_refused_by_jansson_alone(const json_error_t *error)
{
	static const char *const faults[] = {"unable to decode byte", "invalid Unicode", "too big",
					     "real number overflow"};

	for (size_t i = 0; i < N_ELEMENTS(faults); i++) {
		if (strstr(error->text, faults[i]))
			return true;
	}
	return false;
}

static void check_string(const char *text, size_t size, const json_t *expected)
{
	const char *value = json_string_value(expected);
	_cleanup_free_ char *read = malloc(size);
	struct json_reader reader = json_reader_of_text(text, size);

	FUZZ_CHECK(read && json_read_string(&reader, read, size));
	/* NUL cannot stand in a C string; something else does. */
	FUZZ_CHECK(strlen(value) < json_string_length(expected) || strcmp(value, read) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	char buffer[JSON_READER_BUFFER_MIN];
	struct json_reader reader = json_reader_of_text(text, size), other;
	_cleanup_(cleanup_json) json_t *json = NULL;
	json_error_t error;
	bool skips = skips_all(&reader);

	other = json_reader_of_file(fuzz_file(data, size), buffer, sizeof(buffer));
	FUZZ_CHECK(skips_all(&other) == skips);
	FUZZ_CHECK(other.fault == reader.fault && other.at <= other.end);
	FUZZ_CHECK(json_reader_line(&reader) == json_reader_line(&other));

	/* jansson does not see a NUL behind a number. */
	if (size && memchr(text, '\0', size)) {
		FUZZ_CHECK(!skips);
		return 0;
	}
	json = json_loadb(text, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	if (!json)
		FUZZ_CHECK(!skips || is_refused_by_jansson_alone(&error));
	else if (!skips)
		FUZZ_CHECK(strcmp(reader.fault, "too deeply nested") == 0);
	if (skips && json_is_string(json))
		check_string(text, size, json);
	return 0;
}
