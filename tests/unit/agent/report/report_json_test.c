/* SPDX-License-Identifier: Apache-2.0 */
/* The report for programs: the lines as they stand, and that they are JSON. */
#include "agent/base/json.h"
#include "agent/report/report_json.h"
#include "cleanup.h"
#include "tests/unit/agent/scene.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *print(const struct scene *scene, bool dry_run)
{
	struct report report;
	char *text = NULL;
	size_t size;
	FILE *output = open_memstream(&text, &size);

	assert_non_null(output);
	scene_report(scene, dry_run, &report);
	assert_int_equal(report_print_json(output, &report), 0);
	assert_int_equal(fclose(output), 0);
	return text;
}

/* Everything before and after the lines of the facts, which are facts_json_test's subject. */
static void assert_report(const struct scene *scene, bool dry_run, const char *before,
			  const char *after)
{
	_cleanup_free_ char *text = print(scene, dry_run);
	_cleanup_(cleanup_json) json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	char *facts = strstr(text, "\n\"facts\":{"), *rest;

	assert_non_null(json);
	assert_non_null(facts);
	rest = strstr(facts + 1, "\n\"rules\":[");
	assert_non_null(rest);
	*facts = '\0';
	assert_string_equal(text, before);
	assert_string_equal(rest + 1, after);
}

#define AGENT                                                                                      \
	"\"agent\":{\"running\":false,\"pid\":null,\"since\":null,\"corrections\":0,\"paused\":0," \
	"\"last_change\":null},\n"                                                                 \
	"\"checksum_errors_per_minute\":null,\n\"wire\":null,"
#define RULE_HEAD(exposes)                                                                                    \
	"{\"id\":\"zero-checksum\",\"title\":\"An outer checksum of zero is \\\"updated\\\"\","               \
	"\"mode\":\"act\",\"verdict\":\"affected\",\"looked_at\":true,\"exposes\":\"" exposes                 \
	"\",\"effect\":null,\"cost\":null,\"remedies\":[],\"references\":[\"https://example.org/issues/1\"]," \
	"\"conditions\":["
#define RULES(zero, udp)                                                                                                                                                                     \
	"\"rules\":[\n" RULE_HEAD(                                                                                                                                                           \
		zero) "{\"name\":\"kubernetes\",\"outcome\":\"yes\",\"reason\":\"v1.18.3 is affected\"},"                                                                                    \
		      "{\"name\":\"kernel\",\"outcome\":\"yes\",\"reason\":\"4.19.118 is affected\"}]},\n"                                                                                   \
		      "{\"id\":\"udp-checksum\",\"title\":\"A complete outer checksum is spoiled\","                                                                                         \
		      "\"mode\":\"act\",\"verdict\":\"unknown\",\"looked_at\":true,\"exposes\":\"" udp                                                                                       \
		      "\",\"effect\":null,\"cost\":null,\"remedies\":[],\"references\":[],\"conditions\":["                                                                                  \
		      "{\"name\":\"kubernetes\",\"outcome\":\"yes\",\"reason\":\"v1.18.3 is affected\"},"                                                                                    \
		      "{\"name\":\"kernel\",\"outcome\":\"unknown\",\"reason\":\"no table for this kernel\"}]},\n"                                                                           \
		      "{\"id\":\"virtio-gro\",\"title\":\"A driver merges what it must not\","                                                                                               \
		      "\"mode\":\"act\",\"verdict\":\"not-affected\",\"looked_at\":true,\"exposes\":\"no\",\"effect\":null,\"cost\":null,\"remedies\":[],\"references\":[],\"conditions\":[" \
		      "{\"name\":\"kernel\",\"outcome\":\"no\",\"reason\":\"5.7.0 has the fix\"}]}],\n"

static void test_no_nics(void **state)
{
	struct scene scene;

	scene_make(&scene, ANSWER_YES, ANSWER_UNKNOWN, ANSWER_NO);
	assert_report(&scene, false,
		      "{\"schema\":1,\n"
		      "\"state\":\"not-exposed\",\n"
		      "\"verdict\":\"affected\",\n"
		      "\"acting_state\":\"not-exposed\",\n"
		      "\"summary\":\"Not exposed: a rule applies, but no exposed device is here "
		      "now\",\n"
		      "\"contradictions\":[],\n" AGENT,
		      RULES("no", "no") "\"nics\":[]}\n");
	scene_clear(&scene);
}

/* Two NICs: one with all there is to say, one that is gone. */
static void test_nics(void **state)
{
	struct scene scene;
	struct nic *nic;

	scene_make(&scene, ANSWER_YES, ANSWER_UNKNOWN, ANSWER_NO);
	nic = scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	scene_turn_off(&scene, nic, "tx-checksum-ip-generic");
	nic->refused = sample_mask(scene.inspection.handle, "tx-checksum-sctp");
	strcpy(nic->message, "not \"today\"");
	nic->features.changeable = feature_mask_without(nic->features.changeable,
							sample_mask(scene.inspection.handle, "rx"));
	nic = scene_add(&scene, 4, "a\033\377", "vxlan", ANSWER_YES);
	nic->error = -ENODEV;
	nic->features = (struct featureset){{{0}}, {{0}}, {{0}}};
	assert_report(
		&scene, false,
		"{\"schema\":1,\n"
		"\"state\":\"vulnerable\",\n"
		"\"verdict\":\"affected\",\n"
		"\"acting_state\":\"vulnerable\",\n"
		"\"summary\":\"Vulnerable: flannel.1 has tx checksum offload on\",\n"
		"\"contradictions\":[],\n" AGENT,
		RULES("yes",
		      "no") "\"nics\":[\n"
			    "{\"name\":\"flannel.1\",\"ifindex\":3,\"kind\":\"vxlan\",\"driver\":\"vxlan\","
			    "\"selected\":true,\"exposed\":true,\"rule\":\"zero-checksum\","
			    "\"backend\":\"netlink\",\"features\":["
			    "{\"name\":\"tx-checksum-ip-generic\",\"active\":false,\"wanted\":false,\"fixed\":false,"
			    "\"target\":false,\"outcome\":\"off\"},"
			    "{\"name\":\"rx-checksum\",\"active\":true,\"wanted\":true,\"fixed\":true,"
			    "\"target\":false,\"outcome\":\"fixed-on\"},"
			    "{\"name\":\"tx-checksum-sctp\",\"active\":true,\"wanted\":true,\"fixed\":false,"
			    "\"target\":false,\"outcome\":\"refused\",\"message\":\"not \\\"today\\\"\"}],"
			    "\"side_effects\":[\"tx-tcp-segmentation\",\"tx-tcp6-segmentation\"]},\n"
			    "{\"name\":\"a??\",\"ifindex\":4,\"kind\":\"vxlan\",\"driver\":\"vxlan\","
			    "\"selected\":true,\"exposed\":true,\"rule\":\"udp-checksum\","
			    "\"backend\":\"netlink\",\"features\":[],\"side_effects\":[]}]}\n");
	scene_clear(&scene);
}

static void test_dry_run(void **state)
{
	_cleanup_(cleanup_json) json_t *json = NULL, *turn_off = NULL, *give_back = NULL;
	_cleanup_free_ char *text = NULL;
	struct scene scene;
	struct nic *nic;
	json_t *nics;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	nic = scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	nic->todo.turn_off = sample_mask(scene.inspection.handle, "tx-checksum-ip-generic");
	nic->todo.give_back = sample_mask(scene.inspection.handle, "sg rx-gro");
	text = print(&scene, true);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	assert_true(json_is_true(json_object_get(json, "dry_run")));
	nics = json_object_get(json, "nics");
	assert_int_equal(json_array_size(nics), 1);
	turn_off = json_pack("[s]", "tx-checksum-ip-generic");
	give_back = json_pack("[s, s]", "tx-scatter-gather", "rx-gro");
	assert_true(
		json_equal(json_object_get(json_array_get(nics, 0), "would_turn_off"), turn_off));
	assert_true(
		json_equal(json_object_get(json_array_get(nics, 0), "would_give_back"), give_back));
	scene_clear(&scene);
}

/* A facts file's NICs: no kernel, no features. */
static void test_facts_only(void **state)
{
	struct scene scene;

	scene_make(&scene, ANSWER_YES, ANSWER_UNKNOWN, ANSWER_NO);
	scene.inspection.handle = ethtool_nl_close(scene.inspection.handle);
	scene.policy.facts.links = calloc(1, sizeof(struct link_facts));
	assert_non_null(scene.policy.facts.links);
	scene.policy.facts.links[0] = sample_link(3, "flannel.1", "vxlan", ANSWER_NO);
	scene.policy.facts.n_links = 1;
	plan_clear(&scene.policy.plan);
	assert_int_equal(inspection_take_links(&scene.inspection), 0);
	assert_report(
		&scene, false,
		"{\"schema\":1,\n"
		"\"state\":\"vulnerable\",\n"
		"\"verdict\":\"affected\",\n"
		"\"acting_state\":\"vulnerable\",\n"
		"\"summary\":\"Vulnerable: affected, as far as these facts tell\",\n"
		"\"contradictions\":[],\n" AGENT,
		RULES("yes", "no") "\"nics\":[\n"
				   "{\"name\":\"flannel.1\",\"ifindex\":3,\"kind\":\"vxlan\","
				   "\"driver\":null,\"selected\":true,\"exposed\":true,"
				   "\"rule\":\"zero-checksum\",\"backend\":null,\"features\":[],"
				   "\"side_effects\":[]}]}\n");
	free(scene.policy.facts.links);
	scene_clear(&scene);
}

static void test_agent(void **state)
{
	_cleanup_(cleanup_json) json_t *json = NULL, *expected = NULL;
	_cleanup_free_ char *text = NULL;
	struct scene scene;

	scene_make(&scene, ANSWER_NO, ANSWER_NO, ANSWER_NO);
	scene.service = (struct service_status){.running = true,
						.pid = 4711,
						.since = "2020-06-01T12:00:00Z",
						.corrections = UINT64_C(5000000000),
						.n_paused = 2,
						.rates = {.known = true, .udp = 9, .tcp = 1}};
	strcpy(scene.record.changes.last_change, "2020-06-01T12:34:56Z");
	text = print(&scene, false);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	expected = json_pack("{s:b, s:i, s:s, s:I, s:i, s:s}", "running", 1, "pid", 4711, "since",
			     "2020-06-01T12:00:00Z", "corrections", (json_int_t)5000000000,
			     "paused", 2, "last_change", "2020-06-01T12:34:56Z");
	assert_true(json_equal(json_object_get(json, "agent"), expected));
	json_decref(expected);
	expected = json_pack("{s:i, s:i}", "udp", 9, "tcp", 1);
	assert_true(json_equal(json_object_get(json, "checksum_errors_per_minute"), expected));
	scene_clear(&scene);
}

/* Who reads half a report must be told that it is half. */
static void test_print_fails(void **state)
{
	_cleanup_fclose_ FILE *full = fopen("/dev/full", "we");
	struct report report;
	struct scene scene;

	assert_non_null(full);
	assert_int_equal(setvbuf(full, NULL, _IONBF, 0), 0);
	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene_report(&scene, false, &report);
	assert_int_equal(report_print_json(full, &report), -EIO);
	scene_clear(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_nics), cmocka_unit_test(test_nics),
		cmocka_unit_test(test_dry_run), cmocka_unit_test(test_facts_only),
		cmocka_unit_test(test_agent),	cmocka_unit_test(test_print_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
