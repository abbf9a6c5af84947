/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/report/report.h"
#include "ethtool_nl/feature_mask.h"
#include "tests/unit/agent/scene.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NO	ANSWER_NO
#define YES	ANSWER_YES
#define UNKNOWN ANSWER_UNKNOWN

/* Summaries that many have. */
#define NOT_AFFECTED "Not affected: Kubernetes v1.18.3, kernel 4.19.0-9-amd64"
#define NOT_EXPOSED  "Not exposed: a rule applies, but no exposed device is here now"
#define FLANNEL_OFF  "Mitigation: tx checksum offload off on flannel.1"
#define FLANNEL_ON   "Vulnerable: flannel.1 has tx checksum offload on"
#define NO_TABLE     "Unknown: no table for this kernel"

/* One NIC of a case: all features are on but those in `off`. What is left out is no, or none. */
struct case_nic {
	const char *name;
	enum answer udp_csum;
	int error;
	const char *off, *fixed; /* the latter are on and do not change */
};

static const struct {
	const char *what;
	enum answer zero, udp;
	struct case_nic nics[SCENE_NICS];
	const char *summary;
} cases[] = {
	{"no rule applies", .summary = NOT_AFFECTED},
	{"no rule applies, a device with all on", .nics = {{.name = "flannel.1", .udp_csum = YES}},
	 .summary = NOT_AFFECTED},
	{"affected, no device", .zero = YES, .summary = NOT_EXPOSED},
	{"affected, a device of the other fault", .zero = YES,
	 .nics = {{.name = "flannel.1", .udp_csum = YES}}, .summary = NOT_EXPOSED},
	{"affected, the device is gone meanwhile", .zero = YES,
	 .nics = {{.name = "flannel.1", .error = -ENODEV}}, .summary = NOT_EXPOSED},
	{"on", .zero = YES, .nics = {{.name = "flannel.1"}}, .summary = FLANNEL_ON},
	{"rx alone is no cure", .zero = YES, .nics = {{.name = "flannel.1", .off = "rx"}},
	 .summary = FLANNEL_ON},
	{"one of the tx features is still on", .zero = YES,
	 .nics = {{.name = "flannel.1", .off = "rx tx-checksum-ip-generic"}},
	 .summary = FLANNEL_ON},
	{"off", .zero = YES, .nics = {{.name = "flannel.1", .off = "rx tx"}},
	 .summary = FLANNEL_OFF},
	{"tx alone is the cure", .zero = YES, .nics = {{.name = "flannel.1", .off = "tx"}},
	 .summary = FLANNEL_OFF},
	{"not known whether it fills checksums", .zero = YES,
	 .nics = {{.name = "flannel.1", .udp_csum = UNKNOWN}},
	 .summary = "Unknown: a rule applies, but whether flannel.1 shows it is not known"},
	{"the driver does not let go", .zero = YES,
	 .nics = {{.name = "flannel.1", .fixed = "tx-checksum-sctp"}}, .summary = FLANNEL_ON},
	{"two off", .zero = YES, .udp = YES,
	 .nics = {{.name = "flannel.1", .off = "tx"},
		  {.name = "vxlan.calico", .udp_csum = YES, .off = "tx"}},
	 .summary = "Mitigation: tx checksum offload off on flannel.1 and 1 more"},
	{"the second is on", .zero = YES, .udp = YES,
	 .nics = {{.name = "flannel.1", .off = "tx"}, {.name = "vxlan.calico", .udp_csum = YES}},
	 .summary = "Vulnerable: vxlan.calico has tx checksum offload on"},
	{"unreadable", .zero = YES, .nics = {{.name = "flannel.1", .error = -EIO}},
	 .summary = "Unknown: the features of flannel.1 cannot be read"},
	{"one unreadable, one off", .zero = YES,
	 .nics = {{.name = "flannel.1", .off = "tx"}, {.name = "flannel.2", .error = -EIO}},
	 .summary = "Unknown: the features of flannel.2 cannot be read"},
	{"one unreadable, one on", .zero = YES,
	 .nics = {{.name = "flannel.1", .error = -EIO}, {.name = "flannel.2"}},
	 .summary = "Vulnerable: flannel.2 has tx checksum offload on"},
	{"one gone, one off", .zero = YES,
	 .nics = {{.name = "flannel.1", .error = -ENODEV}, {.name = "flannel.2", .off = "tx"}},
	 .summary = "Mitigation: tx checksum offload off on flannel.2"},
	{"nobody knows, no device", .zero = UNKNOWN, .summary = NO_TABLE},
	{"nobody knows, on", .zero = UNKNOWN, .nics = {{.name = "flannel.1"}}, .summary = NO_TABLE},
	{"nobody knows, off: cured in any case", .zero = UNKNOWN,
	 .nics = {{.name = "flannel.1", .off = "tx"}}, .summary = FLANNEL_OFF},
	{"mixed: the affected one has no device, the unknown one's is on", .zero = YES,
	 .udp = UNKNOWN, .nics = {{.name = "flannel.1", .udp_csum = YES}}, .summary = NO_TABLE},
	{"mixed: the affected one's is off, the unknown one's is on", .zero = YES, .udp = UNKNOWN,
	 .nics = {{.name = "flannel.1", .off = "tx"}, {.name = "vxlan.calico", .udp_csum = YES}},
	 .summary = NO_TABLE},
	{"mixed: the affected one's is on", .zero = YES, .udp = UNKNOWN,
	 .nics = {{.name = "flannel.1"}, {.name = "vxlan.calico", .udp_csum = YES}},
	 .summary = FLANNEL_ON},
	{"mixed: all off", .zero = YES, .udp = UNKNOWN,
	 .nics = {{.name = "flannel.1", .off = "tx"},
		  {.name = "vxlan.calico", .udp_csum = YES, .off = "tx"}},
	 .summary = "Mitigation: tx checksum offload off on flannel.1 and 1 more"},
	{"a name that would clear the screen", .zero = YES, .nics = {{.name = "\033[2J\377"}},
	 .summary = "Vulnerable: ?[2J? has tx checksum offload on"},
};

static void add_nic(struct scene *scene, unsigned int ifindex, const struct case_nic *wanted)
{
	struct nic *nic = scene_add(scene, ifindex, wanted->name, "vxlan", wanted->udp_csum);

	nic->error = wanted->error;
	if (wanted->off)
		scene_turn_off(scene, nic, wanted->off);
	if (!wanted->fixed)
		return;
	nic->features.changeable = feature_mask_without(
		nic->features.changeable, sample_mask(scene->inspection.handle, wanted->fixed));
}

/* The state that a summary begins with. */
static enum state state_in(const char *summary)
{
	static const char *const words[STATES] = {
		[STATE_NOT_AFFECTED] = "Not affected: ", [STATE_NOT_EXPOSED] = "Not exposed: ",
		[STATE_MITIGATED] = "Mitigation: ",	 [STATE_VULNERABLE] = "Vulnerable: ",
		[STATE_UNKNOWN] = "Unknown: ",
	};
	enum state state = STATE_NOT_AFFECTED;

	while (state < STATES && strncmp(summary, words[state], strlen(words[state])) != 0)
		state++;
	return state;
}

static void assert_report(const struct scene *scene, bool dry_run, const char *summary)
{
	struct report report = {.state = STATES};

	scene_report(scene, dry_run, &report);
	assert_string_equal(report.summary, summary);
	assert_int_equal(report.state, state_in(summary));
	assert_true(report.state < STATES);
	assert_ptr_equal(report.nics, scene->inspection.nics.nics);
	assert_int_equal(report.dry_run, dry_run);
}

static void test_states(void **state)
{
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct scene scene;

		print_message("%s\n", cases[i].what);
		scene_make(&scene, cases[i].zero, cases[i].udp, ANSWER_NO);
		for (unsigned int j = 0; j < SCENE_NICS && cases[i].nics[j].name; j++)
			add_nic(&scene, 3 + j, &cases[i].nics[j]);
		assert_report(&scene, false, cases[i].summary);
		scene_clear(&scene);
	}
}

/* Exposed is exposed, whether the operator named it or not. */
static void test_not_selected(void **state)
{
	struct scene scene;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene.policy.config.n_nics = 0;
	scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	assert_report(&scene, false, FLANNEL_ON);
	scene_clear(&scene);
}

/* A target that is not exposed does not make the node vulnerable. */
static void test_selected_of_another_kind(void **state)
{
	static char eth[] = "eth*";
	struct link_match nics[] = {{.name = eth, .udp_csum = ANSWER_UNKNOWN}};
	struct scene scene;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene.policy.config.nics = nics;
	scene_add(&scene, 3, "eth0", "veth", ANSWER_UNKNOWN);
	assert_report(&scene, false, NOT_EXPOSED);
	scene_clear(&scene);
}

/* A rule about single features names them. */
static void test_other_feature(void **state)
{
	struct scene scene;
	struct nic *nic;

	scene_make(&scene, ANSWER_NO, ANSWER_NO, ANSWER_YES);
	nic = scene_add(&scene, 2, "eth0", "", ANSWER_UNKNOWN);
	assert_report(&scene, false, "Vulnerable: eth0 has rx-gro on");
	scene_turn_off(&scene, nic, "rx-gro");
	assert_report(&scene, false, "Mitigation: rx-gro off on eth0");
	scene_clear(&scene);
}

/* Of several names of a rule the summary gives one that it is about. */
static void test_features_of_one_rule(void **state)
{
	static char rx[] = "rx", tx[] = "tx", *both[] = {rx, tx, NULL};
	struct plan_rule *planned;
	struct feature_mask mask;
	struct scene scene;
	struct rule rule;
	struct nic *nic;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	rule = *scene.rules[0].rule;
	rule.required = both;
	scene.rules[0].rule = &rule;
	planned = &scene.policy.plan.rules[0];
	assert_int_equal(ethtool_nl_mask(scene.inspection.handle, rx, &mask), 0);
	planned->required = feature_mask_or(planned->required, mask);
	nic = scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	assert_report(&scene, false, "Vulnerable: flannel.1 has rx checksum offload on");
	scene_turn_off(&scene, nic, "rx");
	assert_report(&scene, false, FLANNEL_ON);
	scene_clear(&scene);
}

/* What cannot be looked at is not mitigated, but what is on comes first. */
static void test_rule_without_known_features(void **state)
{
	struct scene scene;
	struct nic *nic;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	nic = scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	nic->plan.all.unnamed = "misspelt";
	assert_report(&scene, false, FLANNEL_ON);
	scene_turn_off(&scene, nic, "tx");
	assert_report(&scene, false,
		      "Unknown: rule misspelt names no feature that this kernel has");
	scene_clear(&scene);
}

/* Of several rules the summary speaks of the one that it is about. */
static void test_features_of_several_rules(void **state)
{
	struct scene scene;
	struct nic *nic;

	scene_make(&scene, ANSWER_UNKNOWN, ANSWER_YES, ANSWER_YES);
	nic = scene_add(&scene, 2, "eth0", "", ANSWER_UNKNOWN);
	assert_report(&scene, false, "Vulnerable: eth0 has rx-gro on");
	scene_turn_off(&scene, nic, "rx-gro");
	assert_report(&scene, false, "Mitigation: rx-gro off on eth0");
	scene_clear(&scene);
}

/* The node as it would be: what is to be turned off is off, what is to be given back is on. */
static void test_dry_run(void **state)
{
	struct scene scene;
	struct nic *nic;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	nic = scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	inspection_plan_todos(&scene.inspection);
	assert_true(nic_has_todo(nic));
	assert_report(&scene, false, FLANNEL_ON);
	assert_report(&scene, true, FLANNEL_OFF);
	/* what does not change stays on in the prediction, too */
	nic->features.changeable = sample_mask(scene.inspection.handle, "rx");
	inspection_plan_todos(&scene.inspection);
	assert_report(&scene, true, FLANNEL_ON);
	scene_clear(&scene);
}

static void test_dry_run_of_restore(void **state)
{
	struct scene scene;
	struct nic *nic;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	nic = scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	scene_turn_off(&scene, nic, "rx tx");
	nic->todo = nic_todo_restore(nic);
	assert_report(&scene, false, FLANNEL_OFF);
	assert_report(&scene, true, FLANNEL_ON);
	scene_clear(&scene);
}

static void test_no_kubernetes(void **state)
{
	struct scene scene;

	scene_make(&scene, ANSWER_NO, ANSWER_NO, ANSWER_NO);
	scene.policy.facts.kubernetes = (struct kubernetes_facts){.present = ANSWER_NO};
	assert_report(&scene, false, "Not affected: no trace of Kubernetes on this node");
	scene.policy.judgement.n_rules = 0;
	assert_report(&scene, false, "Not affected: no rule is enabled");
	scene_clear(&scene);
}

/* A node that is known by its facts alone: no features to look at. */
static void test_facts_only(void **state)
{
	static const struct {
		enum answer verdict;
		bool links_known;
		const char *nic, *summary;
	} facts[] = {
		{YES, false, NULL, "Vulnerable: affected, as far as these facts tell"},
		{YES, true, NULL, "Not exposed: a rule applies, but no exposed device is listed"},
		{YES, true, "flannel.1", "Vulnerable: affected, as far as these facts tell"},
		{UNKNOWN, true, "flannel.1", NO_TABLE},
		{NO, true, "flannel.1", NOT_AFFECTED},
	};

	for (size_t i = 0; i < N_ELEMENTS(facts); i++) {
		struct scene scene;

		scene_make(&scene, facts[i].verdict, ANSWER_NO, ANSWER_NO);
		if (facts[i].nic)
			scene_add(&scene, 3, facts[i].nic, "vxlan", ANSWER_NO)->error = -ENODATA;
		scene.policy.facts.links_known = facts[i].links_known;
		scene.inspection.handle = ethtool_nl_close(scene.inspection.handle);
		assert_report(&scene, false, facts[i].summary);
		scene_clear(&scene);
	}
}

/* At most 80 characters, whatever the names and versions, and still one clean line. */
static void test_length(void **state)
{
	static char long_version[200], long_reason[200],
		odd_version
			[] = "v1.18.3\033[2J\nVulnerable",
	     kernel[] =
		     "4.19 (debian 4.19.0-9-amd64): the third number is not known, and it decides",
	     words[] = "the words of this reason are more than a line has room for, and >=5.10 "
		       "<5.10.215 is one";
	struct report report;
	struct scene scene;

	memset(long_version, '1', sizeof(long_version) - 1);
	memset(long_reason, 'r', sizeof(long_reason) - 1);
	scene_make(&scene, ANSWER_NO, ANSWER_NO, ANSWER_NO);
	scene.policy.facts.kubernetes.version = long_version;
	scene_report(&scene, false, &report);
	assert_int_equal(strlen(report.summary), 80);
	assert_string_equal(report.summary + 77, "...");
	scene.policy.facts.kubernetes.version = odd_version;
	assert_report(&scene, false,
		      "Not affected: Kubernetes v1.18.3?[2J?Vulnerable, kernel 4.19.0-9-amd64");
	scene_clear(&scene);

	scene_make(&scene, ANSWER_UNKNOWN, ANSWER_NO, ANSWER_NO);
	scene.rules[0].conditions[1].reason = kernel;
	assert_report(&scene, false, "Unknown: whether kernel 4.19.0-9-amd64 is affected");
	/* Where it is no kernel's, it ends behind a word, and not in the middle of a range. */
	scene.rules[0].conditions[1].reason = words;
	assert_report(
		&scene, false,
		"Unknown: the words of this reason are more than a line has room for, and...");
	scene.rules[0].conditions[1].reason = long_reason;
	scene_report(&scene, false, &report);
	assert_int_equal(strlen(report.summary), 80);
	assert_string_equal(report.summary + 77, "...");
	scene_clear(&scene);

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	for (unsigned int i = 0; i < SCENE_NICS; i++)
		scene_add(&scene, 3 + i, "fifteen-letters", "vxlan", ANSWER_NO);
	scene_report(&scene, false, &report);
	assert_string_equal(report.summary,
			    "Vulnerable: fifteen-letters and 3 more have tx checksum offload on");
	assert_true(strlen(report.summary) <= 80);
	scene_clear(&scene);
}

static void test_names_and_exit_codes(void **state)
{
	static const struct {
		enum state state;
		const char *name;
		int exit_code;
	} states[STATES] = {
		{STATE_NOT_AFFECTED, "not-affected", 0}, {STATE_NOT_EXPOSED, "not-exposed", 0},
		{STATE_MITIGATED, "mitigated", 0},	 {STATE_VULNERABLE, "vulnerable", 1},
		{STATE_UNKNOWN, "unknown", 2},
	};
	enum state none = STATES;

	for (size_t i = 0; i < STATES; i++) {
		enum state parsed = STATES;

		assert_int_equal(state_parse(states[i].name, &parsed), 0);
		assert_int_equal(parsed, states[i].state);
		assert_string_equal(state_name(states[i].state), states[i].name);
		assert_int_equal(state_exit_code(states[i].state), states[i].exit_code);
	}
	assert_int_equal(state_parse("Vulnerable", &none), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_not_selected),
		cmocka_unit_test(test_selected_of_another_kind),
		cmocka_unit_test(test_other_feature),
		cmocka_unit_test(test_features_of_one_rule),
		cmocka_unit_test(test_rule_without_known_features),
		cmocka_unit_test(test_features_of_several_rules),
		cmocka_unit_test(test_dry_run),
		cmocka_unit_test(test_dry_run_of_restore),
		cmocka_unit_test(test_no_kubernetes),
		cmocka_unit_test(test_facts_only),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_names_and_exit_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
