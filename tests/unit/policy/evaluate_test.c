/* SPDX-License-Identifier: Apache-2.0 */

#include "cleanup.h"
#include "policy/evaluate.h"
#include "tests/unit/policy/unit.h"

#include <stdlib.h>
#include <string.h>

/* Constants as facts and rules: never to be cleared. */
static char *text(const char *constant)
{
	return (char *)constant;
}

static const struct evidence by_version = {.kernel_measured = false, .kubernetes_rules = false};

/* What the cases below say of a kernel and of Kubernetes. */
struct kernel_words {
	const char *release, *version, *family, *base, *build, *flavour;
};

static struct facts kernel_facts(const struct kernel_words *words)
{
	return (struct facts){
		.kernel = {.release = text(words->release),
			   .version = text(words->version),
			   .family = text(words->family),
			   .base = text(words->base),
			   .build = text(words->build),
			   .flavour = text(words->flavour)},
	};
}

static struct facts kubernetes_facts(enum answer present, const char *version,
				     const char *component)
{
	return (struct facts){
		.kubernetes = {.present = present,
			       .version = text(version),
			       .component = text(component)},
	};
}

static void add_range(struct range_list *list, const char *written, enum range_form form)
{
	struct range range;

	if (!written)
		return;
	assert_int_equal(range_parse(written, form, &range, NULL), 0);
	assert_int_equal(range_list_add(list, &range), 0);
}

/* A line of a kernel table as the cases below write it. */
struct line {
	const char *family, *series, *flavour, *release, *version;
	bool by_build;
	const char *affected[2], *unknown;
};

#define LINES_MAX 4

/* A rule of its own, with ranges that clear_rule() frees. */
struct own_rule {
	struct kernel_line lines[LINES_MAX];
	struct rule rule;
};

static void make_rule(struct own_rule *own, const char *kubernetes, const struct line *lines)
{
	*own = (struct own_rule){.rule = {.id = text("test")}};
	own->rule.kernel = own->lines;
	if (kubernetes) {
		own->rule.has_kubernetes = true;
		add_range(&own->rule.kubernetes, kubernetes, RANGE_KUBERNETES);
	}
	for (; lines && own->rule.n_kernel < LINES_MAX && lines->family; lines++) {
		struct kernel_line *line = &own->lines[own->rule.n_kernel++];
		enum range_form form = lines->by_build ? RANGE_BUILD : RANGE_KERNEL;

		line->family = text(lines->family);
		line->series = text(lines->series);
		line->flavour = text(lines->flavour);
		line->release = text(lines->release);
		line->version = text(lines->version);
		line->by_build = lines->by_build;
		add_range(&line->affected, lines->affected[0], form);
		add_range(&line->affected, lines->affected[1], form);
		add_range(&line->unknown, lines->unknown, form);
	}
}

static void clear_rule(struct own_rule *own)
{
	range_list_clear(&own->rule.kubernetes);
	for (size_t i = 0; i < own->rule.n_kernel; i++) {
		range_list_clear(&own->lines[i].affected);
		range_list_clear(&own->lines[i].unknown);
	}
}

/* Judges by one rule, checks its one condition, its outcome and reason, and that the verdict
 * follows from it. */
static void check_condition(const struct rule *rule, const struct facts *facts,
			    const struct evidence *evidence, enum condition_name name,
			    const char *says)
{
	_cleanup_free_ char *said = NULL;
	_cleanup_(judgement_clear) struct judgement judgement = {0};
	const struct rules rules = {.rules = (struct rule *)rule, .n_rules = 1};
	const struct condition *condition;

	assert_int_equal(policy_evaluate(&rules, facts, evidence, &judgement), 0);
	assert_int_equal(judgement.n_rules, 1);
	assert_ptr_equal(judgement.rules[0].rule, rule);
	assert_int_equal(judgement.rules[0].n_conditions, 1);
	condition = &judgement.rules[0].conditions[0];
	assert_int_equal(condition->name, name);
	assert_true(asprintf(&said, "%s: %s", answer_name(condition->outcome), condition->reason) >
		    0);
	assert_string_equal(said, says);
	assert_int_equal(judgement.rules[0].verdict, condition->outcome);
	assert_int_equal(judgement.verdict, condition->outcome);
}

static void test_kubernetes(void **state)
{
	static const struct {
		enum answer present;
		const char *version, *component;
		const char *says;
	} cases[] = {
		{ANSWER_NO, NULL, NULL, "no: no trace of Kubernetes on this node"},
		/* A trace without a version; and nobody looked. */
		{ANSWER_YES, NULL, NULL, "unknown: the version of Kubernetes is not known"},
		{ANSWER_UNKNOWN, NULL, NULL, "unknown: the version of Kubernetes is not known"},
		{ANSWER_YES, "v1.18.3", "kube-proxy",
		 "yes: v1.18.3 (kube-proxy) is in >=1.18.0-alpha.0 <1.18.6"},
		{ANSWER_YES, "v1.18.3", NULL, "yes: v1.18.3 is in >=1.18.0-alpha.0 <1.18.6"},
		{ANSWER_UNKNOWN, "v1.18.3", NULL, "yes: v1.18.3 is in >=1.18.0-alpha.0 <1.18.6"},
		{ANSWER_YES, "v1.18.8", "kubelet",
		 "no: v1.18.8 (kubelet) is past >=1.18.0-alpha.0 <1.18.6: fixed from 1.18.6 on"},
		{ANSWER_YES, "v1.15.3", "kubelet", "no: v1.15.3 (kubelet) is in no affected range"},
		{ANSWER_YES, "v1.18.6-beta.0.37+abc", "kubelet",
		 "unknown: v1.18.6-beta.0.37+abc (kubelet) was built between an affected version and one "
		 "that is not"},
		{ANSWER_YES, "v0.0.0-master+abc", "kubelet",
		 "unknown: v0.0.0-master+abc (kubelet) is no Kubernetes version"},
		{ANSWER_YES, "%s%n", NULL, "unknown: %s%n is no Kubernetes version"},
		{ANSWER_YES, "", NULL, "unknown:  is no Kubernetes version"},
	};
	struct own_rule own;

	make_rule(&own, ">=1.18.0-alpha.0 <1.18.6", NULL);
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		const struct facts facts =
			kubernetes_facts(cases[i].present, cases[i].version, cases[i].component);

		check_condition(&own.rule, &facts, &by_version, CONDITION_KUBERNETES,
				cases[i].says);
	}
	clear_rule(&own);
}

/* What was found on this very node: its configuration can help. */
static void test_kubernetes_source(void **state)
{
	struct facts facts = kubernetes_facts(ANSWER_YES, NULL, NULL);
	char source[] = "/var/lib/kubelet";
	struct own_rule own;

	make_rule(&own, ">=1.18.0-alpha.0 <1.18.6", NULL);
	facts.kubernetes.source = source;
	check_condition(&own.rule, &facts, &by_version, CONDITION_KUBERNETES,
			"unknown: the version of Kubernetes is not known: set kubernetes.version");
	facts = kubernetes_facts(ANSWER_YES, "v0.0.0-master+abc", "kubelet");
	facts.kubernetes.source = source;
	check_condition(
		&own.rule, &facts, &by_version, CONDITION_KUBERNETES,
		"unknown: v0.0.0-master+abc (kubelet) is no Kubernetes version: set kubernetes.version");
	clear_rule(&own);
}

static const struct line lines[LINES_MAX] = {
	{.family = "ubuntu",
	 .series = "4.15",
	 .flavour = "azure",
	 .by_build = true,
	 .affected = {"<1090"},
	 .unknown = ">=1090 <1091"},
	{.family = "rhel", .series = "3.10"},
	{.family = "upstream",
	 .affected = {">4.15.0 <4.19.123", ">=5.4 <5.4.41"},
	 .unknown = "=4.15.0"},
};

static void test_kernel(void **state)
{
	static const struct {
		struct kernel_words kernel;
		const char *says;
	} cases[] = {
		{{.family = NULL}, "unknown: the kernel is not known"},
		{{.family = NULL, .base = "4.19.118"}, "unknown: the kernel is not known"},
		/* the upstream line */
		{{.release = "4.19.118", .family = "upstream", .base = "4.19.118"},
		 "yes: 4.19.118 is in >4.15.0 <4.19.123 (upstream table)"},
		{{.family = "upstream", .base = "4.19.118"},
		 "yes: 4.19.118 is in >4.15.0 <4.19.123 (upstream table)"},
		{{.release = "5.4.41", .family = "upstream", .base = "5.4.41"},
		 "no: 5.4.41 is past >=5.4 <5.4.41: fixed from 5.4.41 on"},
		{{.release = "4.14.1", .family = "upstream", .base = "4.14.1"},
		 "no: 4.14.1 is in no affected range"},
		{{.release = "4.15.0", .family = "upstream", .base = "4.15.0"},
		 "unknown: 4.15.0 is in =4.15.0 (upstream table), where nobody knows which are affected"},
		/* a family without a line of its own */
		{{.release = "4.19.0-9-amd64", .family = "debian", .base = "4.19.118"},
		 "yes: 4.19.118 (debian 4.19.0-9-amd64) is in >4.15.0 <4.19.123 (upstream table)"},
		{{.release = "4.19.0-9-amd64", .family = "debian"},
		 "unknown: 4.19.0-9-amd64 (debian) does not tell its upstream number"},
		{{.family = "debian"},
		 "unknown: the kernel (debian) does not tell its upstream number"},
		/* the series alone, which may be enough */
		{{.release = "4.19.0-9-amd64", .family = "debian", .base = "4.19"},
		 "unknown: 4.19 (debian 4.19.0-9-amd64): the third number is not known, and it decides "
		 "(upstream table)"},
		{{.release = "4.16.0-1-amd64", .family = "debian", .base = "4.16"},
		 "yes: 4.16 (debian 4.16.0-1-amd64): all of that series are affected (upstream table)"},
		{{.release = "5.10.0-9-amd64", .family = "debian", .base = "5.10"},
		 "no: 5.10 (debian 5.10.0-9-amd64) is past >=5.4 <5.4.41: fixed from 5.4.41 on"},
		/* by build */
		{{.release = "4.15.0-1089-azure",
		  .family = "ubuntu",
		  .base = "4.15.18",
		  .build = "1089.99",
		  .flavour = "azure"},
		 "yes: build 1089.99 (ubuntu 4.15.0-1089-azure) is in <1090 (ubuntu table)"},
		{{.release = "4.15.0-1090-azure",
		  .family = "ubuntu",
		  .base = "4.15.18",
		  .build = "1090",
		  .flavour = "azure"},
		 "unknown: build 1090 (ubuntu 4.15.0-1090-azure) is in >=1090 <1091 (ubuntu table), where "
		 "nobody knows which are affected"},
		{{.release = "4.15.0-1091-azure",
		  .family = "ubuntu",
		  .base = "4.15.18",
		  .build = "1091.101",
		  .flavour = "azure"},
		 "no: build 1091.101 (ubuntu 4.15.0-1091-azure) is past >=1090 <1091: fixed from 1091 "
		 "on"},
		{{.family = "ubuntu", .base = "4.15.18", .flavour = "azure"},
		 "unknown: the kernel (ubuntu) does not tell its build number"},
		{{.family = "ubuntu", .base = "4.15.18", .build = "050700", .flavour = "azure"},
		 "unknown: build 050700 has no number that can be compared"},
		/* another flavour: the upstream line */
		{{.family = "ubuntu", .base = "4.15.18", .build = "106", .flavour = "generic"},
		 "yes: 4.15.18 is in >4.15.0 <4.19.123 (upstream table)"},
		{{.family = "ubuntu", .base = "4.15.18", .build = "106"},
		 "yes: 4.15.18 is in >4.15.0 <4.19.123 (upstream table)"},
		/* a line without ranges */
		{{.release = "3.10.0-1160.el7.x86_64", .family = "rhel", .base = "3.10.0"},
		 "no: no rhel kernel of this kind is affected: 3.10.0 (rhel 3.10.0-1160.el7.x86_64)"},
		{{.family = "upstream", .base = "%n"},
		 "unknown: %n has no number that can be compared"},
	};
	struct own_rule own;

	make_rule(&own, NULL, lines);
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		const struct facts facts = kernel_facts(&cases[i].kernel);

		check_condition(&own.rule, &facts, &by_version, CONDITION_KERNEL, cases[i].says);
	}
	clear_rule(&own);
}

/* Which line speaks for a kernel: the first of the family whose keys all fit. */
static void test_keys(void **state)
{
	static const struct line tables[][LINES_MAX] = {
		{{.family = "fedora", .release = "5.7.0-0.rc[0-4].*", .affected = {"=5.7.0"}}},
		{{.family = "fedora", .version = "*PREEMPT*", .affected = {">=4.6"}}},
		{{.family = "fedora", .series = "5.7", .affected = {">=4.6"}}},
		{{.family = "fedora", .series = "5.70", .affected = {">=4.6"}}},
		{{.family = "fedora", .series = "5.7"},
		 {.family = "fedora", .affected = {">=4.6"}}},
		{{.family = "fedora", .affected = {">=4.6"}},
		 {.family = "fedora", .series = "5.7"}},
		{{.family = "upstream", .series = "5.7"},
		 {.family = "upstream", .affected = {">=4.6"}}},
	};
	static const struct {
		size_t table;
		struct kernel_words kernel;
		enum answer outcome;
	} cases[] = {
		{0, {.release = "5.7.0-0.rc4.git0.1.fc33", .base = "5.7.0"}, ANSWER_YES},
		{0, {.release = "5.7.0-1.fc33", .base = "5.7.0"}, ANSWER_UNKNOWN},
		{0, {.base = "5.7.0"}, ANSWER_UNKNOWN},
		{1, {.version = "#1 SMP PREEMPT", .base = "5.7.0"}, ANSWER_YES},
		{1, {.version = "#1 SMP", .base = "5.7.0"}, ANSWER_UNKNOWN},
		{1, {.base = "5.7.0"}, ANSWER_UNKNOWN},
		{2, {.base = "5.7.1"}, ANSWER_YES},
		{2, {.base = "5.7"}, ANSWER_YES},
		{2, {.base = "5.7-rc4"}, ANSWER_YES},
		{2, {.base = "5.70.1"}, ANSWER_UNKNOWN},
		{2, {.base = "5"}, ANSWER_UNKNOWN},
		{2, {.base = NULL}, ANSWER_UNKNOWN},
		{3, {.base = "5.7.1"}, ANSWER_UNKNOWN},
		{4, {.base = "5.7.1"}, ANSWER_NO},
		{4, {.base = "5.8.1"}, ANSWER_YES},
		{5, {.base = "5.7.1"}, ANSWER_YES},
		{6, {.base = "5.7.1"}, ANSWER_NO},
		{6, {.base = "5.8.1"}, ANSWER_YES},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_(judgement_clear) struct judgement judgement = {0};
		struct facts facts = kernel_facts(&cases[i].kernel);
		struct own_rule own;
		struct rules rules = {.rules = &own.rule, .n_rules = 1};

		facts.kernel.family = text("fedora");
		make_rule(&own, NULL, tables[cases[i].table]);
		assert_int_equal(policy_evaluate(&rules, &facts, &by_version, &judgement), 0);
		if (judgement.verdict != cases[i].outcome)
			fail_msg("case %zu: %s", i, judgement.rules[0].conditions[0].reason);
		clear_rule(&own);
	}
}

/*
 * A number that stands still says what the kernel has at least. Lines about that family, or that
 * pick kernels by their strings, take it for what it is.
 */
static void test_frozen_number(void **state)
{
	static const struct line frozen_lines[LINES_MAX] = {
		{.family = "anolis", .series = "5.10", .affected = {"=5.10.134"}},
		{.family = "upstream", .release = "*.oe2203.*", .affected = {"=5.10.0"}},
		{.family = "upstream",
		 .affected = {">=5.8 <5.10.215", ">=5.11-rc1 <5.15.154"},
		 .unknown = ">=6.0 <6.2"},
	};
	static const struct {
		struct kernel_words kernel;
		const char *expected;
	} cases[] = {
		{{.release = "5.10.0-216", .family = "openeuler", .base = "5.10.0"},
		 "unknown: 5.10.0 (openeuler 5.10.0-216): it stands still while fixes are added, so "
		 "that the third number is not known, and it decides (upstream table)"},
		{{.release = "5.10.112-11.al8", .family = "alinux", .base = "5.10.112"},
		 "unknown: 5.10.112 (alinux 5.10.112-11.al8): it stands still while fixes are added, "
		 "so that the third number is not known, and it decides (upstream table)"},
		{{.release = "5.10.216-1", .family = "alinux", .base = "5.10.216"},
		 "no: 5.10.216 (alinux 5.10.216-1) is past >=5.8 <5.10.215: fixed from 5.10.215 on"},
		{{.release = "5.14.0-70", .family = "rhel", .base = "5.14.0"},
		 "yes: 5.14.0 (rhel 5.14.0-70): all of that series are affected (upstream table)"},
		{{.release = "5.14.21-1", .family = "suse", .base = "5.14.21"},
		 "yes: 5.14.21 (suse 5.14.21-1): all of that series from there on are affected "
		 "(upstream table)"},
		{{.release = "4.19.0-1", .family = "uos", .base = "4.19.0"},
		 "no: 4.19.0 (uos 4.19.0-1) is in no affected range"},
		{{.release = "6.1.0-1", .family = "uos", .base = "6.1.0"},
		 "unknown: 6.1.0 (uos 6.1.0-1): nobody knows which of that series are affected "
		 "(upstream table)"},
		{{.release = "5.10.134-13.an8", .family = "anolis", .base = "5.10.134"},
		 "yes: 5.10.134 (anolis 5.10.134-13.an8) is in =5.10.134 (anolis table)"},
		{{.release = "5.10.0-60.oe2203.x86_64", .family = "openeuler", .base = "5.10.0"},
		 "yes: 5.10.0 (openeuler 5.10.0-60.oe2203.x86_64) is in =5.10.0 (upstream table)"},
	};
	struct own_rule own;

	make_rule(&own, NULL, frozen_lines);
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct facts facts = kernel_facts(&cases[i].kernel);

		facts.kernel.frozen = true;
		check_condition(&own.rule, &facts, &by_version, CONDITION_KERNEL,
				cases[i].expected);
	}
	clear_rule(&own);
}

/* A rule without a line for the family and without an upstream one. */
static void test_no_line(void **state)
{
	static const struct line debian[LINES_MAX] = {{.family = "debian", .affected = {">=4.6"}}};
	const struct facts facts = {.kernel = {.family = text("fedora"), .base = text("5.6.1")}};
	struct own_rule own;

	make_rule(&own, NULL, debian);
	check_condition(&own.rule, &facts, &by_version, CONDITION_KERNEL,
			"unknown: the rule has no line for fedora kernels");
	clear_rule(&own);
}

/* One condition that is false decides; else one that is unknown. */
static void test_verdict_of_a_rule(void **state)
{
	static const struct {
		const char *kubernetes, *base;
		enum answer verdict;
	} cases[] = {
		{"v1.18.3", "4.19.118", ANSWER_YES}, {"v1.18.3", "4.19.123", ANSWER_NO},
		{"v1.18.3", NULL, ANSWER_UNKNOWN},   {"v1.18.8", "4.19.118", ANSWER_NO},
		{"v1.18.8", "4.19.123", ANSWER_NO},  {"v1.18.8", NULL, ANSWER_NO},
		{NULL, "4.19.118", ANSWER_UNKNOWN},  {NULL, "4.19.123", ANSWER_NO},
		{NULL, NULL, ANSWER_UNKNOWN},
	};
	struct own_rule own;
	struct rules rules = {.rules = &own.rule, .n_rules = 1};

	make_rule(&own, "<1.18.6", lines);
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_(judgement_clear) struct judgement judgement = {0};
		struct facts facts =
			kubernetes_facts(ANSWER_YES, cases[i].kubernetes, "kube-proxy");

		facts.kernel.family = text("upstream");
		facts.kernel.base = text(cases[i].base);
		assert_int_equal(policy_evaluate(&rules, &facts, &by_version, &judgement), 0);
		assert_int_equal(judgement.rules[0].n_conditions, 2);
		assert_int_equal(judgement.rules[0].conditions[0].name, CONDITION_KUBERNETES);
		assert_int_equal(judgement.rules[0].conditions[1].name, CONDITION_KERNEL);
		assert_int_equal(judgement.rules[0].verdict, cases[i].verdict);
		assert_int_equal(judgement.verdict, cases[i].verdict);
	}
	clear_rule(&own);
}

/* One affected rule is enough; else one that is unknown. */
static void test_verdict_of_all(void **state)
{
	static const char *const ranges[] = {"<1.18.6", "<1.18.0", "<1.18.3-beta.0"};
	static const struct {
		const char *version;
		enum answer rules[3], verdict;
	} cases[] = {
		{"v1.17.1", {ANSWER_YES, ANSWER_YES, ANSWER_YES}, ANSWER_YES},
		{"v1.18.3", {ANSWER_YES, ANSWER_NO, ANSWER_NO}, ANSWER_YES},
		{"v1.18.6", {ANSWER_NO, ANSWER_NO, ANSWER_NO}, ANSWER_NO},
		{"v1.18.6-beta.0.1+abc", {ANSWER_UNKNOWN, ANSWER_NO, ANSWER_NO}, ANSWER_UNKNOWN},
		{"v1.18.0-beta.2.1+abc", {ANSWER_YES, ANSWER_YES, ANSWER_YES}, ANSWER_YES},
		{"v0.0.0", {ANSWER_UNKNOWN, ANSWER_UNKNOWN, ANSWER_UNKNOWN}, ANSWER_UNKNOWN},
	};
	struct own_rule own[N_ELEMENTS(ranges)];
	struct rule all[N_ELEMENTS(ranges)];
	const struct rules rules = {.rules = all, .n_rules = N_ELEMENTS(ranges)};

	for (size_t i = 0; i < N_ELEMENTS(ranges); i++) {
		make_rule(&own[i], ranges[i], NULL);
		all[i] = own[i].rule;
	}
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_(judgement_clear) struct judgement judgement = {0};
		const struct facts facts =
			kubernetes_facts(ANSWER_YES, cases[i].version, "kube-proxy");

		assert_int_equal(policy_evaluate(&rules, &facts, &by_version, &judgement), 0);
		assert_int_equal(judgement.n_rules, N_ELEMENTS(ranges));
		for (size_t j = 0; j < N_ELEMENTS(ranges); j++)
			assert_int_equal(judgement.rules[j].verdict, cases[i].rules[j]);
		assert_int_equal(judgement.verdict, cases[i].verdict);
	}
	for (size_t i = 0; i < N_ELEMENTS(ranges); i++)
		clear_rule(&own[i]);
}

/* clang-format off */
#define NAT(is_read, answer, why)                                                                  \
	{.read = is_read, .vulnerable = ANSWER_##answer, .reason = (char *)(why)}
/* clang-format on */

/* What the version and the node's nat rules say, and which of them is believed. */
static void test_nat_rules(void **state)
{
	static const struct {
		const char *version;
		struct nat_rules_facts nat_rules;
		bool believe;
		const char *says;
	} cases[] = {
		{"v1.18.3", {.read = false}, false, "yes: v1.18.3 is in <1.18.6"},
		{"v1.18.3", NAT(false, NO, "no privilege"), false, "yes: v1.18.3 is in <1.18.6"},
		{"v1.18.3", NAT(true, YES, "bad"), false,
		 "yes: v1.18.3 is in <1.18.6; nat rules: bad"},
		{"v1.18.3", NAT(true, NO, "good"), false,
		 "yes: v1.18.3 is in <1.18.6; against it (see kubernetes.evidence): nat rules: good"},
		/* No rules, or none yet, are no objection. */
		{"v1.18.3",
		 {.read = true, .vulnerable = ANSWER_NO, .absent = true, .reason = (char *)"none"},
		 false,
		 "yes: v1.18.3 is in <1.18.6; nat rules: none"},
		{"v1.18.3", NAT(true, UNKNOWN, "strange"), false,
		 "yes: v1.18.3 is in <1.18.6; nat rules: strange"},
		{"v1.18.3", NAT(true, NO, "good"), true,
		 "no: nat rules: good; by the version, which disagrees: v1.18.3 is in <1.18.6"},
		{"v1.18.6", NAT(true, YES, "bad"), true,
		 "yes: nat rules: bad; by the version, which disagrees: v1.18.6 is past <1.18.6: fixed "
		 "from 1.18.6 on"},
		{NULL, NAT(true, YES, "bad"), true,
		 "yes: nat rules: bad; by the version: the version of Kubernetes is not known"},
		{"v1.18.3", NAT(true, UNKNOWN, "strange"), true,
		 "unknown: nat rules: strange; by the version: v1.18.3 is in <1.18.6"},
		{"v1.18.3", NAT(false, NO, "no privilege"), true,
		 "unknown: nat rules not read: no privilege; by the version: v1.18.3 is in <1.18.6"},
		{"v1.18.3",
		 {.read = false},
		 true,
		 "unknown: nat rules not read: nobody looked; by the version: v1.18.3 is in <1.18.6"},
	};
	struct own_rule own;

	make_rule(&own, "<1.18.6", NULL);
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		const struct evidence evidence = {.kubernetes_rules = cases[i].believe};
		struct facts facts = kubernetes_facts(ANSWER_YES, cases[i].version, NULL);

		facts.nat_rules = cases[i].nat_rules;
		check_condition(&own.rule, &facts, &evidence, CONDITION_KUBERNETES, cases[i].says);
	}
	clear_rule(&own);
}

/* The node's own nat rules as the condition of a rule, and the flows that confirm or replace them.
 */
static void test_nat_condition(void **state)
{
	static const struct {
		struct nat_rules_facts nat_rules;
		struct nat_seen_facts nat_seen;
		enum answer outcome;
		bool not_looked_at;
		const char *reason, *contradiction;
	} cases[] = {
		{NAT(true, YES, "bad"), {0}, ANSWER_YES, false, "nat rules: bad", NULL},
		{NAT(true, YES, "bad"),
		 {true, 60, 20, (char *)"a leaves as b", NULL},
		 ANSWER_YES,
		 false,
		 "20 of 60 VXLAN flows of the last 30 s were source-NATed: a leaves as b; nat rules: "
		 "bad",
		 NULL},
		{NAT(true, NO, "good"),
		 {true, 60, 0, NULL, NULL},
		 ANSWER_NO,
		 false,
		 "nat rules: good",
		 NULL},
		/* The rules decide, but what was seen is not swallowed. */
		{NAT(true, NO, "good"),
		 {true, 60, 1, NULL, NULL},
		 ANSWER_NO,
		 false,
		 "1 of 60 VXLAN flows of the last 30 s were source-NATed; nat rules: good",
		 "by its nat rules this node is: not-affected, by its VXLAN flows: affected"},
		/* Flows decide where the rules do not: unread, or not understood. */
		{NAT(true, UNKNOWN, "strange"),
		 {true, 2, 2, NULL, NULL},
		 ANSWER_YES,
		 false,
		 "2 of 2 VXLAN flows of the last 30 s were source-NATed; nat rules: strange",
		 NULL},
		{NAT(false, UNKNOWN, "no privilege"),
		 {true, 2, 2, NULL, NULL},
		 ANSWER_YES,
		 false,
		 "2 of 2 VXLAN flows of the last 30 s were source-NATed; nat rules not read: no "
		 "privilege",
		 NULL},
		{NAT(true, UNKNOWN, "strange"),
		 {true, 2, 0, NULL, NULL},
		 ANSWER_UNKNOWN,
		 false,
		 "nat rules: strange",
		 NULL},
		/* Seeing nothing is no answer, nor is what nobody looked at. */
		{{.read = false, .vulnerable = ANSWER_NO, .reason = NULL},
		 {true, 60, 0, NULL, NULL},
		 ANSWER_UNKNOWN,
		 true,
		 "nat rules not read: nobody looked",
		 NULL},
		{NAT(false, YES, "no privilege"),
		 {false, 60, 20, NULL, NULL},
		 ANSWER_UNKNOWN,
		 true,
		 "nat rules not read: no privilege",
		 NULL},
	};
	struct rule rule = {.id = text("nat"), .nat = true};
	const struct rules rules = {.rules = &rule, .n_rules = 1};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_(judgement_clear) struct judgement judgement = {0};
		struct facts facts = kubernetes_facts(ANSWER_NO, NULL, NULL);
		size_t place = 0;

		facts.nat_rules = cases[i].nat_rules;
		facts.nat_seen = cases[i].nat_seen;
		assert_int_equal(policy_evaluate(&rules, &facts, &by_version, &judgement), 0);
		assert_int_equal(judgement.rules[0].n_conditions, 1);
		assert_int_equal(judgement.rules[0].conditions[0].name, CONDITION_NAT);
		assert_int_equal(judgement.rules[0].verdict, cases[i].outcome);
		assert_int_equal(judgement.rules[0].not_looked_at, cases[i].not_looked_at);
		assert_string_equal(judgement.rules[0].conditions[0].reason, cases[i].reason);
		assert_same_text("deciding reason", rule_judgement_reason(&judgement.rules[0]),
				 cases[i].outcome == ANSWER_YES ? NULL : cases[i].reason);
		assert_same_text("contradiction", judgement_contradiction(&judgement, &place),
				 cases[i].contradiction);
		/* what was not looked at has no say */
		assert_int_equal(judgement.verdict,
				 cases[i].not_looked_at ? ANSWER_NO : cases[i].outcome);
	}
}

/* A contradiction is named where it matters, and once. */
static void test_contradictions(void **state)
{
	static const struct {
		const char *base;
		enum answer measured;
		const char *first, *second;
	} cases[] = {
		{"5.6.0", ANSWER_UNKNOWN,
		 "by its version Kubernetes is: affected, by the node's own nat rules: not-affected",
		 NULL},
		/* the kernel excludes the rules, whatever the version says */
		{"5.8", ANSWER_UNKNOWN, NULL, NULL},
		/* what is measured does not decide here; it is named all the same */
		{"5.6.0", ANSWER_NO,
		 "by its version Kubernetes is: affected, by the node's own nat rules: not-affected",
		 "by the table this kernel is: affected, by measurement: not-affected"},
	};
	static const struct line before_5_7[] = {{.family = "upstream", .affected = {"<5.7"}}, {0}};
	struct own_rule own[2];
	struct rule both[2];
	const struct rules rules = {.rules = both, .n_rules = 2};

	for (size_t i = 0; i < 2; i++) {
		make_rule(&own[i], "<1.18.6", before_5_7);
		own[i].rule.probe = RULE_PROBE_UDP_CHECKSUM;
		both[i] = own[i].rule;
	}
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_(judgement_clear) struct judgement judgement = {0};
		struct facts facts = kubernetes_facts(ANSWER_YES, "v1.18.3", NULL);
		size_t place = 0;

		facts.kernel.family = text("upstream");
		facts.kernel.base = text(cases[i].base);
		facts.nat_rules = (struct nat_rules_facts){
			.read = true, .vulnerable = ANSWER_NO, .reason = text("good")};
		facts.measured.udp_checksum = cases[i].measured;
		facts.measured.source = text("src");
		assert_int_equal(policy_evaluate(&rules, &facts, &by_version, &judgement), 0);
		assert_same_text("contradiction", judgement_contradiction(&judgement, &place),
				 cases[i].first);
		assert_same_text("contradiction", judgement_contradiction(&judgement, &place),
				 cases[i].second);
		assert_null(judgement_contradiction(&judgement, &place));
	}
	for (size_t i = 0; i < 2; i++)
		clear_rule(&own[i]);
}

/* A rule that the configuration turned off is not judged. */
static void test_rule_off(void **state)
{
	_cleanup_(judgement_clear) struct judgement judgement = {0};
	struct rule rule = {.id = text("nat"), .nat = true, .mode = RULE_OFF};
	const struct rules rules = {.rules = &rule, .n_rules = 1};
	struct facts facts = {
		.nat_rules = {.read = true, .vulnerable = ANSWER_YES, .reason = text("bad")}};

	assert_int_equal(policy_evaluate(&rules, &facts, &by_version, &judgement), 0);
	assert_int_equal(judgement.n_rules, 0);
	assert_int_equal(judgement.verdict, ANSWER_NO);
}

/* An advice is judged, and does not make the verdict of the node. */
static void test_advice(void **state)
{
	_cleanup_(judgement_clear) struct judgement judgement = {0};
	struct rule rule = {.id = text("advice"), .mode = RULE_ADVISE};
	const struct rules rules = {.rules = &rule, .n_rules = 1};
	const struct facts facts = {.links_known = false};

	assert_int_equal(policy_evaluate(&rules, &facts, &by_version, &judgement), 0);
	assert_int_equal(judgement.n_rules, 1);
	assert_int_equal(judgement.rules[0].verdict, ANSWER_YES);
	assert_null(rule_judgement_reason(&judgement.rules[0]));
	assert_int_equal(judgement.verdict, ANSWER_NO);
}

/* The words of the machine: what is not there is known, what could not be read is not. */
static void test_machine(void **state)
{
	static const struct {
		const char *vendor, *model; /* the rule's */
		const char *has_vendor, *has_model, *why; /* the machine's */
		enum answer verdict;
		const char *reason;
	} cases[] = {
		{"VMware*", NULL, "VMware, Inc.", NULL, NULL, ANSWER_YES,
		 "the machine's vendor is \"VMware, Inc.\""},
		{"VMware*", NULL, "QEMU", NULL, NULL, ANSWER_NO,
		 "the machine's vendor is \"QEMU\", not \"VMware*\""},
		{"VMware*", NULL, "", NULL, NULL, ANSWER_NO, "the machine names no vendor"},
		{"VMware*", NULL, NULL, NULL, NULL, ANSWER_UNKNOWN,
		 "the machine's vendor is not known"},
		{"VMware*", NULL, NULL, NULL, "it is hidden", ANSWER_UNKNOWN,
		 "the machine's vendor is not known: it is hidden"},
		{"VMware*", NULL, "QEMU", NULL, "it is hidden", ANSWER_NO,
		 "the machine's vendor is \"QEMU\", not \"VMware*\""},
		/* what does not fit decides, whatever is not known */
		{"VMware*", "Raspberry*", NULL, "", NULL, ANSWER_NO, "the machine names no model"},
		{"VMware*", "Raspberry*", "VMware, Inc.", NULL, NULL, ANSWER_UNKNOWN,
		 "the machine's model is not known"},
		{"VMware*", "Raspberry*", NULL, "Raspberry Pi 5", NULL, ANSWER_UNKNOWN,
		 "the machine's vendor is not known"},
		{"*", "Raspberry*", "x", "Raspberry Pi 5", NULL, ANSWER_YES,
		 "the machine's model is \"Raspberry Pi 5\""},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_(judgement_clear) struct judgement judgement = {0};
		struct machine_match machine = {.vendor = text(cases[i].vendor),
						.model = text(cases[i].model)};
		struct rule rule = {.id = text("machine"), .machine = &machine};
		const struct rules rules = {.rules = &rule, .n_rules = 1};
		const struct facts facts = {.machine = {.vendor = text(cases[i].has_vendor),
							.model = text(cases[i].has_model),
							.reason = text(cases[i].why)}};

		assert_int_equal(policy_evaluate(&rules, &facts, &by_version, &judgement), 0);
		assert_int_equal(judgement.verdict, cases[i].verdict);
		assert_int_equal(judgement.rules[0].n_conditions, 1);
		assert_int_equal(judgement.rules[0].conditions[0].name, CONDITION_MACHINE);
		assert_string_equal(judgement.rules[0].conditions[0].reason, cases[i].reason);
	}
}

/* A rule about something else than Kubernetes does not care. */
static void test_nat_rules_of_no_concern(void **state)
{
	_cleanup_(judgement_clear) struct judgement judgement = {0};
	const struct evidence evidence = {.kubernetes_rules = true};
	const struct facts facts = {.nat_rules.vulnerable = ANSWER_UNKNOWN};
	struct own_rule own;
	const struct rules rules = {.rules = &own.rule, .n_rules = 1};

	make_rule(&own, NULL, NULL);
	assert_int_equal(policy_evaluate(&rules, &facts, &evidence, &judgement), 0);
	assert_int_equal(judgement.rules[0].n_conditions, 0);
	assert_int_equal(judgement.verdict, ANSWER_YES);
	clear_rule(&own);
}

/* Every rule is masked: nothing applies. */
static void test_no_rules(void **state)
{
	_cleanup_(judgement_clear) struct judgement judgement = {.verdict = ANSWER_YES};
	const struct rules rules = {.n_masked = 2};
	const struct facts facts = {.links_known = false};

	assert_int_equal(policy_evaluate(&rules, &facts, &by_version, &judgement), 0);
	assert_int_equal(judgement.n_rules, 0);
	assert_int_equal(judgement.verdict, ANSWER_NO);
}

/* Facts may come from a hostile file: any length is fine. */
static void test_hostile(void **state)
{
	size_t length = 100000;
	_cleanup_free_ char *nines = malloc(length + 1);
	_cleanup_(judgement_clear) struct judgement judgement = {0};
	struct facts facts = {.kubernetes.present = ANSWER_YES};
	struct own_rule own;
	const struct rules rules = {.rules = &own.rule, .n_rules = 1};

	assert_non_null(nines);
	memset(nines, '9', length);
	nines[length] = '\0';
	make_rule(&own, "<1.18.6", lines);
	facts.kubernetes.version = facts.kubernetes.component = nines;
	facts.kernel.release = facts.kernel.version = facts.kernel.family = nines;
	facts.kernel.base = facts.kernel.build = facts.kernel.flavour = nines;
	assert_int_equal(policy_evaluate(&rules, &facts, &by_version, &judgement), 0);
	assert_int_equal(judgement.verdict, ANSWER_UNKNOWN);
	clear_rule(&own);
}

/* The measurement beside the table: which of the two is the answer, and what is told of both. */
static void test_measurement(void **state)
{
	static const struct line table[LINES_MAX] = {{.family = "upstream", .affected = {"<5.7"}}};
	static const struct {
		bool measured; /* is the measurement believed? */
		enum rule_probe probe;
		const char *base; /* NULL: the table does not tell */
		struct {
			enum answer zero_checksum, udp_checksum;
			const char *source;
		} facts;
		const char *says;
	} cases[] = {
		/* The table is believed, and nobody measured: nothing is said of it. */
		{false,
		 RULE_PROBE_ZERO_CHECKSUM,
		 "5.6.0",
		 {ANSWER_NO, ANSWER_NO, NULL},
		 "yes: 5.6.0 is in <5.7 (upstream table)"},
		{false,
		 RULE_PROBE_ZERO_CHECKSUM,
		 "5.6.0",
		 {ANSWER_UNKNOWN, ANSWER_UNKNOWN, "why"},
		 "yes: 5.6.0 is in <5.7 (upstream table)"},
		{false,
		 RULE_PROBE_ZERO_CHECKSUM,
		 "5.6.0",
		 {ANSWER_YES, ANSWER_NO, "src"},
		 "yes: 5.6.0 is in <5.7 (upstream table); the measurement agrees: corrupt (src)"},
		{false,
		 RULE_PROBE_UDP_CHECKSUM,
		 "5.6.0",
		 {ANSWER_YES, ANSWER_NO, "src"},
		 "yes: 5.6.0 is in <5.7 (upstream table); the measurement disagrees: clean (src)"},
		{false,
		 RULE_PROBE_ZERO_CHECKSUM,
		 NULL,
		 {ANSWER_YES, ANSWER_NO, "src"},
		 "unknown: the kernel is not known; the measurement says: corrupt (src)"},
		/* The measurement is believed, also against the table, and when it is missing. */
		{true,
		 RULE_PROBE_ZERO_CHECKSUM,
		 "5.6.0",
		 {ANSWER_NO, ANSWER_YES, "src"},
		 "no: measured clean (src); the table disagrees: 5.6.0 is in <5.7 (upstream table)"},
		{true,
		 RULE_PROBE_UDP_CHECKSUM,
		 "5.6.0",
		 {ANSWER_NO, ANSWER_YES, "src"},
		 "yes: measured corrupt (src); the table agrees: 5.6.0 is in <5.7 (upstream table)"},
		{true,
		 RULE_PROBE_ZERO_CHECKSUM,
		 "5.8",
		 {ANSWER_YES, ANSWER_NO, "src"},
		 "yes: measured corrupt (src); the table disagrees: 5.8 is past <5.7: fixed from 5.7 on"},
		{true,
		 RULE_PROBE_ZERO_CHECKSUM,
		 NULL,
		 {ANSWER_NO, ANSWER_YES, "src"},
		 "no: measured clean (src); the table says: the kernel is not known"},
		{true,
		 RULE_PROBE_ZERO_CHECKSUM,
		 "5.6.0",
		 {ANSWER_UNKNOWN, ANSWER_YES, "why"},
		 "unknown: not measured: why; the table says: 5.6.0 is in <5.7 (upstream table)"},
		{true,
		 RULE_PROBE_ZERO_CHECKSUM,
		 "5.6.0",
		 {ANSWER_NO, ANSWER_NO, NULL},
		 "unknown: not measured: nobody tried; the table says: 5.6.0 is in <5.7 (upstream table)"},
		/* A rule that names no measurement goes by the table. */
		{true,
		 RULE_PROBE_NONE,
		 "5.6.0",
		 {ANSWER_NO, ANSWER_NO, "src"},
		 "yes: 5.6.0 is in <5.7 (upstream table)"},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		const struct evidence evidence = {.kernel_measured = cases[i].measured};
		const struct kernel_words words = {
			.base = cases[i].base,
			.family = cases[i].base ? "upstream" : NULL,
		};
		struct facts facts = kernel_facts(&words);
		struct own_rule own;

		facts.measured = (struct measured_facts){
			.zero_checksum = cases[i].facts.zero_checksum,
			.udp_checksum = cases[i].facts.udp_checksum,
			.source = text(cases[i].facts.source),
		};
		make_rule(&own, NULL, table);
		own.rule.probe = cases[i].probe;
		check_condition(&own.rule, &facts, &evidence, CONDITION_KERNEL, cases[i].says);
		clear_rule(&own);
	}
}

static void test_names(void **state)
{
	assert_string_equal(condition_name(CONDITION_KUBERNETES), "kubernetes");
	assert_string_equal(condition_name(CONDITION_KERNEL), "kernel");
	assert_string_equal(verdict_name(ANSWER_NO), "not-affected");
	assert_string_equal(verdict_name(ANSWER_UNKNOWN), "unknown");
	assert_string_equal(verdict_name(ANSWER_YES), "affected");
	assert_string_equal(answer_name(ANSWER_NO), "no");
	assert_string_equal(answer_name(ANSWER_UNKNOWN), "unknown");
	assert_string_equal(answer_name(ANSWER_YES), "yes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kubernetes),
		cmocka_unit_test(test_kubernetes_source),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_measurement),
		cmocka_unit_test(test_frozen_number),
		cmocka_unit_test(test_no_line),
		cmocka_unit_test(test_verdict_of_a_rule),
		cmocka_unit_test(test_verdict_of_all),
		cmocka_unit_test(test_nat_rules),
		cmocka_unit_test(test_nat_condition),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_rule_off),
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_machine),
		cmocka_unit_test(test_nat_rules_of_no_concern),
		cmocka_unit_test(test_no_rules),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
