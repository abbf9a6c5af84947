/* SPDX-License-Identifier: Apache-2.0 */
/* The report for other programs: whole files, and what must not break their readers. */
#include "agent/base/exit_code.h"
#include "agent/report/report_nagios.h"
#include "agent/report/report_nfd.h"
#include "agent/report/report_print.h"
#include "agent/report/report_prometheus.h"
#include "cleanup.h"
#include "tests/unit/agent/golden.h"
#include "tests/unit/agent/scene.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NOON 1591012800 /* 2020-06-01T12:00:00Z */

/* A service that has corrected, on a node with a cured NIC, an exposed one and one beside them. */
static void make_scene(struct scene *scene)
{
	scene_make(scene, ANSWER_YES, ANSWER_UNKNOWN, ANSWER_NO);
	scene_turn_off(scene, scene_add(scene, 3, "flannel.1", "vxlan", ANSWER_NO), "rx tx");
	scene_add(scene, 4, "vxlan.calico", "vxlan", ANSWER_NO);
	scene_add(scene, 5, "flannel.2", "vxlan", ANSWER_YES);
	scene->service = (struct service_status){.running = true,
						 .pid = 4711,
						 .since = "2020-06-01T12:00:00Z",
						 .corrections = UINT64_C(5000000000)};
	strcpy(scene->record.changes.last_change, "2020-06-01T12:34:56Z");
}

/* What is printed of a scene in a format; the caller frees it. */
static char *print(const struct scene *scene, enum report_format format)
{
	struct report report;
	char *text = NULL;
	size_t size;
	FILE *output = open_memstream(&text, &size);

	assert_non_null(output);
	scene_report(scene, false, &report);
	assert_int_equal(report_print_format(output, &report, format), 0);
	assert_int_equal(fclose(output), 0);
	return text;
}

static void test_prometheus(void **state)
{
	struct golden golden;
	struct report report;
	struct scene scene;

	make_scene(&scene);
	scene_report(&scene, false, &report);
	golden_begin(&golden);
	report_print_prometheus(golden.output, &report, "1.2.3");
	golden_compare(&golden, "reports/service.prom");
	scene_clear(&scene);
}

/* Nothing runs, nothing was ever changed, and nothing is known: no series tells a wrong time. */
static void test_prometheus_nothing(void **state)
{
	struct golden golden;
	struct report report;
	struct scene scene;

	scene_make(&scene, ANSWER_UNKNOWN, ANSWER_NO, ANSWER_NO);
	scene.policy.facts.kernel = (struct kernel_facts){0};
	scene.policy.facts.kubernetes = (struct kubernetes_facts){0};
	scene_report(&scene, false, &report);
	golden_begin(&golden);
	report_print_prometheus(golden.output, &report, "1.2.3");
	golden_compare(&golden, "reports/nothing.prom");
	scene_clear(&scene);
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part))) {
		text += strlen(part);
		n++;
	}
	return n;
}

/* A series that is there twice, or a value that is no text, makes the reader drop the whole file.
 */
static void test_prometheus_names(void **state)
{
	char release[] = "4.19 \"quoted\" \\ \n\xff";
	_cleanup_free_ char *text = NULL;
	struct scene scene;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene_add(&scene, 3, "vx\001", "vxlan", ANSWER_NO);
	scene_add(&scene, 4, "vx\002", "vxlan", ANSWER_NO);
	scene_add(&scene, 5, "a\"b\\c", "vxlan", ANSWER_NO);
	scene_add(&scene, 6, "v\xc3\xa9", "vxlan", ANSWER_NO);
	scene.policy.facts.kernel.release = release;
	text = print(&scene, REPORT_FORMAT_PROMETHEUS);
	assert_int_equal(count(text, "nic_exposed{device=\"vx?#3\"} 1\n"), 1);
	assert_int_equal(count(text, "nic_exposed{device=\"vx?#4\"} 1\n"), 1);
	assert_int_equal(count(text, "nic_exposed{device=\"a\\\"b\\\\c\"} 1\n"), 1);
	assert_int_equal(count(text, "nic_exposed{device=\"v\xc3\xa9\"} 1\n"), 1);
	assert_int_equal(count(text, "{kernel_release=\"4.19 \\\"quoted\\\" \\\\ ??\","), 1);
	scene_clear(&scene);
}

/* Of a NIC that could not be read, only what needs no reading; of one that is gone, nothing. */
static void test_prometheus_errors(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct scene scene;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene_add(&scene, 3, "unreadable", "vxlan", ANSWER_NO)->error = -EIO;
	scene_add(&scene, 4, "gone", "vxlan", ANSWER_NO)->error = -ENODEV;
	text = print(&scene, REPORT_FORMAT_PROMETHEUS);
	assert_int_equal(count(text, "\"gone\""), 0);
	assert_int_equal(count(text, "nic_exposed{device=\"unreadable\"} 1\n"), 1);
	assert_int_equal(count(text, "nic_vulnerable{device=\"unreadable\"} 0\n"), 1);
	assert_int_equal(count(text, "feature=\""), 0);
	scene_clear(&scene);
}

static void test_nfd(void **state)
{
	struct golden golden;
	struct report report;
	struct scene scene;

	make_scene(&scene);
	scene_report(&scene, false, &report);
	golden_begin(&golden);
	report_print_nfd(golden.output, &report, NOON);
	golden_compare(&golden, "reports/service.nfd");
	scene_clear(&scene);
}

/* A label's name has at most 63 characters, and ends in a letter or a digit. */
static void test_nfd_long_id(void **state)
{
	char longest[] = "a2345678901234567890123456789012345678901234",
	     too_long[] = "b23456789012345678901234567890123456789012345", dash[] = "c-";
	struct rule rules[3] = {sample_zero_rule, sample_udp_rule, sample_driver_rule};
	struct golden golden;
	struct report report;
	struct scene scene;

	assert_int_equal(strlen("offload-agent.rule.") + strlen(longest), 63);
	scene_make(&scene, ANSWER_YES, ANSWER_YES, ANSWER_YES);
	rules[0].id = longest;
	rules[1].id = too_long;
	rules[2].id = dash;
	for (size_t i = 0; i < 3; i++)
		scene.rules[i].rule = &rules[i];
	scene_add(&scene, 2, "eth0", "", ANSWER_UNKNOWN);
	scene_report(&scene, false, &report);
	golden_begin(&golden);
	report_print_nfd(golden.output, &report, NOON);
	golden_compare(&golden, "reports/long-ids.nfd");
	scene_clear(&scene);
}

static void assert_nagios(struct scene *scene, const char *expected)
{
	_cleanup_free_ char *text = print(scene, REPORT_FORMAT_NAGIOS);

	assert_string_equal(text, expected);
	scene_clear(scene);
}

static void test_nagios(void **state)
{
	struct scene scene;

	make_scene(&scene);
	assert_nagios(&scene, "OFFLOAD-AGENT CRITICAL - Vulnerable: vxlan.calico has tx checksum "
			      "offload on | selected=3;;;0 exposed=3;;;0 vulnerable=1;;0;0 "
			      "corrections=5000000000c\n"
			      "zero-checksum: affected (act)\n"
			      "udp-checksum: unknown (act)\n");
	scene_make(&scene, ANSWER_NO, ANSWER_NO, ANSWER_NO);
	assert_nagios(&scene, "OFFLOAD-AGENT OK - Not affected: Kubernetes v1.18.3, kernel "
			      "4.19.0-9-amd64 | selected=0;;;0 exposed=0;;;0 vulnerable=0;;0;0 "
			      "corrections=0c\n");
	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene_add(&scene, 3, "a|b", "vxlan", ANSWER_NO);
	assert_nagios(&scene, "OFFLOAD-AGENT CRITICAL - Vulnerable: a?b has tx checksum offload on "
			      "| selected=1;;;0 exposed=1;;;0 vulnerable=1;;0;0 corrections=0c\n"
			      "zero-checksum: affected (act)\n");
	/* One that could not be read is not counted by what its features were. */
	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO)->error = -EIO;
	assert_nagios(&scene,
		      "OFFLOAD-AGENT UNKNOWN - Unknown: the features of flannel.1 cannot be "
		      "read | selected=1;;;0 exposed=1;;;0 vulnerable=0;;0;0 "
		      "corrections=0c\n"
		      "zero-checksum: affected (act)\n");
	/* One that is gone is not counted. */
	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO)->error = -ENODEV;
	assert_nagios(&scene,
		      "OFFLOAD-AGENT OK - Not exposed: a rule applies, but no exposed device "
		      "is here now | selected=0;;;0 exposed=0;;;0 vulnerable=0;;0;0 "
		      "corrections=0c\n"
		      "zero-checksum: affected (act)\n");
}

/* Counters of wrong checksums, where they could be read. */
static void test_counters(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct scene scene;

	scene_make(&scene, ANSWER_NO, ANSWER_NO, ANSWER_NO);
	scene.inspection.counters =
		(struct checksum_counters){.known = true, .udp = 5, .udp6 = 2, .tcp = 1};
	text = print(&scene, REPORT_FORMAT_PROMETHEUS);
	assert_non_null(strstr(text, "# TYPE offload_agent_checksum_errors_total counter\n"
				     "offload_agent_checksum_errors_total{protocol=\"udp\"} 5\n"
				     "offload_agent_checksum_errors_total{protocol=\"udp6\"} 2\n"
				     "offload_agent_checksum_errors_total{protocol=\"tcp\"} 1\n"));
	assert_nagios(&scene, "OFFLOAD-AGENT OK - Not affected: Kubernetes v1.18.3, kernel "
			      "4.19.0-9-amd64 | selected=0;;;0 exposed=0;;;0 vulnerable=0;;0;0 "
			      "corrections=0c udp_checksum_errors=7c tcp_checksum_errors=1c\n");
	assert_null(strstr(text, "checksum_errors_per_minute"));
}

/* How fast they rise, where the service knows it. */
static void test_rates(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct scene scene;

	scene_make(&scene, ANSWER_NO, ANSWER_NO, ANSWER_NO);
	scene.service = (struct service_status){.running = true,
						.rates = {.known = true, .udp = 9, .tcp = 0}};
	text = print(&scene, REPORT_FORMAT_PROMETHEUS);
	assert_non_null(strstr(text,
			       "# TYPE offload_agent_checksum_errors_per_minute gauge\n"
			       "offload_agent_checksum_errors_per_minute{protocol=\"udp\"} 9\n"
			       "offload_agent_checksum_errors_per_minute{protocol=\"tcp\"} 0\n"));
	assert_nagios(&scene, "OFFLOAD-AGENT OK - Not affected: Kubernetes v1.18.3, kernel "
			      "4.19.0-9-amd64 | selected=0;;;0 exposed=0;;;0 vulnerable=0;;0;0 "
			      "corrections=0c udp_checksum_errors_per_minute=9;;;0 "
			      "tcp_checksum_errors_per_minute=0;;;0\n");
}

static void test_nagios_codes(void **state)
{
	static const enum nagios_code expected[STATES] = {
		[STATE_NOT_AFFECTED] = NAGIOS_OK, [STATE_NOT_EXPOSED] = NAGIOS_OK,
		[STATE_MITIGATED] = NAGIOS_OK,	  [STATE_VULNERABLE] = NAGIOS_CRITICAL,
		[STATE_UNKNOWN] = NAGIOS_UNKNOWN,
	};

	for (enum state s = 0; s < STATES; s++)
		assert_int_equal(nagios_code(s), expected[s]);
}

static void test_nagios_failure(void **state)
{
	static const int codes[] = {EXIT_CODE_BAD_INPUT, EXIT_CODE_NO_BACKEND, EXIT_CODE_INTERNAL,
				    EXIT_CODE_NO_PERMISSION};
	struct golden golden;

	golden_begin(&golden);
	for (size_t i = 0; i < N_ELEMENTS(codes); i++)
		nagios_print_failure(golden.output, codes[i]);
	golden_compare(&golden, "reports/failures.nagios");
}

static void test_summary(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct scene scene;

	make_scene(&scene);
	text = print(&scene, REPORT_FORMAT_SUMMARY);
	assert_string_equal(text, "Vulnerable: vxlan.calico has tx checksum offload on\n");
	scene_clear(&scene);
}

/* Half a file must not take the place of a whole one. */
static void test_print_fails(void **state)
{
	struct report report;
	struct scene scene;

	make_scene(&scene);
	scene_report(&scene, false, &report);
	for (enum report_format format = REPORT_FORMAT_SUMMARY; format <= REPORT_FORMAT_PROMETHEUS;
	     format++) {
		_cleanup_fclose_ FILE *full = fopen("/dev/full", "we");

		assert_non_null(full);
		assert_int_equal(setvbuf(full, NULL, _IONBF, 0), 0);
		assert_int_equal(report_print_format(full, &report, format), -EIO);
	}
	scene_clear(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prometheus),
		cmocka_unit_test(test_prometheus_nothing),
		cmocka_unit_test(test_prometheus_names),
		cmocka_unit_test(test_prometheus_errors),
		cmocka_unit_test(test_nfd),
		cmocka_unit_test(test_nfd_long_id),
		cmocka_unit_test(test_nagios),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_nagios_codes),
		cmocka_unit_test(test_nagios_failure),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_print_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
