/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/reconcile/plan.h"
#include "agent/settings/config.h"
#include "cleanup.h"
#include "policy/evaluate.h"
#include "policy/file/diagnostics.h"
#include "tests/unit/agent/sample.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct facts no_devices = {.devices_known = true};
static const struct feature_mask no_features;

#define SHOWN "tx-checksum-ipv4 tx-checksum-ip-generic rx-checksum rx-gro tx-checksum-sctp"
#define TX    "tx-checksum-ipv4 tx-checksum-ip-generic tx-checksum-sctp"
#define RX_TX "tx-checksum-ipv4 tx-checksum-ip-generic rx-checksum tx-checksum-sctp"

#define ZERO "zero-checksum"

#define NO	ANSWER_NO
#define YES	ANSWER_YES
#define UNKNOWN ANSWER_UNKNOWN

static char vxlan[] = "vxlan", eth[] = "eth*", virtio_net[] = "virtio_net";
static char mac[] = "02:00:00:00:00:05";

/* What the operator may name. */
static struct link_match default_nics[] = {{.kind = vxlan, .udp_csum = UNKNOWN}};
static struct link_match eth_nics[] = {{.name = eth, .udp_csum = UNKNOWN}};
static struct link_match mixed_nics[] = {
	{.kind = vxlan, .udp_csum = UNKNOWN},
	{.name = eth, .driver = virtio_net, .udp_csum = UNKNOWN},
	{.mac = mac, .udp_csum = UNKNOWN},
};

static struct ethtool_nl *handle;

static int open_handle(void **state)
{
	static struct fake_device device;

	handle = sample_open(&device, 1);
	return 0;
}

static int close_handle(void **state)
{
	handle = ethtool_nl_close(handle);
	return 0;
}

/* The three rules with these verdicts. */
struct judged {
	struct rule_judgement rules[3];
	struct judgement judgement;
};

static void judge(struct judged *judged, enum answer zero, enum answer udp, enum answer driver)
{
	*judged = (struct judged){
		.rules = {{.rule = &sample_zero_rule, .verdict = zero},
			  {.rule = &sample_udp_rule, .verdict = udp},
			  {.rule = &sample_driver_rule, .verdict = driver}},
	};
	judged->judgement = (struct judgement){
		.verdict = answer_or(zero, answer_or(udp, driver)),
		.rules = judged->rules,
		.n_rules = 3,
	};
}

static struct plan make_plan(const struct agent_config *config, const struct judged *judged)
{
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};
	struct plan plan = {0};

	assert_int_equal(
		plan_init(handle, config, &judged->judgement, &no_devices, &diagnostics, &plan), 0);
	assert_int_equal(diagnostics.n_texts, 0);
	return plan;
}

static const char *or_none(const char *text)
{
	return text ? text : "";
}

/* Of the VXLAN device flannel.1, or of eth0 where its driver is given; left out is no, or nothing.
 */
static const struct {
	const char *what;
	struct given {
		enum answer zero, udp, driver; /* the rules' verdicts */
		bool eth_only, turn_off_on_unknown; /* the configuration */
		const char *eth_driver;
		enum answer udp_csum;
	} given;
	struct {
		bool selected, exposed;
		const char *target, *required, *in_doubt, *rule_id;
	} plan;
} cases[] = {
	{"the exposed device", .given = {.zero = YES},
	 .plan = {.selected = true,
		  .exposed = true,
		  .target = RX_TX,
		  .required = TX,
		  .rule_id = ZERO}},
	{"no rule applies", .plan = {.selected = true}},
	{"the other fault alone: left alone", .given = {.udp = YES}, .plan = {.selected = true}},
	{"both faults, each device has its own",
	 .given = {.zero = YES, .udp = YES, .udp_csum = YES},
	 .plan = {.selected = true,
		  .exposed = true,
		  .target = RX_TX,
		  .required = TX,
		  .rule_id = "udp-checksum"}},
	{"not known whether it fills checksums: no reason to act",
	 .given = {.zero = YES, .udp = YES, .udp_csum = UNKNOWN},
	 .plan = {.selected = true, .exposed = true, .in_doubt = TX, .rule_id = ZERO}},
	{"exposed, not selected", .given = {.zero = YES, .eth_only = true},
	 .plan = {.exposed = true, .required = TX, .rule_id = ZERO}},
	{"of another kind, named by the operator",
	 .given = {.zero = YES, .eth_only = true, .eth_driver = "virtio_net"},
	 .plan = {.selected = true, .target = RX_TX, .rule_id = ZERO}},
	{"of another kind, not named", .given = {.zero = YES, .eth_driver = "virtio_net"}},
	{"unknown: left", .given = {.zero = UNKNOWN},
	 .plan = {.selected = true, .exposed = true, .in_doubt = TX, .rule_id = ZERO}},
	{"unknown: turned off", .given = {.zero = UNKNOWN, .turn_off_on_unknown = true},
	 .plan = {.selected = true,
		  .exposed = true,
		  .target = RX_TX,
		  .in_doubt = TX,
		  .rule_id = ZERO}},
	{"unknown, of another kind: turned off",
	 .given = {.zero = UNKNOWN,
		   .eth_only = true,
		   .turn_off_on_unknown = true,
		   .eth_driver = "virtio_net"},
	 .plan = {.selected = true, .target = RX_TX, .rule_id = ZERO}},
	{"not affected, and on_unknown", .given = {.turn_off_on_unknown = true},
	 .plan = {.selected = true}},
	{"one affected, one unknown", .given = {.zero = YES, .udp = UNKNOWN},
	 .plan = {.selected = true,
		  .exposed = true,
		  .target = RX_TX,
		  .required = TX,
		  .rule_id = ZERO}},
	{"a rule by driver", .given = {.driver = YES, .eth_only = true, .eth_driver = "virtio_net"},
	 .plan = {.selected = true,
		  .exposed = true,
		  .target = "rx-gro",
		  .required = "rx-gro",
		  .rule_id = "virtio-gro"}},
	{"a rule by driver, another driver",
	 .given = {.driver = YES, .eth_only = true, .eth_driver = "e1000e"},
	 .plan = {.selected = true}},
	{"all three on one device",
	 .given = {.zero = YES,
		   .udp = YES,
		   .driver = YES,
		   .eth_only = true,
		   .eth_driver = "virtio_net"},
	 .plan = {.selected = true,
		  .exposed = true,
		  .target = SHOWN,
		  .required = "rx-gro",
		  .rule_id = ZERO}},
};

/*
 * The features of the rules for VXLAN on such devices and on what the operator named, those of the
 * rule by driver on its NICs alone, when it applies.
 */
static const char *expected_shown(const struct given *given, bool selected)
{
	if (given->eth_driver && strcmp(given->eth_driver, "virtio_net") == 0 &&
	    given->driver != ANSWER_NO)
		return SHOWN;
	return given->eth_driver && !selected ? "" : RX_TX;
}

static void test_links(void **state)
{
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		const struct agent_config config = {
			.nics = cases[i].given.eth_only ? eth_nics : default_nics,
			.n_nics = 1,
			.turn_off_on_unknown = cases[i].given.turn_off_on_unknown,
		};
		const char *driver = cases[i].given.eth_driver;
		struct link_facts link =
			driver ? sample_link(3, "eth0", "", ANSWER_UNKNOWN)
			       : sample_link(3, "flannel.1", "vxlan", cases[i].given.udp_csum);
		struct link_plan asked;
		struct judged judged;
		struct plan plan;

		print_message("%s\n", cases[i].what);
		strcpy(link.driver, driver ? driver : "vxlan");
		judge(&judged, cases[i].given.zero, cases[i].given.udp, cases[i].given.driver);
		plan = make_plan(&config, &judged);
		plan_link(&plan, &link, NULL, no_features, &asked);
		assert_int_equal(asked.selected, cases[i].plan.selected);
		assert_int_equal(asked.all.exposed, cases[i].plan.exposed);
		assert_features(handle, asked.target, or_none(cases[i].plan.target));
		assert_features(handle, asked.all.required, or_none(cases[i].plan.required));
		assert_features(handle, asked.all.in_doubt, or_none(cases[i].plan.in_doubt));
		assert_features(handle, asked.shown,
				expected_shown(&cases[i].given, asked.selected));
		assert_string_equal(or_none(asked.rule_id), or_none(cases[i].plan.rule_id));
		plan_clear(&plan);
	}
}

/* turn_off replaces the rules' lists; what they require stays required. */
static void test_turn_off_override(void **state)
{
	static char sctp[] = "tx-checksum-sctp", sg[] = "sg";
	static char source[] = "agent.conf:1";
	static char *turn_off[] = {sctp, sg, NULL};
	const struct agent_config config = {
		.nics = default_nics, .n_nics = 1, .turn_off = turn_off, .turn_off_source = source};
	struct link_facts link = sample_link(3, "flannel.1", "vxlan", ANSWER_NO);
	struct link_plan asked;
	struct judged judged;
	struct plan plan;

	judge(&judged, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	plan = make_plan(&config, &judged);
	plan_link(&plan, &link, NULL, no_features, &asked);
	assert_features(handle, asked.target, "tx-scatter-gather tx-checksum-sctp");
	assert_features(handle, asked.all.required, TX);
	plan_clear(&plan);
}

/* A name in the configuration that this kernel does not know is told with its place. */
static void test_unknown_features(void **state)
{
	static char bad[] = "tx-chekcsum", worse[] = "ntuple", tx[] = "tx";
	static char source[] = "/etc/offload-agent/agent.conf:3";
	static char *turn_off[] = {bad, tx, worse, NULL};
	const struct agent_config config = {
		.nics = default_nics, .n_nics = 1, .turn_off = turn_off, .turn_off_source = source};
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};
	struct plan plan = {.n_rules = 42};
	struct judged judged;

	judge(&judged, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	assert_int_equal(
		plan_init(handle, &config, &judged.judgement, &no_devices, &diagnostics, &plan),
		-EBADMSG);
	assert_int_equal(plan.n_rules, 42);
	assert_int_equal(diagnostics.n_texts, 2);
	assert_string_equal(diagnostics.texts[0],
			    "/etc/offload-agent/agent.conf:3: turn_off: this kernel has no feature "
			    "or group \"tx-chekcsum\"; 'ethtool -k' lists them");
	assert_non_null(strstr(diagnostics.texts[1], "\"ntuple\""));
	/* without a kernel nobody can tell */
	assert_int_equal(plan_init(NULL, &config, &judged.judgement, &no_devices, NULL, &plan), 0);
	plan_clear(&plan);
}

/* A name in a rule may be another kernel's. */
static void test_unknown_feature_of_rule(void **state)
{
	static char future[] = "tx-checksum-quic", tx[] = "tx";
	static char *turn_off[] = {future, tx, NULL}, *required[] = {future, NULL};
	const struct agent_config config = {.nics = default_nics, .n_nics = 1};
	struct rule rule = sample_zero_rule;
	struct link_facts link = sample_link(3, "flannel.1", "vxlan", ANSWER_NO);
	struct link_plan asked;
	struct judged judged;
	struct plan plan;

	rule.turn_off = turn_off;
	rule.required = required;
	judge(&judged, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	judged.rules[0].rule = &rule;
	plan = make_plan(&config, &judged);
	plan_link(&plan, &link, NULL, no_features, &asked);
	assert_features(handle, asked.target, TX);
	assert_features(handle, asked.all.required, "");
	/* but when it is all that is required, nobody can look whether it is off */
	assert_string_equal(asked.all.unnamed, rule.id);
	plan_clear(&plan);
	required[0] = tx;
	plan = make_plan(&config, &judged);
	plan_link(&plan, &link, NULL, no_features, &asked);
	assert_null(asked.all.unnamed);
	plan_clear(&plan);
}

static void test_without_kernel(void **state)
{
	const struct agent_config config = {.nics = default_nics, .n_nics = 1};
	struct link_facts link = sample_link(3, "flannel.1", "vxlan", ANSWER_NO);
	struct link_plan asked;
	struct judged judged;
	struct plan plan;

	judge(&judged, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	assert_int_equal(plan_init(NULL, &config, &judged.judgement, &no_devices, NULL, &plan), 0);
	plan_link(&plan, &link, NULL, no_features, &asked);
	assert_true(asked.selected);
	assert_true(asked.all.exposed);
	assert_true(feature_mask_is_empty(&asked.target));
	plan_clear(&plan);
}

static void test_no_rules(void **state)
{
	const struct agent_config config = {.nics = default_nics, .n_nics = 1};
	const struct judgement judgement = {.verdict = ANSWER_NO};
	struct link_facts link = sample_link(3, "flannel.1", "vxlan", ANSWER_NO);
	struct link_plan asked;
	struct plan plan;

	assert_int_equal(plan_init(handle, &config, &judgement, &no_devices, NULL, &plan), 0);
	plan_link(&plan, &link, NULL, no_features, &asked);
	assert_true(asked.selected);
	assert_false(asked.all.exposed);
	assert_null(asked.rule_id);
	assert_features(handle, asked.shown, "");
	plan_clear(&plan);
}

static bool selects(const struct plan *plan, const struct link_facts *link)
{
	struct link_plan asked;

	plan_link(plan, link, NULL, no_features, &asked);
	return asked.selected;
}

/* Within a selector all keys must fit; one selector is enough. */
static void test_selects(void **state)
{
	static const struct {
		unsigned int ifindex;
		const char *name, *kind, *driver;
		bool selected;
	} links[] = {
		{3, "flannel.1", "vxlan", "vxlan", true}, {3, "eth0", "", "virtio_net", true},
		{3, "eth0", "", "e1000e", false},	  {3, "ens3", "", "virtio_net", false},
		{5, "ens3", "", "e1000e", true}, /* by its address */
		{3, "cni0", "bridge", "bridge", false},
	};
	const struct agent_config config = {.nics = mixed_nics, .n_nics = 3};
	const struct agent_config nothing = {.n_nics = 0};
	struct plan named, none;
	struct judged judged;

	judge(&judged, ANSWER_YES, ANSWER_YES, ANSWER_YES);
	named = make_plan(&config, &judged);
	none = make_plan(&nothing, &judged);
	for (size_t i = 0; i < N_ELEMENTS(links); i++) {
		struct link_facts link =
			sample_link(links[i].ifindex, links[i].name, links[i].kind, ANSWER_UNKNOWN);

		strcpy(link.driver, links[i].driver);
		assert_int_equal(selects(&named, &link), links[i].selected);
		assert_false(selects(&none, &link));
	}
	plan_clear(&named);
	plan_clear(&none);
}

/* nics = "exposed": what a rule of mode "act" exposes, whatever its verdict; nothing else. */
static void test_selects_exposed(void **state)
{
	const struct agent_config config = {.nics_exposed = true};
	struct link_facts vxlan_link = sample_link(3, "flannel.1", "vxlan", ANSWER_NO);
	struct link_facts other = sample_link(4, "cni0", "bridge", ANSWER_UNKNOWN);
	struct rule telling = sample_zero_rule;
	struct link_plan asked;
	struct judged judged;
	struct plan plan;

	judge(&judged, ANSWER_NO, ANSWER_NO, ANSWER_NO);
	plan = make_plan(&config, &judged);
	assert_true(selects(&plan, &vxlan_link));
	assert_false(selects(&plan, &other));
	plan_clear(&plan);

	judge(&judged, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	telling.mode = RULE_TELL;
	judged.rules[0].rule = &telling;
	plan = make_plan(&config, &judged);
	plan_link(&plan, &vxlan_link, NULL, no_features, &asked);
	assert_false(asked.selected);
	assert_true(asked.all.exposed);
	assert_features(handle, asked.all.required, TX);
	assert_false(asked.acting.exposed);
	assert_features(handle, asked.target, "");
	plan_clear(&plan);
}

/* A rule that only tells switches nothing, not even what the operator named, and delays nothing. */
static void test_telling_rule(void **state)
{
	const struct agent_config config = {.nics = default_nics,
					    .n_nics = 1,
					    .turn_off_on_unknown = true,
					    .restore_on_not_affected = true};
	struct link_facts link = sample_link(3, "flannel.1", "vxlan", ANSWER_NO);
	static const enum answer verdicts[] = {YES, UNKNOWN};
	struct rule telling = sample_zero_rule;
	struct link_plan asked;
	struct judged judged;
	struct plan plan;

	telling.mode = RULE_TELL;
	for (size_t i = 0; i < N_ELEMENTS(verdicts); i++) {
		judge(&judged, verdicts[i], ANSWER_NO, ANSWER_NO);
		judged.rules[0].rule = &telling;
		plan = make_plan(&config, &judged);
		plan_link(&plan, &link, NULL, no_features, &asked);
		assert_true(asked.selected);
		assert_features(handle, asked.target, "");
		assert_features(handle, asked.all.required, verdicts[i] == YES ? TX : "");
		assert_features(handle, asked.all.in_doubt, verdicts[i] == YES ? "" : TX);
		assert_features(handle, asked.acting.required, "");
		assert_true(plan_gives_back(&plan));
		plan_clear(&plan);
	}
}

/* A rule whose witness could not be looked at neither acts nor exposes, but gives nothing back. */
static void test_rule_not_looked_at(void **state)
{
	const struct agent_config config = {.nics = default_nics,
					    .n_nics = 1,
					    .turn_off_on_unknown = true,
					    .restore_on_not_affected = true};
	struct link_facts link = sample_link(3, "flannel.1", "vxlan", ANSWER_NO);
	struct link_plan asked;
	struct judged judged;
	struct plan plan;

	judge(&judged, ANSWER_UNKNOWN, ANSWER_NO, ANSWER_NO);
	judged.rules[0].not_looked_at = true;
	plan = make_plan(&config, &judged);
	plan_link(&plan, &link, NULL, no_features, &asked);
	assert_false(asked.all.exposed);
	assert_features(handle, asked.target, "");
	assert_false(plan_gives_back(&plan));
	plan_clear(&plan);
}

static struct rule_needs needs_of(const struct agent_config *config,
				  const struct judgement *judgement)
{
	struct rule_needs needs;
	struct plan plan;

	assert_int_equal(plan_init(NULL, config, judgement, &no_devices, NULL, &plan), 0);
	needs = plan.needs;
	plan_clear(&plan);
	return needs;
}

static void test_needs_drivers(void **state)
{
	const struct agent_config plain = {.nics = default_nics, .n_nics = 1};
	const struct agent_config by_driver = {.nics = mixed_nics, .n_nics = 3};
	struct judged judged;

	judge(&judged, ANSWER_YES, ANSWER_YES, ANSWER_NO);
	/* A rule that names no kind wants those of hardware alone, a selector those of all links.
	 */
	assert_true(needs_of(&plain, &judged.judgement).nic_drivers);
	assert_false(needs_of(&plain, &judged.judgement).drivers);
	assert_true(needs_of(&by_driver, &judged.judgement).drivers);
	judged.judgement.n_rules = 2; /* without the one that asks for a driver */
	assert_false(needs_of(&plain, &judged.judgement).nic_drivers);
}

/* One line of the configuration is enough: act = [ ... ]; the NIC that the rule exposes is a
 * target. */
static void test_act_alone(void **state)
{
	static char glob[] = "virtio-*";
	struct rule rule = sample_driver_rule;
	struct rules rules = {.rules = &rule, .n_rules = 1};
	struct rule_choice choice = {.glob = glob, .mode = RULE_ACT};
	struct rule_judgement judged = {.rule = &rule, .verdict = ANSWER_YES};
	const struct judgement judgement = {.rules = &judged, .n_rules = 1};
	const struct agent_config config = {.nics_exposed = true};
	struct link_facts link = sample_link(2, "eth0", "", UNKNOWN);

	rule.mode = RULE_TELL;
	strcpy(link.driver, "virtio_net");
	for (int chosen = 0; chosen <= 1; chosen++) {
		struct link_plan asked;
		struct plan plan;

		rules_choose(&rules, &choice, chosen);
		assert_int_equal(plan_init(handle, &config, &judgement, &no_devices, NULL, &plan),
				 0);
		plan_link(&plan, &link, NULL, no_features, &asked);
		assert_true(asked.all.exposed);
		assert_int_equal(asked.selected, chosen);
		assert_int_equal(asked.acting.exposed, chosen);
		assert_features(handle, asked.target, chosen ? "rx-gro" : "");
		plan_clear(&plan);
	}
}

/* Devices are looked at where a rule that may apply asks for them, and a NIC is here that it means.
 */
static void test_needs_of_links(void **state)
{
	static char driver[] = "bnxt_en", gro[] = "rx-gro", id[] = "bnxt";
	struct exposure exposure = {.drivers = (char *[]){driver, NULL},
				    .features_on = (char *[]){gro, NULL},
				    .udp_csum = UNKNOWN};
	const struct rule rule = {.id = id,
				  .exposed = &exposure,
				  .n_exposed = 1,
				  .turn_off = (char *[]){gro, NULL},
				  .required = (char *[]){gro, NULL},
				  .mode = RULE_TELL};
	struct rule_judgement judged = {.rule = &rule, .verdict = UNKNOWN};
	const struct judgement judgement = {.rules = &judged, .n_rules = 1};
	const struct agent_config config = {.nics_exposed = true};
	struct link_facts links[] = {sample_link(2, "eth0", "", UNKNOWN),
				     sample_link(3, "veth0", "veth", UNKNOWN)};
	struct plan plan;

	assert_int_equal(plan_init(NULL, &config, &judgement, &no_devices, NULL, &plan), 0);
	strcpy(links[0].driver, "virtio_net");
	strcpy(links[1].driver, "bnxt_en");
	assert_false(plan_needs_of_links(&plan, links, 2).features);
	strcpy(links[0].driver, "bnxt_en");
	assert_true(plan_needs_of_links(&plan, links, 2).features);
	assert_false(plan_needs_of_links(&plan, links + 1, 1).features);
	plan_clear(&plan);
	judged.verdict = ANSWER_NO;
	assert_int_equal(plan_init(NULL, &config, &judgement, &no_devices, NULL, &plan), 0);
	assert_false(plan_needs_of_links(&plan, links, 2).features);
	plan_clear(&plan);
}

/*
 * A rule that asks for a feature: until it is read the NIC may show it, then it does while the
 * feature is on or was turned off by the agent; a NIC that does not show it now stays in sight. One
 * that only advises exposes nothing, whatever is on.
 */
static void test_device_features(void **state)
{
	static char driver[] = "bnxt_en", gro[] = "rx-gro", id[] = "bnxt";
	static const struct {
		bool read;
		const char *active, *recorded;
		enum rule_mode mode;
		enum answer exposes;
		bool exposed, certain;
	} steps[] = {
		{false, "", "", RULE_TELL, ANSWER_UNKNOWN, true, false},
		{true, "rx-gro", "", RULE_TELL, ANSWER_YES, true, true},
		{true, "", "rx-gro", RULE_TELL, ANSWER_YES, true, true},
		{true, "sg", "", RULE_TELL, ANSWER_NO, false, false},
		{true, "rx-gro", "", RULE_ADVISE, ANSWER_YES, false, false},
	};
	struct device_facts device = {.ifindex = 3, .is_pci = ANSWER_UNKNOWN};
	const struct facts facts = {.devices_known = true, .devices = &device, .n_devices = 1};
	struct link_facts link = sample_link(3, "eth0", "", ANSWER_UNKNOWN);
	const struct agent_config config = {.nics_exposed = true};

	(void)state;
	strcpy(link.driver, driver);
	for (size_t i = 0; i < N_ELEMENTS(steps); i++) {
		struct exposure exposure = {.drivers = (char *[]){driver, NULL},
					    .features_on = (char *[]){gro, NULL},
					    .udp_csum = ANSWER_UNKNOWN};
		char *turn_off[] = {gro, NULL};
		struct rule rule = {.id = id,
				    .mode = steps[i].mode,
				    .exposed = &exposure,
				    .n_exposed = 1,
				    .turn_off = turn_off,
				    .required = turn_off};
		struct rule_judgement judged = {.rule = &rule, .verdict = ANSWER_YES};
		const struct judgement judgement = {.rules = &judged, .n_rules = 1};
		const struct featureset features = {.active = sample_mask(handle, steps[i].active)};
		const struct feature_mask recorded = sample_mask(handle, steps[i].recorded);
		const struct featureset *read = steps[i].read ? &features : NULL;
		struct link_plan asked;
		struct plan plan;

		assert_int_equal(plan_init(handle, &config, &judgement, &facts, NULL, &plan), 0);
		plan_link(&plan, &link, read, recorded, &asked);
		assert_int_equal(plan_rule_exposes(&plan, 0, &link, read, recorded, NULL),
				 steps[i].exposes);
		assert_int_equal(asked.all.exposed, steps[i].exposed);
		assert_features(handle, asked.all.required, steps[i].certain ? "rx-gro" : "");
		assert_true(asked.watched);
		plan_clear(&plan);
	}
}

/* Without TX checksums tunnels are segmented in software, whatever the kernel calls on. */
static void test_dead_segmentation(void **state)
{
	static char tunnel[] = "tx-udp_tnl-segmentation", sums[] = "tx-checksum-ip-generic";
	char *names[] = {tunnel, sums, NULL};
	struct exposure any = {.drivers = (char *[]){tunnel, NULL}, .udp_csum = UNKNOWN};
	struct exposure on = {.features_on = (char *[]){tunnel, NULL}, .udp_csum = UNKNOWN};
	struct device_facts device = {.ifindex = 2, .is_pci = UNKNOWN};
	const struct facts facts = {.devices_known = true, .devices = &device, .n_devices = 1};
	struct rule rules[] = {{.id = tunnel,
				.exposed = &any,
				.n_exposed = 1,
				.turn_off = names,
				.required = names},
			       {.id = tunnel,
				.exposed = &on,
				.n_exposed = 1,
				.turn_off = names,
				.required = names}};
	struct rule_judgement judged[] = {{.rule = &rules[0], .verdict = YES},
					  {.rule = &rules[1], .verdict = YES}};
	const struct judgement judgement = {.rules = judged, .n_rules = 2};
	const struct agent_config config = {.nics_exposed = true};
	struct link_facts link = sample_link(2, "eth0", "", UNKNOWN);

	strcpy(link.driver, tunnel);
	for (int with_sums = 0; with_sums <= 1; with_sums++) {
		const struct featureset features = {
			.active = sample_mask(handle, with_sums ? "tx-udp_tnl-segmentation tx"
								: "tx-udp_tnl-segmentation")};
		struct link_plan asked;
		struct plan plan;

		assert_int_equal(plan_init(handle, &config, &judgement, &facts, NULL, &plan), 0);
		plan_link(&plan, &link, &features, no_features, &asked);
		assert_true(asked.all.exposed);
		assert_features(handle, asked.acting.required,
				with_sums ? "tx-checksum-ip-generic tx-udp_tnl-segmentation"
					  : "tx-checksum-ip-generic");
		assert_int_equal(plan_rule_exposes(&plan, 1, &link, &features, no_features, NULL),
				 with_sums ? YES : NO);
		/* What was switched off by the agent was on. */
		assert_int_equal(plan_rule_exposes(&plan, 1, &link, &features,
						   sample_mask(handle, "tx-udp_tnl-segmentation"),
						   NULL),
				 YES);
		plan_clear(&plan);
	}
}

/* Which verdicts allow giving back. */
static void test_gives_back(void **state)
{
	static const struct {
		enum answer zero, udp;
		bool restore, turn_off_on_unknown, gives_back;
	} verdicts[] = {
		{NO, NO, true, false, true},	   {NO, NO, false, false, false},
		{YES, NO, true, false, true},	   {YES, NO, false, false, false},
		{NO, UNKNOWN, true, false, false}, {YES, UNKNOWN, true, false, false},
		{NO, UNKNOWN, true, true, true},   {NO, UNKNOWN, false, true, false},
	};

	for (size_t i = 0; i < N_ELEMENTS(verdicts); i++) {
		const struct agent_config config = {
			.nics = default_nics,
			.n_nics = 1,
			.restore_on_not_affected = verdicts[i].restore,
			.turn_off_on_unknown = verdicts[i].turn_off_on_unknown,
		};
		struct judged judged;
		struct plan plan;

		judge(&judged, verdicts[i].zero, verdicts[i].udp, ANSWER_NO);
		plan = make_plan(&config, &judged);
		assert_int_equal(plan_gives_back(&plan), verdicts[i].gives_back);
		plan_clear(&plan);
	}
}

static const struct {
	const char *what;
	const char *target, *changeable, *wanted, *active, *recorded;
	bool restore;
	const char *turn_off, *give_back, *is_back;
} todos[] = {
	{"all is still on", "rx tx-checksum-sctp", "rx tx sg", "rx tx sg", "rx tx sg", "", true,
	 "rx-checksum tx-checksum-sctp", "", ""},
	{"as wanted", "rx tx-checksum-sctp", "rx tx sg", "sg", "sg", "rx tx-checksum-sctp", true,
	 "", "", ""},
	{"off already, and nobody's wish", "rx", "rx tx", "", "", "", true, "", "", ""},
	{"fixed on: nothing to be done", "rx tx-checksum-sctp", "rx", "rx", "rx tx-checksum-sctp",
	 "", true, "rx-checksum", "", ""},
	{"fixed off", "rx", "sg", "sg", "sg", "", true, "", "", ""},
	{"off, but requested: it would come back", "rx", "rx", "rx", "", "", true, "rx-checksum",
	 "", ""},
	{"on, though not requested", "rx", "rx", "", "rx", "", true, "rx-checksum", "", ""},
	{"drift: turned on by somebody", "rx", "rx", "rx", "rx", "rx", true, "rx-checksum", "", ""},
	{"drift: requested by somebody", "rx", "rx", "rx", "", "rx", true, "rx-checksum", "", ""},
	{"no target any more", "", "rx tx sg", "sg", "sg", "rx tx-checksum-sctp", true, "",
	 "rx-checksum tx-checksum-sctp", ""},
	{"no target any more, to be left", "", "rx tx sg", "sg", "sg", "rx tx-checksum-sctp", false,
	 "", "", ""},
	{"one of two is no target any more", "rx", "rx tx sg", "sg", "sg", "rx tx-checksum-sctp",
	 true, "", "tx-checksum-sctp", ""},
	{"turned on by somebody since", "", "rx tx sg", "rx sg", "rx sg", "rx tx-checksum-sctp",
	 true, "", "tx-checksum-sctp", "rx-checksum"},
	{"all turned on by somebody, and nothing to be given back", "", "rx tx", "rx tx", "rx tx",
	 "rx tx-checksum-sctp", false, "", "", "rx-checksum tx-checksum-sctp"},
	{"one of two is no target any more, and both are on", "rx", "rx tx", "rx tx", "rx tx",
	 "rx tx-checksum-sctp", true, "rx-checksum", "", "tx-checksum-sctp"},
	{"on, and not recorded", "", "rx tx", "rx tx", "rx tx", "", true, "", "", ""},
	{"fixed meanwhile", "", "sg", "sg", "sg", "rx", true, "", "", ""},
	{"not ours: off, not recorded", "", "rx tx sg", "sg", "sg", "", true, "", "", ""},
};

static void test_todos(void **state)
{
	struct judged judged;

	judge(&judged, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	for (size_t i = 0; i < N_ELEMENTS(todos); i++) {
		const struct agent_config config = {
			.nics = default_nics,
			.n_nics = 1,
			.restore_on_not_affected = todos[i].restore,
		};
		const struct link_plan asked = {.target = sample_mask(handle, todos[i].target)};
		const struct featureset features = {
			.changeable = sample_mask(handle, todos[i].changeable),
			.wanted = sample_mask(handle, todos[i].wanted),
			.active = sample_mask(handle, todos[i].active),
		};
		struct plan plan = make_plan(&config, &judged);
		struct todo todo =
			plan_todo(&plan, &asked, &features, sample_mask(handle, todos[i].recorded));

		print_message("%s\n", todos[i].what);
		assert_features(handle, todo.turn_off, todos[i].turn_off);
		assert_features(handle, todo.give_back, todos[i].give_back);
		assert_features(handle, todo.is_back, todos[i].is_back);
		plan_clear(&plan);
	}
}

/* Nobody knows whether it is still needed: it stays off. */
static void test_unknown_gives_nothing_back(void **state)
{
	const struct agent_config config = {
		.nics = default_nics, .n_nics = 1, .restore_on_not_affected = true};
	const struct link_plan asked = {.selected = true};
	const struct featureset features = {.changeable = sample_mask(handle, "rx tx sg")};
	struct judged judged;
	struct todo todo;
	struct plan plan;

	judge(&judged, ANSWER_UNKNOWN, ANSWER_NO, ANSWER_NO);
	plan = make_plan(&config, &judged);
	todo = plan_todo(&plan, &asked, &features, sample_mask(handle, "rx"));
	assert_features(handle, todo.give_back, "");
	plan_clear(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_turn_off_override),
		cmocka_unit_test(test_unknown_features),
		cmocka_unit_test(test_unknown_feature_of_rule),
		cmocka_unit_test(test_without_kernel),
		cmocka_unit_test(test_no_rules),
		cmocka_unit_test(test_selects),
		cmocka_unit_test(test_selects_exposed),
		cmocka_unit_test(test_telling_rule),
		cmocka_unit_test(test_rule_not_looked_at),
		cmocka_unit_test(test_needs_drivers),
		cmocka_unit_test(test_needs_of_links),
		cmocka_unit_test(test_act_alone),
		cmocka_unit_test(test_dead_segmentation),
		cmocka_unit_test(test_device_features),
		cmocka_unit_test(test_gives_back),
		cmocka_unit_test(test_todos),
		cmocka_unit_test(test_unknown_gives_nothing_back),
	};

	return cmocka_run_group_tests(tests, open_handle, close_handle);
}
