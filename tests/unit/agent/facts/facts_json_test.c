/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/json.h"
#include "agent/facts/facts_json.h"
#include "agent/facts/facts_json_parse.h"
#include "cleanup.h"
#include "policy/facts.h"
#include "policy/file/diagnostics.h"
#include "policy/rule.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

/* Everything that facts can hold, once. */
static const char complete[] =
	"{\"schema\":1,"
	"\"node\":{\"name\":\"node-1\",\"addresses\":[\"192.0.2.1\",\"2001:db8::1\"]},"
	"\"kernel\":{\"release\":\"4.15.0-106-generic\",\"version\":\"#107-Ubuntu SMP\","
	"\"signature\":\"Ubuntu 4.15.0-106.107-generic 4.15.18\",\"base\":\"4.15.18\",\"frozen\":false,"
	"\"family\":\"ubuntu\",\"build\":\"106.107\",\"flavour\":\"generic\","
	"\"source\":\"/proc\"},"
	"\"measured\":{\"zero_checksum\":\"clean\",\"udp_checksum\":\"corrupt\","
	"\"source\":\"offload-agent probe\"},"
	"\"os\":{\"id\":\"ubuntu\",\"version_id\":\"18.04\",\"pretty_name\":\"Ubuntu "
	"\xc3\xa4\",\"source\":\"/etc/os-release\"},"
	"\"kubernetes\":{\"version\":\"v1.18.3\",\"component\":\"kube-proxy\","
	"\"source\":\"http\",\"present\":true,\"answers\":["
	"{\"component\":\"kube-proxy\",\"version\":\"v1.18.3\",\"source\":\"http\"},"
	"{\"component\":\"kubelet\",\"version\":null,\"source\":\"refused\"}]},"
	"\"nat_rules\":{\"read\":true,\"vulnerable\":\"yes\",\"absent\":false,\"reason\":\"KUBE-POSTROUTING rule 1\","
	"\"source\":\"/usr/sbin/iptables-nft-save\"},"
	"\"nat_seen\":{\"looked\":true,\"flows\":60,\"rewritten\":20,"
	"\"example\":\"192.0.2.1:40000 leaves as 192.0.2.1:2000\",\"reason\":null},"
	"\"machine\":{\"arch\":\"x86_64\",\"vendor\":\"VMware, Inc.\",\"product\":\"VMware7,1\","
	"\"model\":\"\",\"hypervisor\":\"vmware\",\"reason\":null,\"source\":\"/sys/class/dmi/id\"},"
	"\"links\":["
	"{\"name\":\"flannel.1\",\"ifindex\":7,\"kind\":\"vxlan\",\"driver\":\"vxlan\","
	"\"mac\":\"02:00:00:00:00:01\",\"udp_csum\":false,\"external\":true,\"port\":8472,"
	"\"lower\":0,\"master\":0,\"up\":true,\"has_device\":false},"
	"{\"name\":\"eth0\",\"ifindex\":1,\"kind\":null,\"driver\":null,\"mac\":null,"
	"\"udp_csum\":null,\"external\":false,\"port\":0,\"lower\":0,\"master\":9,\"up\":false,\"has_device\":true}],"
	"\"devices\":["
	"{\"ifindex\":1,\"bus\":\"pci\",\"is_pci\":true,\"pci\":\"15ad:07b0\","
	"\"pci_subsystem\":\"15ad:07b0\",\"driver_version\":\"1.7.0.0-k-NAPI\",\"firmware\":null,"
	"\"relations_known\":true,\"master_kind\":\"bridge\",\"master_is_device\":true,\"upper_kinds\":[\"vlan\"],"
	"\"carried_known\":true,\"carried\":["
	"{\"tunnel\":\"flannel.1\",\"kind\":\"vxlan\",\"port\":8472,\"udp_csum\":false,"
	"\"doubt\":null}],\"features_known\":true,"
	"\"features_on\":[\"rx-lro\"],\"features_changeable\":[\"rx-lro\",\"rx-gro-hw\"]}]}";

static const char unknown[] =
	"{\"schema\":1,"
	"\"node\":{\"name\":null,\"addresses\":[]},"
	"\"kernel\":{\"release\":null,\"version\":null,\"signature\":null,\"base\":null,\"frozen\":false,"
	"\"family\":null,\"build\":null,\"flavour\":null,\"source\":null},"
	"\"measured\":{\"zero_checksum\":\"unknown\",\"udp_checksum\":\"unknown\","
	"\"source\":null},"
	"\"os\":{\"id\":null,\"version_id\":null,\"pretty_name\":null,\"source\":null},"
	"\"kubernetes\":{\"version\":null,\"component\":null,\"source\":null,\"present\":null,"
	"\"answers\":[]},"
	"\"nat_rules\":{\"read\":false,\"vulnerable\":\"unknown\",\"absent\":false,\"reason\":null,"
	"\"source\":null},"
	"\"nat_seen\":{\"looked\":false,\"flows\":0,\"rewritten\":0,\"example\":null,"
	"\"reason\":null},"
	"\"machine\":{\"arch\":null,\"vendor\":null,\"product\":null,\"model\":null,"
	"\"hypervisor\":null,\"reason\":null,\"source\":null}}";

static void parse(const char *text, struct facts *facts)
{
	struct diagnostics diagnostics = {0};
	int result = facts_json_parse(text, strlen(text), "f", &diagnostics, facts);

	if (result != 0)
		fail_msg("%s: %d: %s", text, result,
			 diagnostics.n_texts ? diagnostics.texts[0] : "no diagnostic");
	assert_int_equal(diagnostics.n_texts, 0);
}

static char *build(const struct facts *facts, const struct rules *rules)
{
	_cleanup_free_ char *printed = NULL;
	json_t *json;
	char *text;

	assert_int_equal(facts_json_print(facts, rules, &printed), 0);
	json = json_loads(printed, JSON_REJECT_DUPLICATES, NULL);
	text = json_dumps(json, JSON_COMPACT);

	assert_non_null(text);
	json_decref(json);
	return text;
}

static void test_round_trip(void **state)
{
	static const char *const texts[] = {complete, unknown};

	for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
		_cleanup_free_ char *text = NULL;
		struct facts facts = {0};

		parse(texts[i], &facts);
		text = build(&facts, NULL);
		assert_string_equal(text, texts[i]);
		facts_clear(&facts);
	}
}

static void test_values(void **state)
{
	struct facts facts = {0};

	parse(complete, &facts);
	assert_string_equal(facts.node.name, "node-1");
	assert_string_equal(facts.node.addresses[1], "2001:db8::1");
	assert_string_equal(facts.kernel.flavour, "generic");
	assert_int_equal(facts.measured.zero_checksum, ANSWER_NO);
	assert_int_equal(facts.measured.udp_checksum, ANSWER_YES);
	assert_string_equal(facts.measured.source, "offload-agent probe");
	assert_string_equal(facts.os.pretty_name, "Ubuntu \xc3\xa4");
	assert_int_equal(facts.kubernetes.present, ANSWER_YES);
	assert_int_equal(facts.kubernetes.n_answers, 2);
	assert_null(facts.kubernetes.answers[1].version);
	assert_string_equal(facts.kubernetes.answers[1].component, "kubelet");
	assert_true(facts.nat_rules.read);
	assert_int_equal(facts.nat_rules.vulnerable, ANSWER_YES);
	assert_string_equal(facts.nat_rules.source, "/usr/sbin/iptables-nft-save");
	assert_true(facts.nat_seen.looked);
	assert_int_equal(facts.nat_seen.flows, 60);
	assert_int_equal(facts.nat_seen.rewritten, 20);
	assert_string_equal(facts.nat_seen.example, "192.0.2.1:40000 leaves as 192.0.2.1:2000");
	assert_true(facts.links_known);
	assert_int_equal(facts.n_links, 2);
	assert_string_equal(facts.links[0].name, "flannel.1");
	assert_int_equal(facts.links[0].ifindex, 7);
	assert_int_equal(facts.links[0].udp_csum, ANSWER_NO);
	assert_true(facts.links[0].external);
	assert_string_equal(facts.links[1].kind, "");
	assert_int_equal(facts.links[1].udp_csum, ANSWER_UNKNOWN);
	assert_int_equal(facts.links[1].master, 9);
	assert_string_equal(facts.machine.hypervisor, "vmware");
	assert_string_equal(facts.machine.model, "");
	assert_true(facts.devices_known);
	assert_ptr_equal(facts_device(&facts, 1), &facts.devices[0]);
	assert_null(facts_device(&facts, 7));
	assert_int_equal(facts.devices[0].is_pci, ANSWER_YES);
	assert_int_equal(facts.devices[0].carried[0].udp_csum, ANSWER_NO);
	assert_string_equal(facts.devices[0].features_changeable[1], "rx-gro-hw");
	facts_clear(&facts);
}

/* Not measured: no source. Facts that are written by hand need not have one. */
static void test_measured(void **state)
{
	static const struct {
		const char *text;
		enum answer zero_checksum, udp_checksum; /* looked at when there is a source */
		const char *source;
	} cases[] = {
		{"{}", ANSWER_UNKNOWN, ANSWER_UNKNOWN, NULL},
		{"{\"measured\":null}", ANSWER_UNKNOWN, ANSWER_UNKNOWN, NULL},
		{"{\"measured\":{}}", ANSWER_UNKNOWN, ANSWER_UNKNOWN, NULL},
		{"{\"measured\":{\"zero_checksum\":\"unknown\"}}", ANSWER_UNKNOWN, ANSWER_UNKNOWN,
		 NULL},
		{"{\"measured\":{\"zero_checksum\":\"clean\"}}", ANSWER_NO, ANSWER_UNKNOWN, "f"},
		{"{\"measured\":{\"udp_checksum\":\"corrupt\",\"zero_checksum\":null}}",
		 ANSWER_UNKNOWN, ANSWER_YES, "f"},
		{"{\"measured\":{\"source\":\"no privilege\"}}", ANSWER_UNKNOWN, ANSWER_UNKNOWN,
		 "no privilege"},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct facts facts = {0};

		parse(cases[i].text, &facts);
		if (!cases[i].source) {
			assert_null(facts.measured.source);
			continue;
		}
		assert_string_equal(facts.measured.source, cases[i].source);
		assert_int_equal(facts.measured.zero_checksum, cases[i].zero_checksum);
		assert_int_equal(facts.measured.udp_checksum, cases[i].udp_checksum);
		facts_clear(&facts);
	}
}

static void test_only_what_is_known(void **state)
{
	static const struct {
		const char *text;
		enum answer present;
		const char *base; /* NULL: not looked at */
		bool links_known;
	} cases[] = {
		{"{}", ANSWER_UNKNOWN, NULL, false},
		{" \n{ }\n", ANSWER_UNKNOWN, NULL, false},
		{"{\"kernel\":null,\"os\":null,\"kubernetes\":null,\"links\":null,\"schema\":null}",
		 ANSWER_UNKNOWN, NULL, false},
		{"{\"kubernetes\":{}}", ANSWER_UNKNOWN, NULL, false},
		{"{\"nat_rules\":null}", ANSWER_UNKNOWN, NULL, false},
		{"{\"nat_rules\":{\"read\":null,\"vulnerable\":null,\"reason\":null}}",
		 ANSWER_UNKNOWN, NULL, false},
		{"{\"kubernetes\":{\"present\":false}}", ANSWER_NO, NULL, false},
		{"{\"kubernetes\":{\"version\":\"v1.18.3\"}}", ANSWER_YES, NULL, false},
		{"{\"kubernetes\":{\"present\":null,\"version\":\"v1.18.3\"}}", ANSWER_YES, NULL,
		 false},
		{"{\"kubernetes\":{\"answers\":[{}]}}", ANSWER_UNKNOWN, NULL, false},
		{"{\"kernel\":{\"release\":\"4.19.118\"}}", ANSWER_UNKNOWN, "4.19.118", false},
		{"{\"kernel\":{\"release\":\"4.19.0-9-amd64\","
		 "\"version\":\"#1 SMP Debian 4.19.118-2 (2020-04-29)\"}}",
		 ANSWER_UNKNOWN, "4.19.118", false},
		{"{\"kernel\":{\"release\":\"4.19.118\",\"base\":\"4.19.1\"}}", ANSWER_UNKNOWN,
		 "4.19.1", false},
		{"{\"links\":[]}", ANSWER_UNKNOWN, NULL, true},
		{"{\"links\":[{}]}", ANSWER_UNKNOWN, NULL, true},
		{"{\"links\":[{\"name\":\"123456789012345\",\"exposed_by\":[\"a\",\"b\"]}]}",
		 ANSWER_UNKNOWN, NULL, true},
		{"{\"links\":[{\"exposed_by\":null,\"external\":null,\"ifindex\":null}]}",
		 ANSWER_UNKNOWN, NULL, true},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct facts facts = {0};

		parse(cases[i].text, &facts);
		assert_int_equal(facts.kubernetes.present, cases[i].present);
		assert_int_equal(facts.links_known, cases[i].links_known);
		if (cases[i].base)
			assert_string_equal(facts.kernel.base, cases[i].base);
		facts_clear(&facts);
	}
}

static void assert_refused(const char *text, size_t size, const char *diagnostic)
{
	struct diagnostics diagnostics = {0};
	struct facts facts = {0};
	int result = facts_json_parse(text, size, "f", &diagnostics, &facts);

	if (result != -EBADMSG || diagnostics.n_texts != 1)
		fail_msg("%s: %d, %zu diagnostics", text, result, diagnostics.n_texts);
	if (strncmp(diagnostics.texts[0], diagnostic, strlen(diagnostic)) != 0)
		fail_msg("%s: %s", text, diagnostics.texts[0]);
	for (const char *byte = diagnostics.texts[0]; *byte; byte++)
		assert_true(*byte >= ' ' && *byte < 0x7f);
	assert_null(facts.kernel.release);
	assert_null(facts.links);
	diagnostics_clear(&diagnostics);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *diagnostic; /* how it begins */
	} cases[] = {
		{"", "f: is empty"},
		{" ", "f:1: "},
		{"{", "f:1: "},
		{"{\n\n\"kernel\":", "f:3: "},
		{"{}}", "f:1: end of file expected"},
		{"{\"kernel\":{},\n\"kernel\":{}}", "f:2: duplicate object key"},
		{"[]", "f: must be a JSON object"},
		{"\377\376", "f:1: "},
		{"{\"a\xff\":1}", "f:1: unable to decode byte 0xff"},
		{"{\"os\":{\"id\":\"a\033\"}}", "f:1: control character 0x1b"},
		{"{\"os\":{\"id\":\"a\\u0000\"}}", "f:1: \\u0000 is not allowed"},
		{"{\"os\":{\"id\":\"a\\u001b[31m\"}}",
		 "f: os.id: must not hold control characters: \"a\\x1b[31m\""},
		{"{\"os\":{\"id\":\"a\\u007f\"}}",
		 "f: os.id: must not hold control characters: \"a\\x7f\""},
		{"{\"os\":{\"id\":\"a\\u009b\"}}",
		 "f: os.id: must not hold control characters: \"a\\xc2\\x9b\""},
		{"{\"schema\":2}", "f: schema: must be 1"},
		{"{\"schema\":\"1\"}", "f: schema: must be 1"},
		{"{\"kernels\":{}}", "f: kernels: unknown key"},
		{"{\"a\\u001b\":{}}", "f: a\\x1b: unknown key"},
		{"{\"kernel\":[]}", "f: kernel: must be an object"},
		{"{\"kernel\":{\"release\":1}}", "f: kernel.release: must be a string"},
		{"{\"kernel\":{\"name\":\"a\"}}", "f: kernel.name: unknown key"},
		{"{\"measured\":[]}", "f: measured: must be an object"},
		{"{\"measured\":{\"zero_checksum\":false}}",
		 "f: measured.zero_checksum: must be \"corrupt\", \"clean\" or \"unknown\""},
		{"{\"measured\":{\"udp_checksum\":\"fine\"}}",
		 "f: measured.udp_checksum: must be \"corrupt\", \"clean\" or \"unknown\""},
		{"{\"measured\":{\"source\":1}}", "f: measured.source: must be a string"},
		{"{\"measured\":{\"checksum\":\"clean\"}}", "f: measured.checksum: unknown key"},
		{"{\"os\":\"debian\"}", "f: os: must be an object"},
		{"{\"os\":{\"id\":true}}", "f: os.id: must be a string"},
		{"{\"kubernetes\":\"v1\"}", "f: kubernetes: must be an object"},
		{"{\"kubernetes\":{\"present\":\"yes\"}}",
		 "f: kubernetes.present: must be true, false or null"},
		{"{\"kubernetes\":{\"version\":1.18}}", "f: kubernetes.version: must be a string"},
		{"{\"kubernetes\":{\"node\":1}}", "f: kubernetes.node: unknown key"},
		{"{\"kubernetes\":{\"answers\":{}}}",
		 "f: kubernetes.answers: must be a list of objects"},
		{"{\"kubernetes\":{\"answers\":[{},1]}}",
		 "f: kubernetes.answers[1]: must be an object"},
		{"{\"kubernetes\":{\"answers\":[{\"version\":1}]}}",
		 "f: kubernetes.answers[0].version: must be a string"},
		{"{\"nat_rules\":1}", "f: nat_rules: must be an object"},
		{"{\"nat_seen\":{\"flows\":-1}}",
		 "f: nat_seen.flows: must be a number from 0 to 2147483647"},
		{"{\"nat_rules\":{\"read\":\"yes\"}}",
		 "f: nat_rules.read: must be true, false or null"},
		{"{\"nat_rules\":{\"vulnerable\":true}}",
		 "f: nat_rules.vulnerable: must be \"yes\", \"no\" or \"unknown\""},
		{"{\"nat_rules\":{\"vulnerable\":\"maybe\"}}",
		 "f: nat_rules.vulnerable: must be \"yes\", \"no\" or \"unknown\""},
		{"{\"nat_rules\":{\"reason\":1}}", "f: nat_rules.reason: must be a string"},
		{"{\"nat_rules\":{\"rules\":1}}", "f: nat_rules.rules: unknown key"},
		{"{\"links\":{}}", "f: links: must be a list of objects"},
		{"{\"devices\":[{\"upper_kinds\":\"vlan\"}]}",
		 "f: devices[0].upper_kinds: must be a list of strings"},
		{"{\"devices\":[{\"features_on\":[1]}]}",
		 "f: devices[0].features_on: must be a list of strings"},
		{"{\"devices\":[{\"pci\":\"8086:15bb:1\"}]}", "f: devices[0].pci: is too long"},
		{"{\"machine\":[]}", "f: machine: must be an object"},
		{"{\"links\":[null]}", "f: links[0]: must be an object"},
		{"{\"links\":[{},{\"name\":1}]}", "f: links[1].name: must be a string"},
		{"{\"links\":[{\"name\":\"1234567890123456\"}]}", "f: links[0].name: is too long"},
		{"{\"links\":[{\"ifindex\":-1}]}", "f: links[0].ifindex: must be a number from 0"},
		{"{\"links\":[{\"ifindex\":2147483648}]}", "f: links[0].ifindex: must be a number"},
		{"{\"links\":[{\"ifindex\":1.5}]}", "f: links[0].ifindex: must be a number"},
		{"{\"links\":[{\"ifindex\":99999999999999999999}]}", "f:1: "},
		{"{\"links\":[{\"udp_csum\":0}]}",
		 "f: links[0].udp_csum: must be true, false or null"},
		{"{\"links\":[{\"external\":1}]}",
		 "f: links[0].external: must be true, false or null"},
		{"{\"links\":[{\"exposed_by\":\"a\"}]}",
		 "f: links[0].exposed_by: must be a list of strings"},
		{"{\"links\":[{\"exposed_by\":[1]}]}",
		 "f: links[0].exposed_by: must be a list of strings"},
		{"{\"links\":[{\"mtu\":1500}]}", "f: links[0].mtu: unknown key"},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++)
		assert_refused(cases[i].text, strlen(cases[i].text), cases[i].diagnostic);
	assert_refused("{}\0", 3, "f:1: ");
	assert_refused("{\"os\":{\"id\":\"a\0\"}}", 17, "f:1: ");
}

static void test_too_large_and_too_deep(void **state)
{
	const size_t size = 4 * 1024 * 1024 + 1;
	_cleanup_free_ char *text = malloc(size);

	memset(text, ' ', size);
	text[0] = '{';
	text[1] = '}';
	assert_refused(text, size, "f: is larger than 4 MiB");
	memset(text, '[', size);
	assert_refused(text, size - 1, "f:1: maximum parsing depth reached");
}

/* Cut off anywhere, it is refused with one line. */
static void test_truncated(void **state)
{
	for (size_t size = 0; size < strlen(complete); size++) {
		_cleanup_free_ char *exact = malloc(size ? size : 1);

		memcpy(exact, complete, size);
		assert_refused(exact, size, "f");
	}
}

static void test_exposed_by(void **state)
{
	char id_a[] = "rule-a", id_b[] = "rule-b", vxlan[] = "vxlan";
	struct rule list[] = {
		{.id = id_a,
		 .exposed = (struct exposure[]){{.kinds = (char *[]){vxlan, NULL},
						 .udp_csum = ANSWER_NO}},
		 .n_exposed = 1},
		{.id = id_b,
		 .exposed = (struct exposure[]){{.kinds = (char *[]){vxlan, NULL},
						 .udp_csum = ANSWER_YES}},
		 .n_exposed = 1},
	};
	const struct rules rules = {.rules = list, .n_rules = 2};
	struct link_facts links[] = {
		{.name = "a", .ifindex = 1, .kind = "vxlan", .udp_csum = ANSWER_NO},
		{.name = "b", .ifindex = 2, .kind = "vxlan", .udp_csum = ANSWER_UNKNOWN},
		{.name = "c", .ifindex = 3, .udp_csum = ANSWER_UNKNOWN},
	};
	const struct facts facts = {
		.kubernetes.present = ANSWER_UNKNOWN,
		.links_known = true,
		.links = links,
		.n_links = 3,
	};
	_cleanup_free_ char *text = build(&facts, &rules);
	struct facts again = {0};

	assert_non_null(strstr(text,
			       "\"name\":\"a\",\"ifindex\":1,\"kind\":\"vxlan\","
			       "\"driver\":null,\"mac\":null,\"udp_csum\":false,"
			       "\"external\":false,\"port\":0,\"lower\":0,\"master\":0,"
			       "\"up\":false,\"has_device\":false,\"exposed_by\":[\"rule-a\"]}"));
	assert_non_null(strstr(text, "\"exposed_by\":[\"rule-a\",\"rule-b\"]}"));
	assert_non_null(strstr(text, "\"exposed_by\":[]}"));
	parse(text, &again);
	assert_int_equal(again.n_links, 3);
	facts_clear(&again);
}

/* Whatever was detected, what is built can be read again. */
static void test_odd_strings(void **state)
{
	char release[] = "4.19\033[31m\n", id[] = "\377\376", pretty[] = "a\xc2\x9b\"\\";
	struct link_facts link = {.name = "\001\377eth\"0\\", .udp_csum = ANSWER_UNKNOWN};
	const struct facts facts = {
		.kernel.release = release,
		.os = {.id = id, .pretty_name = pretty},
		.kubernetes.present = ANSWER_UNKNOWN,
		.links_known = true,
		.links = &link,
		.n_links = 1,
	};
	_cleanup_free_ char *text = build(&facts, NULL);
	struct facts again = {0};

	parse(text, &again);
	assert_string_equal(again.kernel.release, "4.19?[31m?");
	assert_string_equal(again.os.id, "??");
	assert_string_equal(again.links[0].name, "??eth\"0\\");
	facts_clear(&again);
}

/* Connection tracking counts anew at each look: only whether any flow was rewritten is a change. */
static void test_equal_but_for_counts(void **state)
{
	struct facts one = {.nat_seen = {.looked = true, .flows = 60, .rewritten = 20}};
	struct facts other = {.nat_seen = {.looked = true, .flows = 7, .rewritten = 1}};
	char name[] = "node-1";

	assert_true(facts_json_equal(&one, &other));
	other.node.name = name;
	assert_true(facts_json_equal(&one, &other));
	other.nat_seen.rewritten = 0;
	assert_false(facts_json_equal(&one, &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),  cmocka_unit_test(test_values),
		cmocka_unit_test(test_measured),    cmocka_unit_test(test_only_what_is_known),
		cmocka_unit_test(test_refused),	    cmocka_unit_test(test_too_large_and_too_deep),
		cmocka_unit_test(test_truncated),   cmocka_unit_test(test_exposed_by),
		cmocka_unit_test(test_odd_strings), cmocka_unit_test(test_equal_but_for_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
