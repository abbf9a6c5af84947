/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/golden.h"

#include "cleanup.h"
#include "tests/unit/unit.h"

#include <stdlib.h>

#define GOLDEN_SIZE_MAX 65536

void golden_begin(struct golden *golden)
{
	golden->output = open_memstream(&golden->text, &golden->size);
	assert_non_null(golden->output);
}

void golden_compare(struct golden *golden, const char *name)
{
	_cleanup_free_ char *printed = NULL, *expected = NULL;
	size_t size;

	assert_int_equal(fclose(golden->output), 0);
	printed = golden->text;
	expected = golden_read(name, &size);
	assert_string_equal(printed, expected);
}

char *golden_read(const char *name, size_t *ret_size)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[512];
	char *text = calloc(1, GOLDEN_SIZE_MAX);

	assert_non_null(text);
	snprintf(path, sizeof(path), "%s/%s", TEST_DATA_DIR, name);
	file = fopen(path, "re");
	assert_non_null(file);
	*ret_size = fread(text, 1, GOLDEN_SIZE_MAX - 1, file);
	assert_true(feof(file));
	return text;
}
