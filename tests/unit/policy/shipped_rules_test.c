/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The rules that are shipped, against what is known: for every row of the tables a kernel or a
 * Kubernetes version on each side of the boundary, as a node tells it.
 */

#include "cleanup.h"
#include "policy/evaluate.h"
#include "policy/kernel_identity.h"
#include "policy/rule_file.h"
#include "tests/unit/policy/data_file.h"
#include "tests/unit/policy/unit.h"

#include <string.h>

/* In the order of their file names. */
enum shipped {
	COMPLETE_CHECKSUM,
	ZERO_CHECKSUM,
	SHIPPED,
};

static const struct evidence by_version = {.kernel_measured = false};

static const char *const ids[] = {"kubernetes-double-snat-udp-checksum",
				  "kubernetes-double-snat-zero-checksum"};

static struct rules rules;

static int load_rules(void **state)
{
	struct complaints complaints = {0};
	struct folder folder;
	const char *const directories[] = {folder.path, NULL};
	int result;

	(void)state;
	folder_make(&folder);
	data_file_copy(&folder, RULES_DIR, "kubernetes-double-snat-udp-checksum.rules");
	data_file_copy(&folder, RULES_DIR, "kubernetes-double-snat-zero-checksum.rules");
	result = rule_files_load(directories, &complaints, &rules);
	folder_remove(&folder);
	if (result < 0)
		fail_msg("%s", complaints.texts[0]);
	return 0;
}

static int clear_rules(void **state)
{
	(void)state;
	rules_clear(&rules);
	return 0;
}

static void test_rules(void **state)
{
	(void)state;
	assert_int_equal(rules.n_rules, SHIPPED);
	assert_int_equal(rules.n_masked, 0);
	for (size_t i = 0; i < SHIPPED; i++) {
		const struct rule *rule = &rules.rules[i];

		assert_string_equal(rule->id, ids[i]);
		assert_non_null(rule->references[0]);
		assert_true(rule->has_kubernetes);
		assert_true(rule->n_kernel > 0);
		assert_string_equal(rule->exposed.kind, "vxlan");
		/* Each fault has its own measurement. */
		assert_int_equal(rule->probe, rule->exposed.udp_csum == ANSWER_YES
						      ? RULE_PROBE_UDP_CHECKSUM
						      : RULE_PROBE_ZERO_CHECKSUM);
		assert_string_equal(rule->turn_off[0], "rx");
		assert_string_equal(rule->turn_off[1], "tx");
		assert_null(rule->turn_off[2]);
		/* tx alone cures; rx is switched off as well but not needed. */
		assert_string_equal(rule->required[0], "tx");
		assert_null(rule->required[1]);
	}
	assert_int_equal(rules.rules[COMPLETE_CHECKSUM].exposed.udp_csum, ANSWER_YES);
	assert_int_equal(rules.rules[ZERO_CHECKSUM].exposed.udp_csum, ANSWER_NO);
}

/* A kernel as a node tells it, and what each rule's kernel condition says. */
struct kernel_case {
	enum answer zero, complete;
	const char *release, *version, *signature, *os_id;
};

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static void check_outcome(const struct judgement *judgement, enum shipped rule,
			  enum condition_name name, enum answer expected)
{
	const struct rule_judgement *judged = &judgement->rules[rule];
	const struct condition *condition = judged->conditions;

	while (condition < judged->conditions + judged->n_conditions && condition->name != name)
		condition++;
	assert_true(condition < judged->conditions + judged->n_conditions);
	if (condition->outcome != expected)
		fail_msg("%s: \"%s\" should be \"%s\"", ids[rule], condition->reason,
			 answer_name(expected));
}

static void check_kernels(const struct kernel_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		_cleanup_(judgement_clear) struct judgement judgement = {0};
		_cleanup_(facts_clear) struct facts facts = {.kubernetes.present = ANSWER_YES};

		facts.kubernetes.version = copy("v1.18.3");
		facts.kernel.release = copy(cases[i].release);
		facts.kernel.version = copy(cases[i].version);
		facts.kernel.signature = copy(cases[i].signature);
		assert_int_equal(kernel_identify(&facts.kernel, cases[i].os_id), 0);
		assert_int_equal(policy_evaluate(&rules, &facts, &by_version, &judgement), 0);
		check_outcome(&judgement, ZERO_CHECKSUM, CONDITION_KERNEL, cases[i].zero);
		check_outcome(&judgement, COMPLETE_CHECKSUM, CONDITION_KERNEL, cases[i].complete);
		assert_int_equal(judgement.verdict, answer_or(cases[i].zero, cases[i].complete));
	}
}

static void test_upstream(void **state)
{
	static const struct kernel_case cases[] = {
		/* before VXLAN's default became udpcsum (4.6) */
		{ANSWER_NO, ANSWER_NO, .release = "2.6.19"},
		{ANSWER_YES, ANSWER_NO, .release = "2.6.20"},
		{ANSWER_YES, ANSWER_NO, .release = "3.7.1"},
		{ANSWER_YES, ANSWER_NO, .release = "3.10.108"},
		{ANSWER_YES, ANSWER_NO, .release = "3.13.11"},
		{ANSWER_YES, ANSWER_NO, .release = "3.16.85"},
		{ANSWER_YES, ANSWER_NO, .release = "4.4.224"},
		{ANSWER_YES, ANSWER_NO, .release = "4.4.302"},
		{ANSWER_YES, ANSWER_NO, .release = "4.5.7"},
		{ANSWER_YES, ANSWER_YES, .release = "4.6.1"},
		/* a release candidate is older than its release, and no less affected */
		{ANSWER_YES, ANSWER_YES, .release = "4.15.0-rc1"},
		{ANSWER_YES, ANSWER_YES, .release = "4.20.0-rc1"},
		{ANSWER_YES, ANSWER_YES, .release = "5.5.0-rc7"},
		{ANSWER_YES, ANSWER_YES, .release = "4.9.224"},
		{ANSWER_YES, ANSWER_YES, .release = "4.9.337"},
		{ANSWER_YES, ANSWER_YES, .release = "4.13.16"},
		/* each branch, the last before the fix and the first with it */
		{ANSWER_YES, ANSWER_YES, .release = "4.14.1"},
		{ANSWER_YES, ANSWER_YES, .release = "4.14.180"},
		{ANSWER_NO, ANSWER_YES, .release = "4.14.181"},
		{ANSWER_NO, ANSWER_YES, .release = "4.14.336"},
		{ANSWER_YES, ANSWER_YES, .release = "4.15.18"},
		{ANSWER_YES, ANSWER_YES, .release = "4.16.18"},
		{ANSWER_YES, ANSWER_YES, .release = "4.17.0"},
		{ANSWER_YES, ANSWER_YES, .release = "4.18.20"},
		{ANSWER_YES, ANSWER_YES, .release = "4.19.1"},
		{ANSWER_YES, ANSWER_YES, .release = "4.19.122"},
		{ANSWER_NO, ANSWER_YES, .release = "4.19.123"},
		{ANSWER_NO, ANSWER_YES, .release = "4.19.325"},
		{ANSWER_YES, ANSWER_YES, .release = "4.20.0"},
		{ANSWER_YES, ANSWER_YES, .release = "4.20.17"},
		{ANSWER_YES, ANSWER_YES, .release = "5.0.21"},
		{ANSWER_YES, ANSWER_YES, .release = "5.1.0"},
		{ANSWER_YES, ANSWER_YES, .release = "5.2.20"},
		{ANSWER_YES, ANSWER_YES, .release = "5.3.18"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.1"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.40"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.41"},
		{ANSWER_YES, ANSWER_YES, .release = "5.5.0"},
		{ANSWER_YES, ANSWER_YES, .release = "5.5.19"},
		{ANSWER_YES, ANSWER_YES, .release = "5.6.0"},
		{ANSWER_YES, ANSWER_YES, .release = "5.6.12"},
		{ANSWER_NO, ANSWER_YES, .release = "5.6.13"},
		{ANSWER_NO, ANSWER_YES, .release = "5.6.19"},
		{ANSWER_YES, ANSWER_YES, .release = "5.7.0-rc1"},
		{ANSWER_YES, ANSWER_YES, .release = "5.7.0-rc4"},
		{ANSWER_NO, ANSWER_YES, .release = "5.7.0-rc5"},
		{ANSWER_NO, ANSWER_YES, .release = "5.7.0"},
		{ANSWER_NO, ANSWER_YES, .release = "6.1.192"},
		{ANSWER_NO, ANSWER_YES, .release = "6.18.44"},
		/* the frozen numbers of distributions, without the distribution's mark */
		{ANSWER_UNKNOWN, ANSWER_NO, .release = "3.10.0"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.15.0"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.18.0"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.19.0"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.0.0"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.3.0"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.4.0"},
		/* frozen, by the distribution's mark */
		{ANSWER_YES, ANSWER_YES, .release = "4.19.90-2003.4.0.0036.oe1.x86_64"},
		{ANSWER_YES, ANSWER_YES, .release = "4.19.90-2007.2.0.0041.oe1.aarch64"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.19.90-2012.4.0.0053.oe1.aarch64"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.19.90-2107.6.0.0100.oe1.bclinux.x86_64"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.19.90-2106.3.0.0095.up2.uel20.x86_64"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.19.90-24.4.v2101.ky10.x86_64"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.19.91-26.al7.x86_64"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.19.91-25.an8.x86_64"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.14.105-19-0024"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.119-19-0009"},
		{ANSWER_YES, ANSWER_YES, .release = "4.19.90"},
		/* no number at all */
		{ANSWER_UNKNOWN, ANSWER_UNKNOWN, .release = "custom"},
		{ANSWER_UNKNOWN, ANSWER_UNKNOWN, .release = NULL},
	};

	(void)state;
	check_kernels(cases, N_ELEMENTS(cases));
}

static void test_debian(void **state)
{
	static const struct kernel_case cases[] = {
		{ANSWER_YES, ANSWER_YES, .release = "4.9.0-12-amd64",
		 .version = "#1 SMP Debian 4.9.210-1 (2020-01-20)"},
		{ANSWER_YES, ANSWER_YES, .release = "4.19.0-0.bpo.9-amd64",
		 .version = "#1 SMP Debian 4.19.118-2~bpo9+1 (2020-05-05)"},
		{ANSWER_YES, ANSWER_YES, .release = "4.19.0-9-amd64",
		 .version = "#1 SMP Debian 4.19.118-2 (2020-04-29)"},
		{ANSWER_YES, ANSWER_YES, .release = "4.19.0-9-amd64",
		 .version = "#1 SMP Debian 4.19.118-2+deb10u1 (2020-06-07)"},
		{ANSWER_YES, ANSWER_YES, .release = "5.5.0-rc5-amd64",
		 .version = "#1 SMP Debian 5.5~rc5-1~exp1 (2020-01-06)"},
		{ANSWER_NO, ANSWER_YES, .release = "4.19.0-10-amd64",
		 .version = "#1 SMP Debian 4.19.132-1 (2020-07-24)"},
		{ANSWER_NO, ANSWER_YES, .release = "4.19.0-22-amd64",
		 .version = "#1 SMP Debian 4.19.260-1 (2022-09-29)"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.0-0.bpo.4-amd64",
		 .version = "#1 SMP Debian 5.4.19-1~bpo10+1 (2020-03-09)"},
		{ANSWER_YES, ANSWER_YES, .release = "5.5.0-2-amd64",
		 .version = "#1 SMP Debian 5.5.17-1 (2020-04-15)"},
		{ANSWER_YES, ANSWER_YES, .release = "5.6.0-1-amd64",
		 .version = "#1 SMP Debian 5.6.7-1 (2020-04-29)"},
		{ANSWER_NO, ANSWER_YES, .release = "5.6.0-2-amd64",
		 .version = "#1 SMP Debian 5.6.14-1 (2020-05-23)"},
		{ANSWER_YES, ANSWER_YES, .release = "5.7.0-rc4-amd64",
		 .version = "#1 SMP Debian 5.7~rc4-1~exp1 (2020-05-05)"},
		{ANSWER_NO, ANSWER_YES, .release = "5.10.0-8-amd64",
		 .version = "#1 SMP Debian 5.10.46-4 (2021-08-03)"},
		{ANSWER_NO, ANSWER_YES, .release = "6.1.0-18-amd64",
		 .version = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)"},
		{ANSWER_NO, ANSWER_YES, .release = "6.12.38+deb13-amd64"},
		/* The ABI's name says nothing. */
		{ANSWER_UNKNOWN, ANSWER_UNKNOWN, .release = "4.19.0-9-amd64"},
	};

	(void)state;
	check_kernels(cases, N_ELEMENTS(cases));
}

/* Series 4.15: the package's number, per flavour. */
static void test_ubuntu_4_15(void **state)
{
	static const struct kernel_case cases[] = {
		{ANSWER_YES, ANSWER_YES, .release = "4.15.0-106-generic",
		 .signature = "Ubuntu 4.15.0-106.107-generic 4.15.18"},
		{ANSWER_YES, ANSWER_YES, .release = "4.15.0-106-generic",
		 .version = "#107~16.04.1-Ubuntu SMP Thu Jun 4 15:40:05 UTC 2020"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-107-generic",
		 .version = "#108~16.04.1-Ubuntu SMP Fri Jun 12 02:57:13 UTC 2020"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-108-generic",
		 .signature = "Ubuntu 4.15.0-108.109-generic 4.15.18"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-184-generic",
		 .signature = "Ubuntu 4.15.0-184.194-generic 4.15.18"},
		{ANSWER_YES, ANSWER_YES, .release = "4.15.0-106-generic"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-107-generic"},
		{ANSWER_YES, ANSWER_YES, .release = "4.15.0-106-lowlatency"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-108-lowlatency"},
		{ANSWER_YES, ANSWER_YES, .release = "4.15.0-106-generic-lpae"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-107-generic-lpae"},
		{ANSWER_YES, ANSWER_YES, .release = "4.15.0-106-virtual"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-107-virtual"},
		{ANSWER_YES, ANSWER_YES, .release = "4.15.0-1073-aws"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-1074-aws",
		 .version = "#78~16.04.1-Ubuntu SMP Fri Jun 12 03:00:00 UTC 2020"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-1076-aws"},
		{ANSWER_YES, ANSWER_YES, .release = "4.15.0-1089-azure"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.15.0-1090-azure"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-1091-azure"},
		{ANSWER_YES, ANSWER_YES, .release = "4.15.0-1077-gcp"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-1078-gcp"},
		{ANSWER_YES, ANSWER_YES, .release = "4.15.0-1063-gke"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-1064-gke"},
		{ANSWER_YES, ANSWER_YES, .release = "4.15.0-1067-kvm"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.15.0-1068-kvm"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-1069-kvm"},
		{ANSWER_YES, ANSWER_YES, .release = "4.15.0-1045-oracle"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-1046-oracle",
		 .version = "#50~16.04.1-Ubuntu SMP Fri Jun 12 03:00:00 UTC 2020"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-1047-oracle"},
		{ANSWER_YES, ANSWER_YES, .release = "4.15.0-1063-raspi2"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.15.0-1064-raspi2"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-1065-raspi2"},
		{ANSWER_YES, ANSWER_YES, .release = "4.15.0-1080-snapdragon"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-1081-snapdragon"},
		{ANSWER_YES, ANSWER_YES, .release = "4.15.0-1087-oem",
		 .signature = "Ubuntu 4.15.0-1087.97-oem 4.15.18"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.15.0-1088-oem"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.15.0-1089-oem"},
		{ANSWER_NO, ANSWER_YES, .release = "4.15.0-1090-oem"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.15.0-1030-special", .os_id = "ubuntu"},
	};

	(void)state;
	check_kernels(cases, N_ELEMENTS(cases));
}

static void test_ubuntu_5_4(void **state)
{
	static const struct kernel_case cases[] = {
		{ANSWER_YES, ANSWER_YES, .release = "5.4.0-26-generic"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.0-31-generic",
		 .version = "#35-Ubuntu SMP Thu May 7 20:20:34 UTC 2020"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.0-32-generic",
		 .version = "#36-Ubuntu SMP Fri May 15 20:20:34 UTC 2020"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.0-33-generic",
		 .version = "#37-Ubuntu SMP Thu May 21 12:53:59 UTC 2020"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.0-52-generic",
		 .signature = "Ubuntu 5.4.0-52.57-generic 5.4.65"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.0-31-lowlatency"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.0-33-lowlatency"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.0-31-generic-lpae"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.0-33-generic-lpae"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.0-31-virtual"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.0-33-virtual"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.0-1011-aws"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.4.0-1012-aws"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.4.0-1014-aws"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.0-1015-aws"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.0-1011-gcp"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.0-1015-gcp"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.0-1011-kvm"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.0-1015-kvm"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.0-1011-oracle"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.0-1015-oracle"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.0-1012-azure"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.4.0-1013-azure"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.4.0-1015-azure"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.0-1016-azure"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.0-1031-azure",
		 .version = "#32~18.04.1-Ubuntu SMP Tue Oct 6 10:03:22 UTC 2020",
		 .signature = "Ubuntu 5.4.0-1031.32~18.04.1-azure 5.4.65"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.0-1011-raspi"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.0-1012-raspi"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.0-1013-raspi",
		 .version = "#13~18.04.1-Ubuntu SMP Fri Jun 19 03:00:00 UTC 2020"},
		/* Pop!_OS: Ubuntu's tree, numbers of its own */
		{ANSWER_YES, ANSWER_YES, .release = "5.4.0-7626-generic",
		 .version = "#30~1588169883~20.04~bbe668a~dev-Ubuntu SMP",
		 .signature = "Ubuntu 5.4.0-7626.30~1588169883~20.04~bbe668a-generic 5.4.30"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.0-7634-generic",
		 .signature = "Ubuntu 5.4.0-7634.38~1596560323~20.04~7719dbd-generic 5.4.41"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.4.0-7626-generic",
		 .version = "#30~1588169883~20.04~bbe668a~dev-Ubuntu SMP"},
		/* other flavours: the third field of the signature */
		{ANSWER_YES, ANSWER_YES, .release = "5.4.0-1010-oem",
		 .signature = "Ubuntu 5.4.0-1010.10-oem 5.4.40"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.0-1020-gke",
		 .signature = "Ubuntu 5.4.0-1020.20-gke 5.4.41"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.4.0-1020-gke"},
	};

	(void)state;
	check_kernels(cases, N_ELEMENTS(cases));
}

static void test_ubuntu_others(void **state)
{
	static const struct kernel_case cases[] = {
		/* 5.3: before 62.56 affected, from there on nobody knows */
		{ANSWER_YES, ANSWER_YES, .release = "5.3.0-61-generic",
		 .signature = "Ubuntu 5.3.0-61.55-generic 5.3.18"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.3.0-62-generic",
		 .signature = "Ubuntu 5.3.0-62.56-generic 5.3.18"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.3.0-64-generic"},
		{ANSWER_YES, ANSWER_YES, .release = "5.3.0-61-lowlatency"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.3.0-62-lowlatency"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.3.0-62-generic-lpae"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.3.0-62-virtual"},
		{ANSWER_YES, ANSWER_YES, .release = "5.3.0-1029-aws"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.3.0-1030-aws"},
		{ANSWER_YES, ANSWER_YES, .release = "5.3.0-1029-gcp"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.3.0-1030-gcp"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.3.0-1030-gke"},
		{ANSWER_YES, ANSWER_YES, .release = "5.3.0-1031-azure"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.3.0-1032-azure"},
		{ANSWER_YES, ANSWER_YES, .release = "5.3.0-1027-oracle"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.3.0-1028-oracle"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.3.0-1028-raspi2"},
		{ANSWER_YES, ANSWER_YES, .release = "5.3.0-1023-kvm"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.3.0-1024-kvm"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.3.0-1010-special", .os_id = "ubuntu"},
		/* 5.0: nobody knows */
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.0.0-37-generic",
		 .signature = "Ubuntu 5.0.0-37.40~18.04.1-generic 5.0.21"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.0.0-1062-oem-osp1"},
		/* upstream never fixed these */
		{ANSWER_YES, ANSWER_NO, .release = "3.13.0-170-generic",
		 .version = "#220-Ubuntu SMP Thu May 9 12:40:49 UTC 2019"},
		{ANSWER_YES, ANSWER_NO, .release = "4.4.0-176-generic",
		 .signature = "Ubuntu 4.4.0-176.206-generic 4.4.211"},
		{ANSWER_YES, ANSWER_YES, .release = "4.18.0-25-generic",
		 .signature = "Ubuntu 4.18.0-25.26~18.04.1-generic 4.18.20"},
		/* the third field again, and later series */
		{ANSWER_YES, ANSWER_YES, .release = "5.6.0-1008-oem",
		 .signature = "Ubuntu 5.6.0-1008.8-oem 5.6.11"},
		{ANSWER_NO, ANSWER_YES, .release = "5.6.0-1020-oem",
		 .signature = "Ubuntu 5.6.0-1020.20-oem 5.6.17"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.6.0-1020-oem"},
		{ANSWER_NO, ANSWER_YES, .release = "5.8.0-23-generic"},
		{ANSWER_NO, ANSWER_YES, .release = "6.8.0-51-generic"},
	};

	(void)state;
	check_kernels(cases, N_ELEMENTS(cases));
}

static void test_rhel(void **state)
{
	static const struct kernel_case cases[] = {
		/* 7: its VXLAN devices have no outer checksum */
		{ANSWER_YES, ANSWER_NO, .release = "3.10.0-957.el7.x86_64"},
		{ANSWER_YES, ANSWER_NO, .release = "3.10.0-1062.9.1.el7.x86_64"},
		{ANSWER_YES, ANSWER_NO, .release = "3.10.0-1127.el7.x86_64",
		 .version = "#1 SMP Tue Mar 31 23:36:51 UTC 2020"},
		{ANSWER_YES, ANSWER_NO, .release = "3.10.0-1127.8.2.el7.x86_64"},
		{ANSWER_UNKNOWN, ANSWER_NO, .release = "3.10.0-1127.10.1.el7.x86_64"},
		{ANSWER_UNKNOWN, ANSWER_NO, .release = "3.10.0-1127.19.1.el7.x86_64"},
		{ANSWER_NO, ANSWER_NO, .release = "3.10.0-1160.el7.x86_64",
		 .version = "#1 SMP Mon Oct 19 16:18:59 UTC 2020"},
		{ANSWER_NO, ANSWER_NO, .release = "3.10.0-1160.102.1.el7.x86_64"},
		/* 8.0 */
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.18.0-80.el8.x86_64"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.18.0-80.11.2.el8_0.x86_64"},
		/* 8.1 */
		{ANSWER_YES, ANSWER_YES, .release = "4.18.0-147.el8.x86_64"},
		{ANSWER_YES, ANSWER_YES, .release = "4.18.0-147.5.1.el8_1.x86_64"},
		{ANSWER_YES, ANSWER_YES, .release = "4.18.0-147.20.1.el8_1.x86_64"},
		{ANSWER_NO, ANSWER_YES, .release = "4.18.0-147.21.1.el8_1.x86_64"},
		{ANSWER_NO, ANSWER_YES, .release = "4.18.0-147.38.1.el8_1.x86_64"},
		/* 8.2 */
		{ANSWER_YES, ANSWER_YES, .release = "4.18.0-193.el8.x86_64",
		 .version = "#1 SMP Fri May 8 10:59:10 UTC 2020"},
		{ANSWER_YES, ANSWER_YES, .release = "4.18.0-193.6.3.el8_2.x86_64"},
		{ANSWER_NO, ANSWER_YES, .release = "4.18.0-193.10.1.el8_2.x86_64"},
		{ANSWER_NO, ANSWER_YES, .release = "4.18.0-193.13.2.el8_2.x86_64"},
		/* between the releases */
		{ANSWER_YES, ANSWER_YES, .release = "4.18.0-187.el8.x86_64"},
		{ANSWER_YES, ANSWER_YES, .release = "4.18.0-201.el8.x86_64"},
		{ANSWER_NO, ANSWER_YES, .release = "4.18.0-202.el8.x86_64"},
		/* 8.3 and later, Stream 8 */
		{ANSWER_NO, ANSWER_YES, .release = "4.18.0-240.el8.x86_64"},
		{ANSWER_NO, ANSWER_YES, .release = "4.18.0-305.3.1.el8.x86_64"},
		{ANSWER_NO, ANSWER_YES, .release = "4.18.0-408.el8.x86_64"},
		/* 9, 10 */
		{ANSWER_NO, ANSWER_YES, .release = "5.14.0-70.13.1.el9_0.x86_64"},
		{ANSWER_NO, ANSWER_YES, .release = "6.12.0-55.9.1.el10_0.x86_64"},
		/* 7 for ARM */
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.14.0-115.el7a.0.1.aarch64"},
	};

	(void)state;
	check_kernels(cases, N_ELEMENTS(cases));
}

/* Distributions with the upstream number. */
static void test_followers(void **state)
{
	static const struct kernel_case cases[] = {
		{ANSWER_YES, ANSWER_YES, .release = "4.14.177-139.254.amzn2.x86_64"},
		{ANSWER_NO, ANSWER_YES, .release = "4.14.181-140.257.amzn2.x86_64",
		 .version = "#1 SMP Wed May 27 02:17:36 UTC 2020"},
		{ANSWER_NO, ANSWER_YES, .release = "4.14.181-142.260.amzn2.x86_64"},
		{ANSWER_NO, ANSWER_YES, .release = "4.14.181-108.257.amzn1.x86_64"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.38-17.76.amzn2.x86_64"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.46-19.75.amzn2.x86_64"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.38", .os_id = "bottlerocket"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.46", .os_id = "bottlerocket"},
		{ANSWER_YES, ANSWER_YES, .release = "5.6.12-200.fc31.x86_64"},
		{ANSWER_NO, ANSWER_YES, .release = "5.6.13-200.fc31.x86_64"},
		{ANSWER_YES, ANSWER_YES, .release = "5.7.0-0.rc4.git0.1.fc33.x86_64"},
		{ANSWER_NO, ANSWER_YES, .release = "5.7.0-0.rc5.git0.1.fc33.x86_64"},
		{ANSWER_NO, ANSWER_YES, .release = "5.7.0-1.fc33.x86_64"},
		{ANSWER_YES, ANSWER_YES, .release = "4.19.112-flatcar"},
		{ANSWER_YES, ANSWER_YES, .release = "4.19.113-flatcar"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.35-flatcar"},
		{ANSWER_NO, ANSWER_YES, .release = "4.19.124-flatcar"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.41-flatcar"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.83-flatcar"},
		{ANSWER_YES, ANSWER_YES, .release = "4.19.106-coreos"},
		{ANSWER_YES, ANSWER_YES, .release = "4.19.115-10.ph3"},
		{ANSWER_NO, ANSWER_YES, .release = "4.19.124-1.ph3"},
		{ANSWER_NO, ANSWER_YES, .release = "4.19.124-1.ph3-esx"},
		{ANSWER_YES, ANSWER_YES, .release = "4.9.334-1.ph2"},
		{ANSWER_YES, ANSWER_NO, .release = "4.4.302-1.ph1"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.42-8.cm1"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.11-talos"},
		{ANSWER_YES, ANSWER_YES, .release = "5.5.15-talos"},
		{ANSWER_NO, ANSWER_YES, .release = "5.8.5-talos"},
		{ANSWER_YES, ANSWER_YES, .release = "4.14.138-rancher"},
		{ANSWER_YES, ANSWER_YES, .release = "4.14.176-rancher"},
		{ANSWER_YES, ANSWER_YES, .release = "4.19.91-rancher"},
		/* k3OS, on Ubuntu's trees */
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.0.0-43.47-rancher"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.0-37-generic",
		 .version = "#41-Ubuntu SMP Wed Jun 3 18:57:02 UTC 2020", .os_id = "k3os"},
		{ANSWER_YES, ANSWER_YES, .release = "5.6.12-1.el7.elrepo.x86_64"},
		{ANSWER_NO, ANSWER_YES, .release = "5.6.13-1.el7.elrepo.x86_64"},
		{ANSWER_YES, ANSWER_YES, .release = "5.6.11-arch1-1", .os_id = "arch"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.43-0-lts", .os_id = "alpine"},
		{ANSWER_YES, ANSWER_YES, .release = "5.4.34-1-pve",
		 .version = "#1 SMP PVE 5.4.34-2 (Thu, 07 May 2020 10:02:02 +0200)"},
		{ANSWER_NO, ANSWER_YES, .release = "5.4.41-1-pve",
		 .version = "#1 SMP PVE 5.4.41-1 (Fri, 15 May 2020 15:06:08 +0200)"},
	};

	(void)state;
	check_kernels(cases, N_ELEMENTS(cases));
}

/* Frozen numbers: unknown below 5.7. The complete checksum's rule goes by the number. */
static void test_frozen(void **state)
{
	static const struct kernel_case cases[] = {
		{ANSWER_UNKNOWN, ANSWER_NO, .release = "4.1.12-124.39.5.el7uek.x86_64"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.14.35-1902.303.4.1.el7uek.x86_64"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.4.17-2011.3.2.1.el7uek.x86_64"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.4.17-2036.100.6.1.el8uek.x86_64"},
		{ANSWER_NO, ANSWER_YES, .release = "5.15.0-3.60.5.1.el9uek.x86_64"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.12.14-122.20-default"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.3.18-24.15-default"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.3.18-18.5-azure"},
		{ANSWER_NO, ANSWER_YES, .release = "5.14.21-150400.22-default",
		 .os_id = "opensuse-leap"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.14.x+", .os_id = "cos"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.19.112+", .os_id = "cos"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.4.49+", .os_id = "cos"},
		{ANSWER_NO, ANSWER_YES, .release = "5.10.68+", .os_id = "cos"},
		{ANSWER_NO, ANSWER_YES, .release = "6.6.97+", .os_id = "cos"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "4.15.18-24-pve"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.0.21-5-pve"},
		{ANSWER_UNKNOWN, ANSWER_YES, .release = "5.3.18-3-pve"},
	};

	(void)state;
	check_kernels(cases, N_ELEMENTS(cases));
}

/* Both rules have the same Kubernetes condition. */
static void test_kubernetes(void **state)
{
	static const struct {
		enum answer outcome;
		const char *version;
	} cases[] = {
		/* before --random-fully */
		{ANSWER_NO, "v1.14.7-docker-1"},
		{ANSWER_NO, "v1.14.3-tke.27"},
		{ANSWER_NO, "v1.15.3"},
		{ANSWER_NO, "v1.15.12"},
		{ANSWER_NO, "v1.16.0-alpha.1"},
		{ANSWER_NO, "v1.16.0-beta.1"},
		/* 1.16 */
		{ANSWER_YES, "v1.16.0-beta.2"},
		{ANSWER_YES, "v1.16.0-rc.1"},
		{ANSWER_YES, "v1.16.0-rc.2"},
		{ANSWER_YES, "v1.16.0"},
		{ANSWER_YES, "v1.16.0-gke.5"},
		{ANSWER_YES, "v1.16.3-tke.33"},
		{ANSWER_YES, "v1.16.9-aliyun.1"},
		{ANSWER_YES, "1.16.10-00"},
		{ANSWER_YES, "v1.16.12-rc.1"},
		{ANSWER_YES, "v1.16.12"},
		{ANSWER_YES, "v1.16.13-rc.0"},
		{ANSWER_NO, "v1.16.13"},
		{ANSWER_NO, "v1.16.13-hotfix.20200824.1"},
		{ANSWER_NO, "v1.16.15"},
		/* 1.17 */
		{ANSWER_YES, "v1.17.0-alpha.0"},
		{ANSWER_YES, "v1.17.0-beta.1"},
		{ANSWER_YES, "v1.17.0"},
		{ANSWER_YES, "v1.17.8-rc.1"},
		{ANSWER_YES, "v1.17.8"},
		{ANSWER_YES, "v1.17.9-rc.0"},
		{ANSWER_NO, "v1.17.9"},
		{ANSWER_NO, "v1.17.9-gke.600"},
		{ANSWER_NO, "v1.17.9-gke.1504"},
		{ANSWER_NO, "v1.17.9-hotfix.20200714"},
		{ANSWER_NO, "v1.17.9-r0-CCE20.7.1"},
		{ANSWER_NO, "v1.17.13"},
		/* 1.18 */
		{ANSWER_YES, "v1.18.0-alpha.0"},
		{ANSWER_YES, "v1.18.0-rc.1"},
		{ANSWER_YES, "v1.18.2+k3s1"},
		{ANSWER_YES, "v1.18.2-41+b5cdb79a4060a3"},
		{ANSWER_YES, "v1.18.3+e574db2"},
		{ANSWER_YES, "v1.18.3+abc"},
		{ANSWER_YES, "v1.18.4-tke.34"},
		{ANSWER_YES, "v1.18.4-hotfix.20200626"},
		{ANSWER_YES, "v1.18.4-alpha8+rke2"},
		{ANSWER_YES, "v1.18.4-beta18+rke2"},
		{ANSWER_YES, "v1.18.5-rc.1"},
		{ANSWER_YES, "v1.18.5"},
		{ANSWER_YES, "v1.18.6-beta.0"},
		{ANSWER_YES, "v1.18.6-rc.0"},
		{ANSWER_UNKNOWN, "v1.18.6-beta.0.37+abc"},
		{ANSWER_NO, "v1.18.6"},
		{ANSWER_NO, "1.18.6-00"},
		{ANSWER_NO, "1.18.6-0"},
		{ANSWER_NO, "v1.18.6+k3s1"},
		{ANSWER_NO, "v1.18.6-k3s1"},
		{ANSWER_NO, "v1.18.6-rancher1"},
		{ANSWER_NO, "v1.18.6+vmware.1"},
		{ANSWER_NO, "v1.18.6-eks-1"},
		{ANSWER_NO, "v1.18.6-hotfix.20200723.1"},
		{ANSWER_NO, "v1.18.6-34+e7db93d188d0d1"},
		{ANSWER_NO, "v1.18.8-eksbuild.1"},
		{ANSWER_NO, "v1.18.8-beta18+rke2"},
		{ANSWER_NO, "v1.18.9-rc1+rke2"},
		{ANSWER_NO, "v1.18.9-eks-1-18-1"},
		{ANSWER_NO, "v1.18.12+rke2r2"},
		/* 1.19 and later */
		{ANSWER_YES, "v1.19.0-alpha.0"},
		{ANSWER_YES, "v1.19.0-beta.2"},
		{ANSWER_NO, "v1.19.0-rc.0"},
		{ANSWER_NO, "v1.19.0-rc.1"},
		{ANSWER_NO, "v1.19.0-rc.4"},
		{ANSWER_NO, "v1.19.0"},
		{ANSWER_NO, "v1.20.4+k0s.0"},
		{ANSWER_NO, "1.28.2-1.1"},
		/* says nothing */
		{ANSWER_UNKNOWN, "v0.0.0-master+abc"},
		{ANSWER_UNKNOWN, "v1.18"},
		{ANSWER_UNKNOWN, "latest"},
		{ANSWER_UNKNOWN, NULL},
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_(judgement_clear) struct judgement judgement = {0};
		_cleanup_(facts_clear) struct facts facts = {.kubernetes.present = ANSWER_YES};

		facts.kubernetes.version = copy(cases[i].version);
		facts.kernel.release = copy("4.19.118");
		assert_int_equal(kernel_identify(&facts.kernel, NULL), 0);
		assert_int_equal(policy_evaluate(&rules, &facts, &by_version, &judgement), 0);
		check_outcome(&judgement, ZERO_CHECKSUM, CONDITION_KUBERNETES, cases[i].outcome);
		check_outcome(&judgement, COMPLETE_CHECKSUM, CONDITION_KUBERNETES,
			      cases[i].outcome);
		/* The kernel is affected, so Kubernetes decides. */
		assert_int_equal(judgement.verdict, cases[i].outcome);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),	   cmocka_unit_test(test_upstream),
		cmocka_unit_test(test_debian),	   cmocka_unit_test(test_ubuntu_4_15),
		cmocka_unit_test(test_ubuntu_5_4), cmocka_unit_test(test_ubuntu_others),
		cmocka_unit_test(test_rhel),	   cmocka_unit_test(test_followers),
		cmocka_unit_test(test_frozen),	   cmocka_unit_test(test_kubernetes),
	};

	if (!is_root())
		return 77;
	return cmocka_run_group_tests(tests, load_rules, clear_rules);
}
