/* SPDX-License-Identifier: Apache-2.0 */
/* What nodes say of themselves and of each other: read, joined, and held against each other. */
#include "agent/assess/assess.h"
#include "agent/assess/assess_report.h"
#include "agent/assess/wire_senders.h"
#include "agent/reconcile/policy_in_force.h"
#include "cleanup.h"
#include "tests/unit/agent/golden.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define STATUS(name, addresses, state)                                                             \
	"{\"state\":\"" state "\",\"facts\":{\"node\":{\"name\":\"" name                           \
	"\",\"addresses\":[" addresses "]}}}"
#define NODE(name, address)                                                                        \
	"{\"kind\":\"Node\",\"metadata\":{\"name\":\"" name "\"},\"status\":{\"addresses\":["      \
	"{\"address\":\"" address "\"}]}}"
#define WIRE(name, peer)                                                                           \
	"{\"node\":{\"name\":\"" name "\"},\"peers\":[{\"address\":\"" peer "\",\"wrong\":2}]}"

/* A rule of the test's own: the shipped tables change. The policy owns none of it. */
struct scene {
	struct kernel_line line;
	struct rule rule;
	struct policy_in_force policy;
	struct assessed_nodes nodes;
	char error[ASSESS_ERROR_SIZE];
};

static void scene_begin(struct scene *scene)
{
	static char id[] = "test-rule", title[] = "A rule to test with", family[] = "upstream";
	struct range kubernetes = {0}, kernel = {0};

	*scene = (struct scene){.line = {.family = family}};
	scene->rule = (struct rule){.id = id,
				    .title = title,
				    .has_kubernetes = true,
				    .kernel = &scene->line,
				    .n_kernel = 1};
	assert_int_equal(range_parse(">=1.18.0 <1.18.6", RANGE_KUBERNETES, &kubernetes, NULL), 0);
	assert_int_equal(range_list_add(&scene->rule.kubernetes, &kubernetes), 0);
	assert_int_equal(range_parse("<4.19.123", RANGE_KERNEL, &kernel, NULL), 0);
	assert_int_equal(range_list_add(&scene->line.affected, &kernel), 0);
	scene->policy.rules = (struct rules){.rules = &scene->rule, .n_rules = 1};
}

static int scene_read(struct scene *scene, const char *text)
{
	const struct assess_policy by = {.rules = &scene->policy.rules, .policy = &scene->policy};
	struct json_reader reader = json_reader_of_text(text, strlen(text));

	return assess_read(&reader, &by, &scene->nodes, scene->error);
}

static void scene_end(struct scene *scene)
{
	assessed_nodes_clear(&scene->nodes);
	scene->policy.rules = (struct rules){.n_rules = 0};
	policy_in_force_clear(&scene->policy);
	range_list_clear(&scene->rule.kubernetes);
	range_list_clear(&scene->line.affected);
}

static void test_print(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct scene scene;
	struct golden golden;
	enum state worst = STATE_UNKNOWN;
	size_t size;

	scene_begin(&scene);
	text = golden_read("nodes/fleet.json", &size);
	if (scene_read(&scene, text) < 0)
		fail_msg("%s", scene.error);

	golden_begin(&golden);
	assert_int_equal(
		assess_print_text(golden.output, &scene.nodes, &scene.policy.rules, false, &worst),
		0);
	assert_int_equal(worst, STATE_VULNERABLE);
	golden_compare(&golden, "nodes/fleet.text");

	golden_begin(&golden);
	assert_int_equal(
		assess_print_json(golden.output, &scene.nodes, &scene.policy.rules, &worst), 0);
	golden_compare(&golden, "nodes/fleet.out.json");
	scene_end(&scene);
}

/* Which of these are one node? */
static void test_join(void **state)
{
	static const struct {
		const char *text;
		const char *names; /* of the nodes that come of it */
		unsigned int sources; /* of the first */
	} cases[] = {
		{NODE("a", "192.0.2.1") STATUS("a", "\"192.0.2.1\"", "mitigated"), "a",
		 ASSESSED_API | ASSESSED_STATUS},
		{STATUS("a", "", "mitigated") NODE("a", "192.0.2.1"), "a",
		 ASSESSED_API | ASSESSED_STATUS},
		/* Two clusters. */
		{NODE("a", "192.0.2.1") STATUS("a", "\"192.0.2.2\"", "mitigated"), "a a",
		 ASSESSED_API},
		{STATUS("a", "\"192.0.2.1\"", "mitigated")
			 STATUS("a", "\"192.0.2.1\"", "vulnerable"),
		 "a a", ASSESSED_STATUS},
		/* The API server's name. */
		{NODE("b", "192.0.2.1") STATUS("a", "\"198.51.100.1\",\"192.0.2.1\"", "mitigated"),
		 "b", ASSESSED_API | ASSESSED_STATUS},
		/* An address of two says nothing. */
		{NODE("c", "192.0.2.1") STATUS("a", "\"192.0.2.1\"", "mitigated")
			 STATUS("b", "\"192.0.2.1\"", "mitigated"),
		 "c a b", ASSESSED_API},
		{NODE("b", "192.0.2.1") NODE("a", "192.0.2.1"), "b a", ASSESSED_API},
		{NODE("a", "::ffff:192.0.2.1") STATUS("b", "\"192.0.2.1\"", "mitigated"), "a",
		 ASSESSED_API | ASSESSED_STATUS},
		{NODE("a", "node.example") STATUS("b", "\"192.0.2.1\"", "mitigated"), "a b",
		 ASSESSED_API},
		{WIRE("a", "192.0.2.1") STATUS("a", "", "mitigated") NODE("a", "192.0.2.1"), "a",
		 ASSESSED_WIRE | ASSESSED_API | ASSESSED_STATUS},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_free_ char *names = NULL;
		size_t size;
		FILE *list = open_memstream(&names, &size);
		struct scene scene;

		assert_non_null(list);
		scene_begin(&scene);
		if (scene_read(&scene, cases[i].text) < 0)
			fail_msg("%s: %s", cases[i].text, scene.error);
		for (size_t j = 0; j < scene.nodes.n_nodes; j++)
			fprintf(list, "%s%s", j ? " " : "", scene.nodes.nodes[j].name);
		assert_int_equal(fclose(list), 0);
		assert_string_equal(names, cases[i].names);
		assert_int_equal(scene.nodes.nodes[0].sources, cases[i].sources);
		/* A status that says none says nothing in its favour. */
		if (scene.nodes.nodes[0].sources & ASSESSED_STATUS)
			assert_int_equal(scene.nodes.nodes[0].verdict, ANSWER_UNKNOWN);
		scene_end(&scene);
	}
}

static void test_sentences(void **state)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
		{WIRE("r", "192.0.2.7") STATUS("s", "\"192.0.2.7\"", "not-affected"),
		 "s is called not-affected, but r received 2 wrong packets from it"},
		{WIRE("r", "192.0.2.7") STATUS("s", "\"192.0.2.7\"", "not-exposed"),
		 "s is called not-exposed, but r received 2 wrong packets from it"},
		{WIRE("r", "192.0.2.7") STATUS("s", "\"192.0.2.7\"", "vulnerable"),
		 "s is called vulnerable, and r received 2 wrong packets from it: confirmed"},
		{WIRE("r", "192.0.2.7") STATUS("s", "\"192.0.2.7\"", "unknown"),
		 "s could not be judged, but r received 2 wrong packets from it"},
		{WIRE("r", "192.0.2.7") WIRE("q", "192.0.2.7")
			 STATUS("s", "\"192.0.2.7\"", "mitigated"),
		 "s is called mitigated, but r and 1 other node received 4 wrong packets from it"},
		{WIRE("r", "2001:db8::7"),
		 "2001:db8::7, which no node here has, sent 2 wrong packets to r"},
		{"{\"node\":{\"name\":\"r\"},\"peers\":[],\"others\":{\"attempts\":9,\"wrong\":2}}",
		 "peers that it did not list sent 2 wrong packets to r"},
		/* The name of the machine, and of the cluster; the last of two documents counts. */
		{WIRE("r", "192.0.2.7") NODE("n", "192.0.2.7")
			 STATUS("s", "\"192.0.2.7\"", "vulnerable")
				 STATUS("n", "\"192.0.2.7\"", "mitigated"),
		 "192.0.2.7, which several nodes have, sent 2 wrong packets to r"},
		{WIRE("r", "192.0.2.7") STATUS("s", "\"192.0.2.7\"", "vulnerable")
			 STATUS("s", "\"192.0.2.7\"", "mitigated"),
		 "s is called mitigated, but r received 2 wrong packets from it"},
		/* The receiver moves when nodes are joined, and has the name that people know. */
		{NODE("n", "192.0.2.1") STATUS("s", "\"192.0.2.7\"", "mitigated")
			 STATUS("m", "\"192.0.2.1\"", "mitigated") WIRE("m", "192.0.2.7"),
		 "s is called mitigated, but n received 2 wrong packets from it"},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		enum state states[8] = {STATE_NOT_AFFECTED};
		_cleanup_free_ struct wire_sender *senders = NULL;
		char sentence[WIRE_SENTENCE_SIZE];
		struct scene scene;
		size_t n_senders;

		scene_begin(&scene);
		if (scene_read(&scene, cases[i].text) < 0)
			fail_msg("%s: %s", cases[i].text, scene.error);
		for (size_t j = 0; j < scene.nodes.n_nodes; j++)
			states[j] = scene.nodes.nodes[j].state;
		assert_int_equal(wire_senders_find(&scene.nodes, states, &senders, &n_senders), 0);
		assert_int_equal(n_senders, 1);
		wire_sender_describe(&senders[0], &scene.nodes, states, sentence);
		assert_string_equal(sentence, cases[i].sentence);
		scene_end(&scene);
	}
}

/* Nothing is judged by half of what was given. */
static void test_bad(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"{\"state\":\"mitigated\"}",
		 "line 1: does not say whose it is: a document without node.name"},
		{WIRE("a", "192.0.2.1") "\n{\"peers\":[]}",
		 "line 2, document 2: does not say whose it is: a document without node.name"},
		{STATUS("a", "", "well"), "line 1: state: is none: well"},
		{STATUS("a", "\"eth0\"", "mitigated"), "line 1: node.addresses: no address: eth0"},
		{WIRE("a", "node-7"), "line 1: peers: no address: node-7"},
		{"{\"node\":{\"name\":\"a\"},\"peers\":[{\"address\":\"::1\",\"wrong\":-1}]}",
		 "line 1: is not valid JSON: a number is missing"},
		{"{\"node\":{\"name\":\"a\"},\"peers\":[{\"wrong\":1}]}",
		 "line 1: peers: no address: "},
		{"{\"node\":{\"name\":\"a\"},\"kernel\":{\"release\":7}}",
		 "line 1: facts: kernel.release: must be a string"},
		{"{\"node\":{\"name\":\"a\"},\"kernel\":{\"release\":\"1\",\"release\":\"2\"}}",
		 "line 1: is not valid JSON: duplicate object key near '\"release\"'"},
		{"{\"node\":{\"name\":\"a\"},\"kernel\":{},\"state\":\"mitigated\"}",
		 "line 1: is of no kind: it has what is of several"},
		/* What was received there would be nobody's. */
		{"{\"kind\":\"NodeList\",\"items\":[],\"peers\":[{\"address\":\"::1\",\"wrong\":1}]}",
		 "line 1: is of no kind: it has what is of several"},
		{"{\"kind\":\"NodeList\",\"items\":[],\"others\":{\"wrong\":1}}",
		 "line 1: is of no kind: it has what is of several"},
		{"{\"kind\":\"Node\",\"metadata\":{\"name\":\"a\"},\"others\":{\"wrong\":1}}",
		 "line 1: is of no kind: it has what is of several"},
		{"{\"items\":[{\"metadata\":{\"name\":\"a\"}}],\"node\":{\"name\":\"b\"},\"peers\":[]}",
		 "line 1: is of no kind: it has what is of several"},
		{"{\"state\":\"mitigated\",\"verdict\":\"maybe\"}",
		 "line 1: verdict: is none: maybe"},
		{"{\"state\":\"mitigated\",\"rules\":[{\"id\":\"a\"}]}",
		 "line 1: rules: no verdict: "},
		{"{\"state\":\"mitigated\",\"dry_run\":true}",
		 "line 1: is of a dry run: how the node would be, not how it is"},
		{"{\"outcome\":\"clean\",\"measurements\":[]}",
		 "line 1: is neither of nodes nor of offload-agent, but says no kind"},
		{STATUS("a", "", "mitigated") "\n{\"schema\":1,\n\"state\":\"mit",
		 "line 3, document 2: is not valid JSON: the text ends too early"},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct scene scene;

		scene_begin(&scene);
		assert_int_equal(scene_read(&scene, cases[i].text), -EBADMSG);
		assert_string_equal(scene.error, cases[i].error);
		assert_int_equal(scene.nodes.n_nodes, 0);
		scene_end(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
