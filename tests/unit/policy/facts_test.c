/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/facts.h"
#include "tests/unit/policy/unit.h"

#include <stdlib.h>
#include <string.h>

static void test_add(void **state)
{
	struct kubernetes_facts kubernetes = {.present = ANSWER_YES};
	char component[] = "kube-proxy";

	assert_int_equal(kubernetes_facts_add(&kubernetes, component, "v1.18.3", "metrics"), 0);
	assert_int_equal(kubernetes_facts_add(&kubernetes, "kubelet", NULL, NULL), 0);
	/* The strings were copied. */
	component[0] = 'x';
	assert_int_equal(kubernetes.n_answers, 2);
	assert_string_equal(kubernetes.answers[0].component, "kube-proxy");
	assert_string_equal(kubernetes.answers[0].version, "v1.18.3");
	assert_string_equal(kubernetes.answers[0].source, "metrics");
	assert_string_equal(kubernetes.answers[1].component, "kubelet");
	assert_null(kubernetes.answers[1].version);
	assert_null(kubernetes.answers[1].source);
	kubernetes_facts_clear(&kubernetes);
	assert_null(kubernetes.answers);
	assert_int_equal(kubernetes.n_answers, 0);
	assert_int_equal(kubernetes.present, ANSWER_UNKNOWN);
}

/* Everything that is owned is freed, as the sanitizers see, and unknown again. */
static void test_clear(void **state)
{
	struct facts facts = {
		.kernel = {.release = strdup("a"),
			   .version = strdup("b"),
			   .signature = strdup("c"),
			   .family = strdup("d"),
			   .base = strdup("e"),
			   .build = strdup("f"),
			   .flavour = strdup("g"),
			   .source = strdup("h")},
		.os = {.id = strdup("a"),
		       .version_id = strdup("b"),
		       .pretty_name = strdup("c"),
		       .source = strdup("d")},
		.kubernetes = {.present = ANSWER_YES,
			       .version = strdup("a"),
			       .component = strdup("b"),
			       .source = strdup("c")},
		.nat_rules = {.read = true,
			      .vulnerable = ANSWER_YES,
			      .reason = strdup("a"),
			      .source = strdup("b")},
		.links_known = true,
		.links = calloc(2, sizeof(struct link_facts)),
		.n_links = 2,
	};

	facts_clear(&facts);
	assert_null(facts.kernel.release);
	assert_null(facts.kernel.source);
	assert_false(facts.nat_rules.read);
	assert_int_equal(facts.nat_rules.vulnerable, ANSWER_UNKNOWN);
	assert_null(facts.nat_rules.reason);
	assert_null(facts.os.id);
	assert_null(facts.os.source);
	assert_null(facts.kubernetes.version);
	assert_int_equal(facts.kubernetes.present, ANSWER_UNKNOWN);
	assert_null(facts.links);
	assert_int_equal(facts.n_links, 0);
	assert_false(facts.links_known);
	facts_clear(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
