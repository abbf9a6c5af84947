/* SPDX-License-Identifier: Apache-2.0 */
#include "ethtool_nl/feature_mask.h"
#include "tests/fake/outcome.h"
#include "tests/unit/unit.h"

static struct feature_mask mask_of(unsigned int a, unsigned int b)
{
	struct feature_mask mask = {0};

	feature_mask_add(&mask, a);
	feature_mask_add(&mask, b);
	return mask;
}

static void test_members(void **state)
{
	static const unsigned int bits[] = {0, 1, 31, 32, 63, 64, 127, 128, FEATURES_MAX - 1};

	for (size_t i = 0; i < N_ELEMENTS(bits); i++) {
		struct feature_mask mask = {0};

		assert_true(feature_mask_is_empty(&mask));
		feature_mask_add(&mask, bits[i]);
		for (unsigned int bit = 0; bit < FEATURES_MAX; bit++)
			assert_int_equal(feature_mask_has(&mask, bit), bit == bits[i]);
		assert_int_equal(feature_mask_next(&mask, 0), bits[i]);
		assert_int_equal(feature_mask_next(&mask, bits[i] + 1), FEATURES_MAX);
		outcome_remove(&mask, bits[i]);
		assert_true(feature_mask_is_empty(&mask));
	}
}

static void test_outside(void **state)
{
	struct feature_mask mask = {0};

	feature_mask_add(&mask, FEATURES_MAX);
	outcome_remove(&mask, FEATURES_MAX);
	assert_true(feature_mask_is_empty(&mask));
	assert_false(feature_mask_has(&mask, FEATURES_MAX));
	assert_int_equal(feature_mask_next(&mask, FEATURES_MAX), FEATURES_MAX);
}

static void test_arithmetic(void **state)
{
	struct feature_mask a = mask_of(3, 70), b = mask_of(70, 200);
	struct feature_mask both = mask_of(70, 70), only_a = mask_of(3, 3),
			    different = mask_of(3, 200);
	struct feature_mask result;

	result = feature_mask_and(a, b);
	assert_true(feature_mask_equal(&result, &both));
	result = feature_mask_without(a, b);
	assert_true(feature_mask_equal(&result, &only_a));
	result = feature_mask_xor(a, b);
	assert_true(feature_mask_equal(&result, &different));
	result = feature_mask_or(different, both);
	assert_true(feature_mask_has(&result, 3));
	assert_true(feature_mask_has(&result, 70));
	assert_true(feature_mask_has(&result, 200));
	assert_false(feature_mask_equal(&a, &b));
}

static void test_words(void **state)
{
	struct feature_mask mask = {0};

	for (unsigned int i = 0; i < FEATURES_MAX / 32; i++)
		feature_mask_add_word(&mask, i, UINT32_C(0x80000001) + (i << 4));
	for (unsigned int i = 0; i < FEATURES_MAX / 32; i++) {
		assert_int_equal(feature_mask_word(&mask, i), UINT32_C(0x80000001) + (i << 4));
		assert_true(feature_mask_has(&mask, 32 * i));
		assert_true(feature_mask_has(&mask, 32 * i + 31));
		assert_false(feature_mask_has(&mask, 32 * i + 30));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_arithmetic),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
