/* SPDX-License-Identifier: Apache-2.0 */
/* What the measurements mean together, and how it is shown. */
#include "agent/base/json.h"
#include "agent/probe/probe.h"
#include "agent/probe/probe_report.h"
#include "cleanup.h"
#include "tests/unit/unit.h"

#include <string.h>

/*
 * One letter for each measurement: "-" clean, "C" corrupt, "U" unknown; in fours: zero checksum
 * with offload on and off, complete checksum with offload on and off.
 */
static void make_result(struct probe_result *result, const char *ipv4, const char *ipv6)
{
	*result = (struct probe_result){.boot_id = "boot", .time = "2020-06-01T12:00:00Z"};
	for (unsigned int i = 0; i < PROBE_MEASUREMENTS; i++) {
		struct probe_measurement *measurement = &result->measurements[i];
		const char letter = i < 4 ? ipv4[i] : ipv6[i - 4];

		measurement->ipv6 = i & 4;
		measurement->udp_csum = i & 2;
		measurement->tx = !(i & 1);
		measurement->corrupts = letter == '-'	? ANSWER_NO
					: letter == 'C' ? ANSWER_YES
							: ANSWER_UNKNOWN;
		if (letter == 'U')
			snprintf(measurement->reason, sizeof(measurement->reason), "reason %u", i);
		else
			measurement->sent = 4;
	}
}

static const struct {
	const char *ipv4, *ipv6; /* ipv6 NULL: the node has none */
	enum answer zero_checksum, udp_checksum, cured, corrupts;
	const char *reason;
	const char *summary;
} cases[] = {
	{"----", "----", ANSWER_NO, ANSWER_NO, ANSWER_YES, ANSWER_NO, "",
	 "Clean: this kernel spoils no outer UDP checksum"},
	/* The lab's kernel without the fix, and 6.18. */
	{"C-C-", "C-C-", ANSWER_YES, ANSWER_YES, ANSWER_YES, ANSWER_YES, "",
	 "Corrupts: a zero checksum is \"updated\" (noudpcsum), a complete one spoilt (udpcsum); "
	 "cured by TX checksum offload off on the VXLAN device"},
	{"--C-", "--C-", ANSWER_NO, ANSWER_YES, ANSWER_YES, ANSWER_YES, "",
	 "Corrupts: a complete outer UDP checksum is spoilt (udpcsum); cured by TX checksum offload "
	 "off on the VXLAN device"},
	{"C---", "----", ANSWER_YES, ANSWER_NO, ANSWER_YES, ANSWER_YES, "",
	 "Corrupts: an outer UDP checksum of zero is \"updated\" (noudpcsum); cured by TX checksum "
	 "offload off on the VXLAN device"},
	/* One underlay is enough. */
	{"----", "--C-", ANSWER_NO, ANSWER_YES, ANSWER_YES, ANSWER_YES, "", NULL},
	/* A cure that does not cure is reported. */
	{"--CC", "----", ANSWER_NO, ANSWER_YES, ANSWER_NO, ANSWER_YES, "",
	 "Corrupts: a complete outer UDP checksum is spoilt (udpcsum); NOT cured by TX checksum "
	 "offload off on the VXLAN device"},
	{"--CU", "----", ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN, ANSWER_YES, "reason 3", NULL},
	/* What was not measured is not clean, unless there is nothing to be measured. */
	{"----", NULL, ANSWER_NO, ANSWER_NO, ANSWER_YES, ANSWER_NO, "", NULL},
	{"--C-", NULL, ANSWER_NO, ANSWER_YES, ANSWER_YES, ANSWER_YES, "", NULL},
	{"----", "UUUU", ANSWER_UNKNOWN, ANSWER_UNKNOWN, ANSWER_UNKNOWN, ANSWER_UNKNOWN, "reason 4",
	 "Unknown: could not measure: reason 4"},
	{"U---", "----", ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN, "reason 0", NULL},
	{"U---", "--C-", ANSWER_UNKNOWN, ANSWER_YES, ANSWER_YES, ANSWER_YES, "reason 0", NULL},
	{"UUUU", NULL, ANSWER_UNKNOWN, ANSWER_UNKNOWN, ANSWER_UNKNOWN, ANSWER_UNKNOWN, "reason 0",
	 "Unknown: could not measure: reason 0"},
};

#define N_CASES N_ELEMENTS(cases)

static void make_case(size_t i, struct probe_result *result)
{
	make_result(result, cases[i].ipv4, cases[i].ipv6 ? cases[i].ipv6 : "UUUU");
	result->no_ipv6 = !cases[i].ipv6;
	probe_conclude(result);
}

static void test_conclude(void **state)
{
	for (size_t i = 0; i < N_CASES; i++) {
		struct probe_result result;

		make_case(i, &result);
		if (result.zero_checksum != cases[i].zero_checksum ||
		    result.udp_checksum != cases[i].udp_checksum ||
		    result.cured != cases[i].cured || result.corrupts != cases[i].corrupts)
			fail_msg("case %zu: %d %d %d %d", i, result.zero_checksum,
				 result.udp_checksum, result.cured, result.corrupts);
		assert_string_equal(result.reason, cases[i].reason);
	}
}

static char *print_text(const struct probe_result *result)
{
	char *text = NULL;
	size_t size = 0;
	FILE *output = open_memstream(&text, &size);

	assert_non_null(output);
	probe_print_text(output, result);
	assert_int_equal(fclose(output), 0);
	return text;
}

static void test_summaries(void **state)
{
	for (size_t i = 0; i < N_CASES; i++) {
		_cleanup_free_ char *text = NULL;
		struct probe_result result;

		make_case(i, &result);
		text = print_text(&result);
		*strchr(text, '\n') = '\0';
		if (cases[i].summary)
			assert_string_equal(text, cases[i].summary);
	}
}

static void test_text(void **state)
{
	_cleanup_free_ char *text = NULL, *short_text = NULL;
	struct probe_result result;

	make_result(&result, "--C-", "-UU-");
	result.measurements[2].wrong = 4;
	probe_conclude(&result);
	text = print_text(&result);
	assert_non_null(strstr(text, "\n  IPv4      yes (udpcsum)   on   corrupt     4     0     0"
				     "     4\n"));
	assert_non_null(strstr(text, "\n  IPv6      no (noudpcsum)  off  unknown: reason 5\n"));

	/* A table of nothing says nothing. */
	make_result(&result, "UUUU", "UUUU");
	probe_conclude(&result);
	short_text = print_text(&result);
	assert_string_equal(short_text, "Unknown: could not measure: reason 0\n");
}

static json_t *print_json(const struct probe_result *result)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *output = open_memstream(&text, &size);
	json_t *json;

	assert_non_null(output);
	assert_int_equal(probe_print_json(output, result), 0);
	assert_int_equal(fclose(output), 0);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	return json;
}

static void assert_member(const json_t *object, const char *key, const char *expected)
{
	assert_string_equal(json_string_value(json_object_get(object, key)), expected);
}

static void test_json(void **state)
{
	_cleanup_(cleanup_json) json_t *json = NULL;
	struct probe_result result;
	const json_t *list, *one;

	make_result(&result, "--C-", "-U--");
	result.measurements[2].wrong = 4;
	probe_conclude(&result);
	json = print_json(&result);
	assert_int_equal(json_integer_value(json_object_get(json, "schema")), 1);
	assert_member(json, "boot_id", "boot");
	assert_member(json, "time", "2020-06-01T12:00:00Z");
	assert_member(json, "outcome", "corrupt");
	assert_member(json, "zero_checksum", "clean");
	assert_member(json, "udp_checksum", "corrupt");
	assert_member(json, "reason", "reason 5");
	assert_true(json_is_null(json_object_get(json, "cured_by_tx_off")));
	list = json_object_get(json, "measurements");
	assert_int_equal(json_array_size(list), PROBE_MEASUREMENTS);
	one = json_array_get(list, 2);
	assert_member(one, "underlay", "ipv4");
	assert_member(one, "outcome", "corrupt");
	assert_true(json_is_true(json_object_get(one, "udp_csum")));
	assert_true(json_is_true(json_object_get(one, "tx")));
	assert_true(json_is_null(json_object_get(one, "reason")));
	assert_int_equal(json_integer_value(json_object_get(one, "sent")), 4);
	assert_int_equal(json_integer_value(json_object_get(one, "wrong")), 4);
	one = json_array_get(list, 5);
	assert_member(one, "underlay", "ipv6");
	assert_member(one, "outcome", "unknown");
	assert_member(one, "reason", "reason 5");
	assert_true(json_is_false(json_object_get(one, "tx")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conclude),
		cmocka_unit_test(test_summaries),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
