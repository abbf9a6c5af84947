/* SPDX-License-Identifier: Apache-2.0 */
/* What a person sees, whole. */
#include "agent/report/report_text.h"
#include "cleanup.h"
#include "tests/unit/agent/scene.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVIDENCE                                                                                   \
	"  Kubernetes  v1.18.3 (kube-proxy)\n"                                                     \
	"  kernel      4.19.0-9-amd64 (debian 4.19.118)\n"
#define SAYS_WHY " not concern this node; 'offload-agent explain' says why\n"
#define OTHER	 "  others      1 rule does" SAYS_WHY
#define OTHERS	 "  others      2 rules do" SAYS_WHY
#define ALL	 "  others      3 rules do" SAYS_WHY
#define HEAD                                                                                       \
	"\n"                                                                                       \
	"NIC              KIND     FEATURE                       NOW                  TARGET  "    \
	"OUTCOME\n"

static char *print(const struct scene *scene, bool dry_run, bool color,
		   void (*printer)(FILE *output, const struct report *report, bool color))
{
	struct report report;
	char *text = NULL;
	size_t size;
	FILE *output = open_memstream(&text, &size);

	assert_non_null(output);
	scene_report(scene, dry_run, &report);
	printer(output, &report, color);
	assert_int_equal(fclose(output), 0);
	return text;
}

static void assert_status(const struct scene *scene, bool dry_run, const char *expected)
{
	_cleanup_free_ char *text = print(scene, dry_run, false, report_print_status);

	assert_string_equal(text, expected);
}

static void test_vulnerable(void **state)
{
	struct scene scene;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	assert_status(
		&scene, false,
		"Vulnerable: flannel.1 has tx checksum offload on\n" EVIDENCE
		"  rule        zero-checksum: affected\n" OTHERS
		"  to do       run 'offload-agent apply' as root; what it cannot change is named below\n" HEAD
		"flannel.1        vxlan    tx-checksum-ip-generic        on                   off\n"
		"                          rx-checksum                   on                   off\n"
		"                          tx-checksum-sctp              on                   off\n");
	scene_clear(&scene);
}

static void test_mitigated(void **state)
{
	struct scene scene;
	struct nic *nic;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	nic = scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	scene_turn_off(&scene, nic, "rx tx");
	assert_status(
		&scene, false,
		"Mitigation: tx checksum offload off on flannel.1\n" EVIDENCE
		"  rule        zero-checksum: affected\n" OTHERS HEAD
		"flannel.1        vxlan    tx-checksum-ip-generic        off                  off     off\n"
		"                          tx-tcp-segmentation           off [not requested]  -\n"
		"                          tx-tcp6-segmentation          off [not requested]  -\n"
		"                          rx-checksum                   off                  off     off\n"
		"                          tx-checksum-sctp              off                  off     off\n");
	scene_clear(&scene);
}

/* Counters are a hint where they have counted, and say nothing where they have not. */
static void test_counters(void **state)
{
	const struct {
		struct checksum_counters counters;
		const char *what; /* NULL: nothing is said */
	} cases[] = {
		{{.known = true}, NULL},
		{{.known = false, .udp = 7}, NULL},
		{{.known = true, .udp = 5, .udp6 = 2}, "7 UDP packets"},
		{{.known = true, .udp = 5, .tcp = 1}, "5 UDP and 1 TCP packets"},
		{{.known = true, .tcp = 1}, "1 TCP packets"},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_free_ char *text = NULL, *line = NULL;
		struct scene scene;

		scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
		scene.inspection.counters = cases[i].counters;
		text = print(&scene, false, false, report_print_status);
		assert_true(asprintf(&line,
				     "\n  dropped     since boot %s with a wrong checksum; "
				     "'offload-agent wire' says whose\n"
				     "  rising      not known without the service\n",
				     cases[i].what ? cases[i].what : "") > 0);
		assert_int_equal(strstr(text, line) != NULL, cases[i].what != NULL);
		assert_int_equal(strstr(text, "  dropped") != NULL, cases[i].what != NULL);
		scene_clear(&scene);
	}
}

/* How fast they rise is said where they do, and where nobody can know it. */
static void test_rates(void **state)
{
	const struct {
		struct checksum_rates rates;
		const char *line; /* NULL: nothing is said */
	} cases[] = {
		{{.known = false, .udp = 7}, NULL},
		{{.known = true}, NULL},
		{{.known = true, .udp = 9}, "\n  rising      by 9 UDP packets a minute, "},
		{{.known = true, .udp = 9, .tcp = 1}, "by 9 UDP and 1 TCP packets a minute, "},
		{{.known = true, .tcp = 1}, "by 1 TCP packets a minute, as of the service's last "},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_free_ char *status = NULL, *explain = NULL;
		struct scene scene;

		scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
		scene.inspection.counters = (struct checksum_counters){.known = true, .udp = 5};
		scene.service = (struct service_status){.running = true, .rates = cases[i].rates};
		status = print(&scene, false, false, report_print_status);
		explain = print(&scene, false, false, report_print_explain);
		assert_int_equal(strstr(status, "  rising") != NULL, cases[i].line != NULL);
		assert_int_equal(strstr(explain, "  rising") != NULL, cases[i].line != NULL);
		if (cases[i].line) {
			assert_non_null(strstr(status, cases[i].line));
			assert_non_null(strstr(explain, cases[i].line));
		}
		scene_clear(&scene);
	}
}

/* LRO that is off on a node that forwards by now: why it will not come back. */
static void test_kept_off(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct scene scene;
	struct nic *nic;

	scene_make(&scene, ANSWER_NO, ANSWER_NO, ANSWER_NO);
	nic = scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	nic->recorded = nic->kept_off = sample_mask(scene.inspection.handle, "rx-lro");
	nic->features.changeable = feature_mask_or(nic->features.changeable, nic->recorded);
	strcpy(nic->kept_off_why, "flannel.1 is a port of bridge br0");
	text = print(&scene, false, false, report_print_status);
	assert_non_null(strstr(text,
			       "rx-lro                        off                  -       off, "
			       "not to be given back: flannel.1 is a port of bridge br0\n"));
	scene_clear(&scene);
}

static void test_dry_run(void **state)
{
	struct scene scene;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	inspection_plan_todos(&scene.inspection);
	assert_status(
		&scene, true,
		"Mitigation: tx checksum offload off on flannel.1\n" EVIDENCE
		"  rule        zero-checksum: affected\n" OTHERS
		"  dry run     nothing was changed; the first line tells what would be so afterwards\n" HEAD
		"flannel.1        vxlan    tx-checksum-ip-generic        on                   off     would be turned off\n"
		"                          rx-checksum                   on                   off     would be turned off\n"
		"                          tx-checksum-sctp              on                   off     would be turned off\n");
	scene_clear(&scene);
}

static void test_not_affected(void **state)
{
	struct scene scene;
	struct nic *nic;

	scene_make(&scene, ANSWER_NO, ANSWER_NO, ANSWER_NO);
	assert_status(&scene, false,
		      "Not affected: Kubernetes v1.18.3, kernel 4.19.0-9-amd64\n" EVIDENCE ALL "\n"
		      "No NIC is selected, and none is exposed.\n");
	nic = scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	scene_turn_off(&scene, nic, "rx");
	assert_status(
		&scene, false,
		"Not affected: Kubernetes v1.18.3, kernel 4.19.0-9-amd64\n" EVIDENCE ALL HEAD
		"flannel.1        vxlan    tx-checksum-ip-generic        on                   -       may stay on\n"
		"                          tx-tcp-segmentation           off [not requested]  -\n"
		"                          tx-tcp6-segmentation          off [not requested]  -\n"
		"                          rx-checksum                   off                  -       off\n"
		"                          tx-checksum-sctp              on                   -       may stay on\n");
	scene_clear(&scene);
}

static void test_not_exposed(void **state)
{
	struct scene scene;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	assert_status(&scene, false,
		      "Not exposed: a rule applies, but no exposed device is here now\n" EVIDENCE
		      "  rule        zero-checksum: affected\n" OTHERS "\n"
		      "No NIC is selected, and none is exposed.\n");
	scene_clear(&scene);
}

static void test_unknown(void **state)
{
	struct scene scene;

	scene_make(&scene, ANSWER_UNKNOWN, ANSWER_NO, ANSWER_NO);
	scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	assert_status(
		&scene, false,
		"Unknown: no table for this kernel\n" EVIDENCE
		"  rule        zero-checksum: unknown: no table for this kernel\n" OTHERS
		"  to do       see 'offload-agent explain'; an option or the configuration can tell it\n" HEAD
		"flannel.1        vxlan    tx-checksum-ip-generic        on                   -\n"
		"                          rx-checksum                   on                   -\n"
		"                          tx-checksum-sctp              on                   -\n");
	scene_clear(&scene);
}

/* Every remark that a NIC's line can carry. */
static void test_remarks(void **state)
{
	struct scene scene;
	struct nic *nic;

	scene_make(&scene, ANSWER_YES, ANSWER_YES, ANSWER_NO);
	/* refused, with the kernel's words; requested on */
	nic = scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	nic->refused = sample_mask(scene.inspection.handle, "tx-checksum-ip-generic");
	strcpy(nic->message, "not today");
	nic->features.active = feature_mask_without(nic->features.active,
						    sample_mask(scene.inspection.handle, "rx"));
	/* fixed on, drifted, requested off */
	nic = scene_add(&scene, 4, "vxlan.calico", "vxlan", ANSWER_YES);
	nic->features.changeable = feature_mask_without(
		nic->features.changeable, sample_mask(scene.inspection.handle, "tx-checksum-sctp"));
	nic->recorded = sample_mask(scene.inspection.handle, "rx");
	nic->features.wanted =
		feature_mask_without(nic->features.wanted, sample_mask(scene.inspection.handle,
								       "tx-checksum-ip-generic"));
	/* gone, unreadable; names and kinds from outside */
	scene_add(&scene, 5, "\033[2J\377", "vxlan", ANSWER_YES)->error = -ENODEV;
	scene_add(&scene, 6, "vxl\303\244n6", "vxlan", ANSWER_YES)->error = -EIO;
	assert_status(
		&scene, false,
		"Vulnerable: flannel.1 and 1 more have tx checksum offload on\n" EVIDENCE
		"  rule        zero-checksum: affected\n"
		"  rule        udp-checksum: affected\n" OTHER
		"  to do       run 'offload-agent apply' as root; what it cannot change is named below\n" HEAD
		"flannel.1        vxlan    tx-checksum-ip-generic        on                   off     refused: not today\n"
		"                          rx-checksum                   off [requested on]   off\n"
		"                          tx-checksum-sctp              on                   off\n"
		"vxlan.calico     vxlan    tx-checksum-ip-generic        on [requested off]   off\n"
		"                          rx-checksum                   on                   off     drifted\n"
		"                          tx-checksum-sctp              on [fixed]           off     fixed-on\n"
		"?[2J?            vxlan                                  gone\n"
		"vxl\303\244n6           vxlan                                  unreadable           -       Input/output error\n");
	scene_clear(&scene);
}

static void test_exposed_and_not_selected(void **state)
{
	struct scene scene;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene.policy.config.n_nics = 0;
	scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	assert_status(
		&scene, false,
		"Vulnerable: flannel.1 has tx checksum offload on\n" EVIDENCE
		"  rule        zero-checksum: affected\n" OTHERS
		"  to do       flannel.1 is not selected: name it in nics of the configuration, or leave nics out\n" HEAD
		"flannel.1        vxlan    tx-checksum-ip-generic        on                   -       exposed, but not selected by the configuration\n"
		"                          rx-checksum                   on                   -\n"
		"                          tx-checksum-sctp              on                   -       exposed, but not selected by the configuration\n");
	scene_clear(&scene);
}

/* Without a kernel to look at: nothing to do, nothing was looked at. */
static void test_facts_only(void **state)
{
	struct scene scene;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO)->error = -ENODATA;
	scene.inspection.handle = ethtool_nl_close(scene.inspection.handle);
	scene.policy.facts.kernel = (struct kernel_facts){0};
	scene.policy.facts.kubernetes = (struct kubernetes_facts){.present = ANSWER_NO};
	assert_status(&scene, false,
		      "Vulnerable: affected, as far as these facts tell\n"
		      "  Kubernetes  no trace on this node\n"
		      "  kernel      unknown\n"
		      "  rule        zero-checksum: affected\n" OTHERS HEAD
		      "flannel.1        vxlan                                  not looked at\n");
	/* which is not the same as that there is none */
	scene.policy.facts.links_known = false;
	scene.inspection.nics.n_nics = 0;
	assert_status(&scene, false,
		      "Vulnerable: affected, as far as these facts tell\n"
		      "  Kubernetes  no trace on this node\n"
		      "  kernel      unknown\n"
		      "  rule        zero-checksum: affected\n" OTHERS "\n"
		      "These facts do not tell of any NIC.\n");
	scene_clear(&scene);
}

/* The service says since when it runs. */
static void test_service(void **state)
{
	struct scene scene;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene.service = (struct service_status){
		.running = true, .pid = 42, .since = "2020-06-01T12:00:00Z", .corrections = 3};
	assert_status(&scene, false,
		      "Not exposed: a rule applies, but no exposed device is here now\n" EVIDENCE
		      "  rule        zero-checksum: affected\n" OTHERS
		      "  service     running since 2020-06-01T12:00:00Z, 3 corrections\n"
		      "\n"
		      "No NIC is selected, and none is exposed.\n");
	scene_clear(&scene);
}

/* Strings of the facts come from files and other programs: none of them reaches the terminal. */
static void test_control_characters(void **state)
{
	static char odd[] = "v1\033[2J\n\302\233\377", reason[] = "because\033c of\rthat";
	static char title[] = "a\ttitle\007";
	struct rule rule = sample_zero_rule;
	_cleanup_free_ char *status = NULL, *explain = NULL;
	struct scene scene;

	scene_make(&scene, ANSWER_UNKNOWN, ANSWER_NO, ANSWER_NO);
	rule.title = title;
	scene.rules[0].rule = &rule;
	scene.rules[0].conditions[1].reason = reason;
	scene.policy.facts.kubernetes.version = odd;
	scene.policy.facts.kubernetes.source = odd;
	scene.policy.facts.kernel.release = odd;
	scene.policy.facts.kernel.source = odd;
	scene.policy.facts.os.pretty_name = odd;
	status = print(&scene, false, false, report_print_status);
	explain = print(&scene, false, false, report_print_explain);
	assert_non_null(strstr(status, "v1?[2J????"));
	assert_non_null(strstr(status, "Unknown: because?c of?that\n"));
	assert_non_null(strstr(explain, "a?title?"));
	for (const char *text = status; text; text = text == status ? explain : NULL) {
		for (const char *byte = text; *byte; byte++)
			assert_true(*byte == '\n' || (*byte >= 0x20 && *byte < 0x7f));
	}
	scene_clear(&scene);
}

static void test_color(void **state)
{
	static const struct {
		enum answer verdict;
		bool with_nic;
		const char *start;
	} colors[] = {
		{ANSWER_NO, false, "\033[32mNot affected\033[0m: Kubernetes"},
		{ANSWER_YES, false, "\033[32mNot exposed\033[0m: a rule"},
		{ANSWER_YES, true, "\033[31mVulnerable\033[0m: flannel.1 has"},
		{ANSWER_UNKNOWN, true, "\033[33mUnknown\033[0m: no table"},
	};

	for (size_t i = 0; i < N_ELEMENTS(colors); i++) {
		_cleanup_free_ char *text = NULL, *plain = NULL;
		struct scene scene;

		scene_make(&scene, colors[i].verdict, ANSWER_NO, ANSWER_NO);
		if (colors[i].with_nic)
			scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
		text = print(&scene, false, true, report_print_status);
		plain = print(&scene, false, false, report_print_status);
		assert_memory_equal(text, colors[i].start, strlen(colors[i].start));
		assert_string_equal(strchr(text, ':'), strchr(plain, ':'));
		scene_clear(&scene);
	}
}

static void test_explain(void **state)
{
	static char first[] = "kube-proxy", second[] = "kubelet";
	static char proxy[] = "v1.18.3", source[] = "http://127.0.0.1:10249/metrics";
	static char path[] = "/usr/bin/kubelet --version";
	struct kubernetes_answer answers[] = {{first, proxy, source}, {second, NULL, path}};
	_cleanup_free_ char *text = NULL;
	struct scene scene;

	scene_make(&scene, ANSWER_YES, ANSWER_UNKNOWN, ANSWER_NO);
	scene.policy.facts.kubernetes.answers = answers;
	scene.policy.facts.kubernetes.n_answers = 2;
	text = print(&scene, false, false, report_print_explain);
	assert_string_equal(
		text, "Not exposed: a rule applies, but no exposed device is here now\n"
		      "\n"
		      "Facts\n"
		      "  Kubernetes present    yes\n"
		      "  Kubernetes version    v1.18.3  <- http://127.0.0.1:10249/metrics\n"
		      "  kube-proxy            v1.18.3  <- http://127.0.0.1:10249/metrics\n"
		      "  kubelet               unknown  <- /usr/bin/kubelet --version\n"
		      "  kernel release        4.19.0-9-amd64  <- uname\n"
		      "  kernel version        #1 SMP Debian 4.19.118-2 (2020-04-26)  <- uname\n"
		      "  kernel family         debian  <- read from the above\n"
		      "  kernel base           4.19.118  <- read from the above\n"
		      "  distribution          Debian GNU/Linux 10 (buster)  <- /etc/os-release\n"
		      "\n"
		      "Rule zero-checksum: affected\n"
		      "  An outer checksum of zero is \"updated\"\n"
		      "  kubernetes  yes     v1.18.3 is affected\n"
		      "  kernel      yes     4.19.118 is affected\n"
		      "  see         https://example.org/issues/1\n"
		      "\n"
		      "Rule udp-checksum: unknown\n"
		      "  A complete outer checksum is spoiled\n"
		      "  kubernetes  yes     v1.18.3 is affected\n"
		      "  kernel      unknown no table for this kernel\n"
		      "\n"
		      "Rule virtio-gro: not-affected\n"
		      "  A driver merges what it must not\n"
		      "  kernel      no      5.7.0 has the fix\n"
		      "\n"
		      "No NIC is selected, and none is exposed.\n");
	scene_clear(&scene);
}

/* A rule that only tells: what it saw, what cures for good, and how to let the agent act. */
static void test_telling(void **state)
{
	static char guard[] = "a newer CNI", *remedies[] = {guard, NULL};
	static char cost[] = "throughput", seen[] = "nat rules: chain X rule 1";
	static char at_odds[] =
		"by its version Kubernetes is: not-affected, by nat rules: affected";
	struct scene scene;
	struct rule rule;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	rule = *scene.rules[0].rule;
	rule.mode = RULE_TELL;
	rule.remedies = remedies;
	rule.cost = cost;
	scene.rules[0].rule = &rule;
	scene.policy.plan.rules[0].acts = false;
	scene.rules[0].conditions[0].name = CONDITION_NAT;
	scene.rules[0].conditions[0].reason = seen;
	scene.rules[0].conditions[0].contradiction = at_odds;
	scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	assert_status(
		&scene, false,
		"Vulnerable: flannel.1 has tx checksum offload on; witnesses disagree\n"
		"  at odds     by its version Kubernetes is: not-affected, by nat rules: "
		"affected\n" EVIDENCE "  rule        zero-checksum: affected, which only tells\n"
		"  nat         nat rules: chain X rule 1\n" OTHERS "  for good    a newer CNI\n"
		"  to do       cure it for good, or let the agent act: act = [ \"zero-checksum\" ]; "
		"in the configuration\n" HEAD
		"flannel.1        vxlan    tx-checksum-ip-generic        on                   -       exposed; the rule only tells\n"
		"                          rx-checksum                   on                   -\n"
		"                          tx-checksum-sctp              on                   -       exposed; the rule only tells\n");
	scene_clear(&scene);
}

/* A NIC of hardware: a rule that tells makes the state, one that advises is listed behind all
 * others.
 */
static void test_nic_of_hardware(void **state)
{
	struct scene scene;
	struct rule rule;

	scene_make(&scene, ANSWER_NO, ANSWER_NO, ANSWER_YES);
	rule = *scene.rules[2].rule;
	rule.mode = RULE_TELL;
	scene.rules[2].rule = &rule;
	scene.policy.plan.rules[2].acts = false;
	scene_add(&scene, 2, "eth0", "", ANSWER_UNKNOWN);
	assert_status(
		&scene, false,
		"Vulnerable: eth0 has rx-gro on\n" EVIDENCE
		"  rule        virtio-gro: affected, which only tells\n" OTHERS
		"  to do       cure it for good, or let the agent act: act = [ \"virtio-gro\" ]; "
		"in the configuration\n" HEAD
		"eth0             -        rx-gro                        on                   -       exposed; the rule only tells\n");
	rule.mode = RULE_ADVISE;
	scene.inspection.nics.n_nics = 0;
	scene_add(&scene, 2, "eth0", "", ANSWER_UNKNOWN);
	assert_status(
		&scene, false,
		"Not affected: only advice about eth0 (virtio-gro)\n" EVIDENCE
		"  advice      virtio-gro: may concern eth0; see 'offload-agent explain'\n" OTHERS
		"\n"
		"No NIC is selected, and only the advice above is about one.\n");
	scene_clear(&scene);
}

static void assert_explained(struct scene *scene, const char *line)
{
	_cleanup_free_ char *text = print(scene, false, false, report_print_explain);

	assert_non_null(strstr(text, line));
}

/* Facts without NICs say nothing of a rule about NICs; with them, how many show it. */
static void test_nics_of_facts(void **state)
{
	struct scene scene;
	struct rule rule;

	scene_make(&scene, ANSWER_NO, ANSWER_NO, ANSWER_YES);
	rule = *scene.rules[2].rule;
	rule.mode = RULE_TELL;
	scene.rules[2].rule = &rule;
	scene.policy.plan.rules[2].acts = false;
	scene_add(&scene, 2, "eth0", "", ANSWER_UNKNOWN)->error = -ENODATA;
	scene_add(&scene, 3, "eth1", "", ANSWER_UNKNOWN)->error = -ENODATA;
	scene.inspection.nics.n_nics = 0;
	scene.inspection.handle = ethtool_nl_close(scene.inspection.handle);
	scene.policy.facts.links_known = false;
	/* All else that the rule asks for is so: it may be about this node, or not. */
	assert_explained(&scene, "Unknown: these facts name no NIC; virtio-gro asks for one\n");
	assert_explained(&scene, "Rule virtio-gro: unknown; it only tells\n");
	assert_explained(&scene, "  device      unknown these facts do not tell of any NIC\n");
	/* Nothing says that it is. */
	scene.rules[2].verdict = ANSWER_UNKNOWN;
	assert_explained(&scene, "Not affected: as far as these facts tell, which name no NIC\n");
	assert_explained(&scene, "Rule virtio-gro: unknown, not looked at; it only tells\n");
	scene.rules[2].verdict = ANSWER_YES;
	scene.policy.facts.links_known = true;
	assert_explained(&scene, "  device      no      no NIC of this node shows it\n");
	scene.inspection.nics.n_nics = 1;
	assert_explained(&scene, "  device      yes     eth0\n");
	scene.inspection.nics.n_nics = 2;
	assert_explained(&scene, "  device      yes     eth0 and 1 more\n");
	scene_clear(&scene);
}

/* What nobody could look at is said in a line, and decides nothing. */
static void test_not_looked_at(void **state)
{
	static char unread[] = "nat rules not read: that needs CAP_NET_ADMIN";
	_cleanup_free_ char *text = NULL;
	struct scene scene;

	scene_make(&scene, ANSWER_NO, ANSWER_UNKNOWN, ANSWER_NO);
	scene.policy.judgement.verdict = ANSWER_NO;
	scene.rules[1].not_looked_at = true;
	scene.rules[1].conditions[0] =
		(struct condition){CONDITION_NAT, ANSWER_UNKNOWN, unread, NULL};
	text = print(&scene, false, false, report_print_status);
	assert_non_null(strstr(text, "Not affected: "));
	assert_non_null(strstr(text, geteuid() == 0 ? "  nat         nat rules not read: that needs"
						    : "  nat rules   not read; run it as root"));
	assert_null(strstr(text, "rule        udp-checksum"));
	scene_clear(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vulnerable),
		cmocka_unit_test(test_mitigated),
		cmocka_unit_test(test_kept_off),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_dry_run),
		cmocka_unit_test(test_not_affected),
		cmocka_unit_test(test_not_exposed),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_remarks),
		cmocka_unit_test(test_exposed_and_not_selected),
		cmocka_unit_test(test_facts_only),
		cmocka_unit_test(test_service),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_color),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_telling),
		cmocka_unit_test(test_nic_of_hardware),
		cmocka_unit_test(test_nics_of_facts),
		cmocka_unit_test(test_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
