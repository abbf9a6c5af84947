/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes as the API server lists them: what is read of them, what is refused, and what is printed.
 */
#include "agent/assess/assess.h"
#include "agent/assess/assess_report.h"
#include "agent/base/json.h"
#include "agent/reconcile/policy_in_force.h"
#include "cleanup.h"
#include "tests/unit/agent/golden.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INFO                                                                                       \
	"\"status\":{\"nodeInfo\":{\"kernelVersion\":\"4.19.118\",\"osImage\":\"Talos (v0.6.0)\"," \
	"\"kubeletVersion\":\"v1.18.3\",\"kubeProxyVersion\":\"v1.18.2\","                         \
	"\"operatingSystem\":\"linux\"}}"
#define NODE(name) "{\"kind\":\"Node\",\"metadata\":{\"name\":\"" name "\"}," INFO "}"

/* By no rules. */
static int parse_text(const char *text, size_t size, struct assessed_nodes *nodes,
		      char error[static ASSESS_ERROR_SIZE])
{
	_cleanup_(policy_in_force_clear) struct policy_in_force policy = {.config = {.nics = NULL}};
	const struct assess_policy by = {.rules = &policy.rules, .policy = &policy};
	struct json_reader reader = json_reader_of_text(text, size);

	return assess_read(&reader, &by, nodes, error);
}

static void parse(const char *text, struct assessed_nodes *nodes)
{
	char error[ASSESS_ERROR_SIZE] = "";
	int result = parse_text(text, strlen(text), nodes, error);

	if (result < 0)
		fail_msg("%s: %s", text, error);
}

static void assert_node(const struct assessed_node *node, const char *name)
{
	assert_string_equal(node->name, name);
	assert_string_equal(node->kernel_version, "4.19.118");
	assert_string_equal(node->os_image, "Talos (v0.6.0)");
	assert_string_equal(node->kubelet_version, "v1.18.3");
	assert_string_equal(node->proxy_version, "v1.18.2");
	assert_string_equal(node->operating_system, "linux");
}

/* One node, kubectl's list, the API server's own, and several one after the other. */
static void test_shapes(void **state)
{
	static const char *const texts[] = {
		NODE("a") NODE("b"),
		NODE("a") "\n" NODE("b") "\n",
		"{\"apiVersion\":\"v1\",\"items\":[" NODE("a") "," NODE("b") "],\"kind\":\"List\"}",
		"{\"kind\":\"NodeList\",\"metadata\":{\"name\":\"x\"},\"items\":["
		"{\"metadata\":{\"name\":\"a\",\"labels\":{\"name\":\"c\"}}," INFO "},"
		"{" INFO ",\"spec\":{\"status\":{\"nodeInfo\":{\"kernelVersion\":\"5\"}}},"
		"\"metadata\":{\"annotations\":null,\"name\":\"b\"}}]}",
		"{\"items\":[" NODE(
			"a") "],\"kind\":\"List\"}{\"items\":[],\"kind\":\"List\"}" NODE("b"),
	};

	for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
		_cleanup_(assessed_nodes_clear) struct assessed_nodes nodes = {0};

		parse(texts[i], &nodes);
		assert_int_equal(nodes.n_nodes, 2);
		assert_node(&nodes.nodes[0], "a");
		assert_node(&nodes.nodes[1], "b");
	}
}

/* What Kubernetes leaves out is not known; it may also say null. */
static void test_missing(void **state)
{
	static const char *const texts[] = {
		"{\"kind\":\"Node\",\"metadata\":{\"name\":\"a\"}}",
		"{\"kind\":\"Node\",\"metadata\":{\"name\":\"a\"},\"status\":null}",
		"{\"kind\":\"Node\",\"metadata\":{\"name\":\"a\"},\"status\":{\"nodeInfo\":null}}",
		("{\"kind\":\"Node\",\"metadata\":{\"name\":\"a\"},\"status\":{\"nodeInfo\":"
		 "{\"kernelVersion\":null,\"osImage\":\"\",\"swap\":{\"capacity\":1}}}}"),
	};

	for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
		_cleanup_(assessed_nodes_clear) struct assessed_nodes nodes = {0};
		_cleanup_(assessment_clear) struct assessment assessment = {0};
		const struct rules none = {0};

		parse(texts[i], &nodes);
		assert_int_equal(nodes.n_nodes, 1);
		assert_string_equal(nodes.nodes[0].kernel_version, "");
		assert_int_equal(assess_judge(&nodes.nodes[0], &none, &assessment), 0);
		assert_null(assessment.facts.kernel.release);
		assert_null(assessment.facts.os.id);
		assert_null(assessment.facts.kubernetes.version);
		assert_int_equal(assessment.facts.kubernetes.present, ANSWER_YES);
		assert_false(assessment.facts.links_known);
	}
}

static void test_bad(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"", "line 1: is empty; pipe 'kubectl get nodes -o json' into it"},
		{"\n \n", "line 3: is empty; pipe 'kubectl get nodes -o json' into it"},
		{"NAME   STATUS\n",
		 "line 1: is not JSON; give it what 'kubectl get nodes -o json' prints"},
		{"apiVersion: v1\nitems:\n- kind: Node\n",
		 "line 1: is not JSON; give it what 'kubectl get nodes -o json' prints"},
		{"---\napiVersion: v1\n",
		 "line 1: is not JSON; give it what 'kubectl get nodes -o json' prints"},
		{"\n\nnode/node-1\n",
		 "line 3: is not JSON; give it what 'kubectl get nodes -o json' prints"},
		{"\xef\xbb\xbf{\"kind\":\"Node\"}",
		 "line 1: begins with a byte order mark; write it as UTF-8 without: 'kubectl get nodes "
		 "-o json'"},
		{"[]", "line 1: is an array; give it all that 'kubectl get nodes -o json' prints"},
		{"{\"kind\":\"Node\"", "line 1: is not valid JSON: the text ends too early"},
		{"{\n\"kind\":\"Node\",\n}", "line 3: is not valid JSON: a string is missing"},
		{"{}", "line 1: is neither of nodes nor of offload-agent, but says no kind"},
		{"{\"kind\":\"PodList\",\"items\":[]}",
		 "line 1: is neither of nodes nor of offload-agent, but PodList"},
		{"{\"kind\":\"List\",\n\"items\":[{\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"}}]}",
		 "line 2: is no list of nodes, it holds a Pod"},
		{"{\"kind\":\"List\"}", "line 1: a list without items"},
		{"{\"kind\":\"List\",\"items\":null}", "line 1: is not valid JSON: '[' is missing"},
		{"{\"kind\":\"List\",\"items\":[7]}", "line 1: is not valid JSON: '{' is missing"},
		{"{\"kind\":\"Node\",\"metadata\":{}}", "line 1: a node without metadata.name"},
		{"{\"kind\":\"Node\",\"metadata\":{\"name\":7}}",
		 "line 1: is not valid JSON: a string is missing"},
		{NODE("a") "\nwarning", "line 2, document 2: is not valid JSON: '{' is missing"},
		{NODE("a") "\n{\"kind\":\"Pod\"}",
		 "line 2, document 2: is neither of nodes nor of offload-agent, but Pod"},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct assessed_nodes nodes = {.n_nodes = 7};
		char error[ASSESS_ERROR_SIZE] = "";

		assert_int_equal(parse_text(cases[i].text, strlen(cases[i].text), &nodes, error),
				 -EBADMSG);
		assert_string_equal(error, cases[i].error);
		assert_int_equal(nodes.n_nodes, 7);
	}
}

static struct assessment judge(const char *kernel, const char *image, const char *kubelet,
			       const char *proxy, const struct rules *rules)
{
	struct assessed_node node = {.sources = ASSESSED_API};
	struct assessment assessment = {0};

	strcpy(node.kernel_version, kernel);
	strcpy(node.os_image, image);
	strcpy(node.kubelet_version, kubelet);
	strcpy(node.proxy_version, proxy);
	assert_int_equal(assess_judge(&node, rules, &assessment), 0);
	return assessment;
}

/* kube-proxy's version decides, the kubelet's stands in; the image says what the kernel does not.
 */
static void test_facts(void **state)
{
	const struct rules none = {0};
	struct assessment assessment =
		judge("4.15.0-1-myown", "Ubuntu 18.04.4 LTS", "v1.18.3", "v1.18.2", &none);

	assert_string_equal(assessment.facts.kubernetes.version, "v1.18.2");
	assert_string_equal(assessment.facts.kubernetes.component, "kube-proxy");
	assert_string_equal(assessment.facts.kernel.family, "ubuntu");
	assert_string_equal(assessment.facts.kernel.flavour, "myown");
	assessment_clear(&assessment);

	assessment = judge("4.19.0-9-amd64", "Debian GNU/Linux 10 (buster)", "v1.33.0", "", &none);
	assert_string_equal(assessment.facts.kubernetes.version, "v1.33.0");
	assert_string_equal(assessment.facts.kubernetes.component, "kubelet");
	assert_string_equal(assessment.facts.kernel.family, "debian");
	assert_string_equal(assessment.facts.kernel.base, "4.19");
	assessment_clear(&assessment);

	assessment = judge("4.19.112+", "Container-Optimized OS from Google", "v1.16.9-gke.2", "",
			   &none);
	assert_string_equal(assessment.facts.kernel.family, "cos");
	assessment_clear(&assessment);
}

/* A rule of the test's own: the shipped tables change. */
static void make_rule(struct rule *rule, struct kernel_line *line)
{
	static char id[] = "test-rule", title[] = "A rule to test with", family[] = "upstream";
	struct range kubernetes = {0}, kernel = {0};

	*line = (struct kernel_line){.family = family};
	*rule = (struct rule){
		.id = id, .title = title, .has_kubernetes = true, .kernel = line, .n_kernel = 1};
	assert_int_equal(range_parse(">=1.18.0 <1.18.6", RANGE_KUBERNETES, &kubernetes, NULL), 0);
	assert_int_equal(range_list_add(&rule->kubernetes, &kubernetes), 0);
	assert_int_equal(range_parse("<4.19.123", RANGE_KERNEL, &kernel, NULL), 0);
	assert_int_equal(range_list_add(&line->affected, &kernel), 0);
}

static void clear_rule(struct rule *rule)
{
	range_list_clear(&rule->kubernetes);
	range_list_clear(&rule->kernel[0].affected);
}

static void test_print(void **state)
{
	_cleanup_(assessed_nodes_clear) struct assessed_nodes nodes = {0};
	_cleanup_free_ char *text = NULL;
	char error[ASSESS_ERROR_SIZE];
	struct kernel_line line;
	struct rule rule;
	const struct rules rules = {.rules = &rule, .n_rules = 1};
	struct golden golden;
	enum state worst;
	size_t size;

	make_rule(&rule, &line);
	text = golden_read("nodes/nodes.json", &size);
	assert_int_equal(parse_text(text, size, &nodes, error), 0);

	golden_begin(&golden);
	assert_int_equal(assess_print_text(golden.output, &nodes, &rules, false, &worst), 0);
	assert_int_equal(worst, STATE_VULNERABLE);
	golden_compare(&golden, "nodes/nodes.text");

	golden_begin(&golden);
	worst = STATE_NOT_AFFECTED;
	assert_int_equal(assess_print_json(golden.output, &nodes, &rules, &worst), 0);
	assert_int_equal(worst, STATE_VULNERABLE);
	golden_compare(&golden, "nodes/nodes.out.json");
	clear_rule(&rule);
}

/* The worst verdict of all; an empty list says nothing. */
static void test_verdict(void **state)
{
	static const struct {
		const char *kernels[3];
		enum state worst;
	} cases[] = {
		{{"5.10.1", "4.19.0-9-amd64", "4.19.1"}, STATE_VULNERABLE},
		{{"5.10.1", "4.19.0-9-amd64"}, STATE_UNKNOWN},
		{{"5.10.1", "5.10.2"}, STATE_NOT_AFFECTED},
		{{NULL}, STATE_UNKNOWN},
	};
	struct kernel_line line;
	struct rule rule;
	const struct rules rules = {.rules = &rule, .n_rules = 1};

	make_rule(&rule, &line);
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_fclose_ FILE *null = fopen("/dev/null", "we");
		struct assessed_node list[3] = {0};
		struct assessed_nodes nodes = {.nodes = list};
		enum state text, json;

		while (nodes.n_nodes < 3 && cases[i].kernels[nodes.n_nodes]) {
			list[nodes.n_nodes].sources = ASSESSED_API;
			strcpy(list[nodes.n_nodes].name, "a");
			strcpy(list[nodes.n_nodes].kubelet_version, "v1.18.3");
			strcpy(list[nodes.n_nodes].kernel_version, cases[i].kernels[nodes.n_nodes]);
			nodes.n_nodes++;
		}
		assert_non_null(null);
		assert_int_equal(assess_print_text(null, &nodes, &rules, false, &text), 0);
		assert_int_equal(assess_print_json(null, &nodes, &rules, &json), 0);
		assert_int_equal(text, cases[i].worst);
		assert_int_equal(json, cases[i].worst);
	}
	clear_rule(&rule);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes), cmocka_unit_test(test_missing),
		cmocka_unit_test(test_bad),    cmocka_unit_test(test_facts),
		cmocka_unit_test(test_print),  cmocka_unit_test(test_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
