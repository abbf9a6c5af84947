/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/json.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

/* Numbers behind strings, and strings longer than what jansson starts with. */
static const char text[] =
	"{\"boot_id\":\"0f9c1bfa-0d3c-4c3e-9f39-6a5f3c0f9a77\",\"nics\":[{\"netns\":4026531840,"
	"\"name\":\"a-name-of-thirty-characters-xyz\",\"features\":{\"tx-checksum-ip-generic\":true}}],"
	"\"last_change\":\"2020-06-01T12:00:00Z\",\"half\":0.5}";

static unsigned long n_allocations, failing;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
	if (++n_allocations == failing) {
		errno = ENOMEM;
		return NULL;
	}
	return __real_malloc(size);
}

static int read_with_failure(const char *read, unsigned long which, json_t **ret_json)
{
	int result;

	n_allocations = 0;
	failing = which;
	result = json_read(read, strlen(read), 0, ret_json, NULL);
	failing = 0;
	return result;
}

static void test_outcomes(void **state)
{
	_cleanup_(cleanup_json) json_t *json = NULL;
	json_t *untouched = NULL;
	json_error_t error;

	assert_int_equal(json_read(text, strlen(text), 0, &json, NULL), 0);
	assert_true(json_is_object(json));
	assert_int_equal(json_read(text, strlen(text) - 1, 0, &untouched, &error), -EBADMSG);
	assert_null(untouched);
	assert_int_equal(error.line, 1);
	assert_int_equal(json_failure(), -EBADMSG);
}

/* Whichever allocation fails: it is reported, and no part of the text passes for the whole. */
static void test_short_memory(void **state)
{
	unsigned long n_needed;
	json_t *json = NULL;

	assert_int_equal(read_with_failure(text, 0, &json), 0);
	json_decref(json);
	n_needed = n_allocations;
	assert_true(n_needed > 20);
	for (unsigned long which = 1; which <= n_needed; which++) {
		json = NULL;
		assert_int_equal(read_with_failure(text, which, &json), -ENOMEM);
		assert_null(json);
		assert_int_equal(json_failure(), -ENOMEM);
	}
	/* It is forgotten with the next text. */
	assert_int_equal(read_with_failure("nothing", 0, &json), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_short_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
