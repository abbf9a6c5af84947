/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/range.h"
#include "tests/unit/policy/unit.h"

#include <errno.h>
#include <string.h>

static int parse_version(const char *text, enum range_form form, struct version *ret_version)
{
	switch (form) {
	case RANGE_KUBERNETES:
		return version_parse_kubernetes(text, ret_version);
	case RANGE_KERNEL:
		return version_parse_kernel(text, ret_version);
	case RANGE_BUILD:
		return version_parse_build(text, ret_version);
	}
	return -EINVAL;
}

/* Up to four ranges as a list. */
static struct range_list make_list(const char *const texts[4], enum range_form form)
{
	struct range_list list = {0};

	for (size_t i = 0; i < 4 && texts[i]; i++) {
		struct range range;

		if (range_parse(texts[i], form, &range, NULL) != 0)
			fail_msg("%s is refused", texts[i]);
		assert_string_equal(range.text, texts[i]);
		assert_int_equal(range_list_add(&list, &range), 0);
		/* The list owns it now. */
		assert_null(range.text);
	}
	return list;
}

static void test_contains(void **state)
{
	static const struct {
		enum range_form form;
		const char *ranges[4];
		const char *version;
		enum answer answer;
		const char *hit;
	} cases[] = {
		/* each bound, at, below and above it */
		{RANGE_KERNEL, {">=4.14"}, "4.13.16", ANSWER_NO, NULL},
		{RANGE_KERNEL, {">=4.14"}, "4.14.0", ANSWER_YES, ">=4.14"},
		{RANGE_KERNEL, {">4.14"}, "4.14.0", ANSWER_NO, NULL},
		{RANGE_KERNEL, {">4.14"}, "4.14.1", ANSWER_YES, ">4.14"},
		{RANGE_KERNEL, {"<4.19.123"}, "4.19.122", ANSWER_YES, "<4.19.123"},
		{RANGE_KERNEL, {"<4.19.123"}, "4.19.123", ANSWER_NO, NULL},
		{RANGE_KERNEL, {"<=4.19.123"}, "4.19.123", ANSWER_YES, "<=4.19.123"},
		{RANGE_KERNEL, {"<=4.19.123"}, "4.19.124", ANSWER_NO, NULL},
		{RANGE_KERNEL, {"=5.4.0"}, "5.4.0-42-generic", ANSWER_YES, "=5.4.0"},
		{RANGE_KERNEL, {"=5.4.0"}, "5.4.1", ANSWER_NO, NULL},
		{RANGE_KERNEL, {"=5.4.0"}, "5.3.18", ANSWER_NO, NULL},
		{RANGE_KERNEL, {"<5.7-rc5"}, "5.7.0-rc4", ANSWER_YES, "<5.7-rc5"},
		{RANGE_KERNEL, {"<5.7-rc5"}, "5.7.0-rc5", ANSWER_NO, NULL},
		/* both bounds, in either order and with any blanks */
		{RANGE_BUILD, {">=147 <147.21.1"}, "147.5.1", ANSWER_YES, ">=147 <147.21.1"},
		{RANGE_BUILD, {">=147 <147.21.1"}, "147.21.1", ANSWER_NO, NULL},
		{RANGE_BUILD, {"<148   >=147"}, "147.90", ANSWER_YES, "<148   >=147"},
		{RANGE_BUILD, {"\t>=147\t<148 "}, "147", ANSWER_YES, "\t>=147\t<148 "},
		{RANGE_BUILD, {"<=1127.8.2"}, "1127.8.2", ANSWER_YES, "<=1127.8.2"},
		{RANGE_BUILD, {"<107"}, "106.107", ANSWER_YES, "<107"},
		{RANGE_BUILD, {"<107"}, "107.108", ANSWER_NO, NULL},
		/* the first that holds it */
		{RANGE_KERNEL,
		 {"<4.14.181", ">=4.19 <4.19.123"},
		 "4.19.1",
		 ANSWER_YES,
		 ">=4.19 <4.19.123"},
		{RANGE_KERNEL, {"<4.14.181", ">=4.19 <4.19.123"}, "4.14.181", ANSWER_NO, NULL},
		{RANGE_KERNEL, {">=4.0 <4.1", "<6.1"}, "4.14.1", ANSWER_YES, "<6.1"},
		{RANGE_KERNEL, {NULL}, "4.14.1", ANSWER_NO, NULL},
		/* pre-releases */
		{RANGE_KUBERNETES,
		 {">=1.18.0-alpha.0 <1.18.6"},
		 "v1.18.0-alpha.0",
		 ANSWER_YES,
		 ">=1.18.0-alpha.0 <1.18.6"},
		{RANGE_KUBERNETES,
		 {">=1.18.0-alpha.0 <1.18.6"},
		 "v1.18.6-rc.0",
		 ANSWER_YES,
		 ">=1.18.0-alpha.0 <1.18.6"},
		{RANGE_KUBERNETES, {">=1.18.0-alpha.0 <1.18.6"}, "v1.18.6-k3s1", ANSWER_NO, NULL},
		{RANGE_KUBERNETES, {">=1.18.0-alpha.0 <1.18.6"}, "v1.17.17", ANSWER_NO, NULL},
		{RANGE_KUBERNETES,
		 {"<v1.19.0-rc.0"},
		 "v1.19.0-beta.2",
		 ANSWER_YES,
		 "<v1.19.0-rc.0"},
		{RANGE_KUBERNETES, {"<v1.19.0-rc.0"}, "v1.19.0-rc.0", ANSWER_NO, NULL},
		/* between two tags: the next one counts as well */
		{RANGE_KUBERNETES, {"<1.18.6"}, "v1.18.6-beta.0.37+abc", ANSWER_UNKNOWN, NULL},
		{RANGE_KUBERNETES, {"<1.18.6"}, "v1.18.5-beta.0.37+abc", ANSWER_YES, "<1.18.6"},
		{RANGE_KUBERNETES, {"<1.18.6"}, "v1.18.7-beta.0.2+abc", ANSWER_NO, NULL},
		{RANGE_KUBERNETES,
		 {"<1.19.0-rc.0"},
		 "v1.19.0-beta.2.9+abc",
		 ANSWER_YES,
		 "<1.19.0-rc.0"},
		{RANGE_KUBERNETES,
		 {"<1.19.0-beta.2"},
		 "v1.19.0-beta.1.9+abc",
		 ANSWER_UNKNOWN,
		 NULL},
		{RANGE_KUBERNETES,
		 {">=1.16.0-beta.2"},
		 "v1.16.0-beta.1.9+abc",
		 ANSWER_UNKNOWN,
		 NULL},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct range_list list = make_list(cases[i].ranges, cases[i].form);
		const struct range *hit = list.ranges;
		struct version version;

		assert_int_equal(parse_version(cases[i].version, cases[i].form, &version), 0);
		if (range_list_contains(&list, &version, &hit) != cases[i].answer)
			fail_msg("%s in %s: not \"%s\"", cases[i].version, cases[i].ranges[0],
				 answer_name(cases[i].answer));
		assert_int_equal(range_list_contains(&list, &version, NULL), cases[i].answer);
		if (cases[i].hit)
			assert_string_equal(hit->text, cases[i].hit);
		else
			assert_null(hit);
		range_list_clear(&list);
		assert_int_equal(list.n_ranges, 0);
	}
}

static void test_passed(void **state)
{
	static const char *const ranges[4] = {">=4.19 <4.19.123", "<=4.14.180", ">=5.4 <5.4.41",
					      ">=6.0"};
	static const struct {
		const char *version;
		const char *passed;
	} cases[] = {
		{"4.4.1", NULL},
		{"4.14.180", NULL},
		{"4.14.181", "<=4.14.180"},
		{"4.19.123", ">=4.19 <4.19.123"},
		{"5.3.18", ">=4.19 <4.19.123"},
		{"5.4.41", ">=5.4 <5.4.41"},
		{"5.15.1", ">=5.4 <5.4.41"},
		/* One without an upper bound is never passed. */
		{"6.1.1", ">=5.4 <5.4.41"},
	};
	struct range_list list = make_list(ranges, RANGE_KERNEL);

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		const struct range *passed;
		struct version version;

		assert_int_equal(version_parse_kernel(cases[i].version, &version), 0);
		passed = range_list_passed(&list, &version);
		if (cases[i].passed) {
			assert_non_null(passed);
			assert_string_equal(passed->text, cases[i].passed);
		} else {
			assert_null(passed);
		}
	}
	range_list_clear(&list);
}

static void test_refuse(void **state)
{
	static const struct {
		enum range_form form;
		const char *text;
		int error;
	} cases[] = {
		{RANGE_KERNEL, "", -EINVAL},
		{RANGE_KERNEL, " \t", -EINVAL},
		{RANGE_KERNEL, "4.19", -EINVAL},
		{RANGE_KERNEL, "<", -EINVAL},
		{RANGE_KERNEL, "< 4.19", -EINVAL},
		{RANGE_KERNEL, "<<4.19", -EINVAL},
		{RANGE_KERNEL, "==4.19", -EINVAL},
		{RANGE_KERNEL, "!=4.19", -EINVAL},
		{RANGE_KERNEL, "=>4.19", -EINVAL},
		{RANGE_KERNEL, ">=4.19,<5.4", -EINVAL},
		{RANGE_KERNEL, ">=4.19<5.4", -EINVAL},
		{RANGE_KERNEL, "<banana", -EINVAL},
		{RANGE_KERNEL, "<5", -EINVAL},
		{RANGE_KERNEL, "<4.19.", -EINVAL},
		{RANGE_KERNEL, "<4..19", -EINVAL},
		{RANGE_KERNEL, "<4.19..1", -EINVAL},
		{RANGE_KERNEL, "<4.19.l23", -EINVAL},
		{RANGE_KERNEL, "<4.19.1.2.3", -EINVAL},
		{RANGE_KERNEL, "<4.19.123-amd64", -EINVAL},
		{RANGE_KERNEL, "<5.7-rc", -EINVAL},
		{RANGE_KERNEL, "<5.7-rc5x", -EINVAL},
		{RANGE_KERNEL, "<5.7-rc05", -EINVAL},
		{RANGE_KERNEL, "<5.4.1.2.", -EINVAL},
		{RANGE_KERNEL, "<5.4.1.2.-rc1", -EINVAL},
		{RANGE_KERNEL, "<4.99999999999", -EINVAL},
		{RANGE_KUBERNETES, ">=1.16", -EINVAL},
		{RANGE_KUBERNETES, ">=1.16.x", -EINVAL},
		{RANGE_KUBERNETES, ">=0.0.0", -EINVAL},
		{RANGE_KUBERNETES, "<1.18.6-rc1", -EINVAL},
		{RANGE_KUBERNETES, "<1.18.6-gke.1", -EINVAL},
		{RANGE_KUBERNETES, "<1.18.6+k3s1", -EINVAL},
		{RANGE_KUBERNETES, "<1.18.6-beta.0.37", -EINVAL},
		{RANGE_KUBERNETES, "<1.18.6-beta.0.0", -EINVAL},
		{RANGE_KUBERNETES, "<1.18.6-rc.1-gke.1", -EINVAL},
		{RANGE_BUILD, "<107-generic", -EINVAL},
		{RANGE_BUILD, "<193.6.3.el8", -EINVAL},
		/* two bounds on one side */
		{RANGE_KERNEL, ">=4.19 >5.4", -EINVAL},
		{RANGE_KERNEL, "<4.19 <=5.4", -EINVAL},
		{RANGE_KERNEL, "=4.19 <5.4", -EINVAL},
		{RANGE_KERNEL, ">4.19 =5.4", -EINVAL},
		{RANGE_KERNEL, "=4.19 =4.19", -EINVAL},
		/* nothing can lie in it */
		{RANGE_BUILD, ">=2 <1", -ERANGE},
		{RANGE_BUILD, "<1 >=2", -ERANGE},
		{RANGE_BUILD, ">1 <=1", -ERANGE},
		{RANGE_BUILD, ">=1 <1", -ERANGE},
		{RANGE_BUILD, ">1 <1", -ERANGE},
		{RANGE_KUBERNETES, ">=1.18.6 <1.18.6-rc.0", -ERANGE},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct range range = {.text = NULL};
		const char *why = NULL;
		int result = range_parse(cases[i].text, cases[i].form, &range, &why);

		if (result != cases[i].error)
			fail_msg("\"%s\": %d", cases[i].text, result);
		assert_non_null(why);
		assert_null(range.text);
		assert_int_equal(range_parse(cases[i].text, cases[i].form, &range, NULL), result);
	}
}

/* Bounds that meet in one version are a range. */
static void test_one_version(void **state)
{
	static const char *const ranges[4] = {">=107.108 <=107.108"};
	struct range_list list = make_list(ranges, RANGE_BUILD);
	struct version version;

	assert_int_equal(version_parse_build("107.108", &version), 0);
	assert_int_equal(range_list_contains(&list, &version, NULL), ANSWER_YES);
	assert_int_equal(version_parse_build("107", &version), 0);
	assert_int_equal(range_list_contains(&list, &version, NULL), ANSWER_NO);
	range_list_clear(&list);
}

static void test_contains_from(void **state)
{
	static const struct {
		const char *ranges[4];
		const char *first;
		enum answer answer;
	} cases[] = {
		{{">=4.6"}, "4.19", ANSWER_YES},
		{{">=4.6"}, "4.6", ANSWER_YES},
		{{">4.6"}, "4.6", ANSWER_UNKNOWN},
		{{">=4.6"}, "3.16", ANSWER_NO},
		{{">3.10.0 <4.14"}, "4.9", ANSWER_YES},
		{{">3.10.0 <4.14"}, "3.10", ANSWER_UNKNOWN},
		{{">3.10.0 <4.14"}, "4.14", ANSWER_NO},
		{{">4.19.0 <4.19.123"}, "4.19", ANSWER_UNKNOWN},
		{{"<4.19.123"}, "4.19", ANSWER_UNKNOWN},
		{{"=4.19.90"}, "4.19", ANSWER_UNKNOWN},
		{{">=4.15 <4.19.123", ">=5.5-rc1 <5.6"}, "5.10", ANSWER_NO},
		{{">=5.5-rc1 <5.6"}, "5.5", ANSWER_YES},
		{{">=5.7-rc1 <5.7-rc5"}, "5.7", ANSWER_NO},
		{{NULL}, "4.19", ANSWER_NO},
		/* not from the beginning of the series on */
		{{">=4.6"}, "4.19.90", ANSWER_YES},
		{{">4.19.0 <4.19.123"}, "4.19.90", ANSWER_UNKNOWN},
		{{">4.19.0 <4.19.123"}, "4.19.123", ANSWER_NO},
		{{">4.19.0 <4.19.80"}, "4.19.90", ANSWER_NO},
		{{">=4.19.90 <4.20"}, "4.19.90", ANSWER_YES},
		{{"=4.19.90"}, "4.19.90", ANSWER_UNKNOWN},
		{{">=4.19.100 <4.19.110"}, "4.19.90", ANSWER_UNKNOWN},
		{{">=4.19.100 <4.19.110"}, "4.19.111", ANSWER_NO},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct range_list list = make_list(cases[i].ranges, RANGE_KERNEL);
		struct version first;

		assert_int_equal(version_parse_kernel(cases[i].first, &first), 0);
		if (range_list_contains_from(&list, &first) != cases[i].answer)
			fail_msg("%s and %s", cases[i].first, cases[i].ranges[0]);
		range_list_clear(&list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contains),    cmocka_unit_test(test_contains_from),
		cmocka_unit_test(test_passed),	    cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_one_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
