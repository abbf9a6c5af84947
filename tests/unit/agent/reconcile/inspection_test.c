/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One look at the node, as far as no detection is needed: configuration and rules, a facts file,
 * the bookkeeping of NICs, and the running kernel's NICs in namespaces of the test's own.
 */
#include "agent/base/exit_code.h"
#include "agent/links/network_namespace.h"
#include "agent/reconcile/inspection.h"
#include "agent/reconcile/sources.h"
#include "cleanup.h"
#include "tests/unit/agent/folder.h"
#include "tests/unit/agent/private_run.h"
#include "tests/unit/agent/scene.h"
#include "tests/unit/ethtool_nl/live_links.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define RULES "/run/rules"

/* So many files are in it. */
#define SHIPPED 13

static struct folder folder;
static char config_path[128], facts_path[128];

static int setup(void **state)
{
	folder_make(&folder);
	snprintf(config_path, sizeof(config_path), "%s/agent.conf", folder.path);
	snprintf(facts_path, sizeof(facts_path), "%s/facts.json", folder.path);
	folder_write(&folder, "agent.conf", "", 0);
	return 0;
}

static int teardown(void **state)
{
	folder_remove(&folder);
	return 0;
}

static struct sources make_sources(void)
{
	return (struct sources){.config = config_path, .rules = RULES, .facts = facts_path};
}

static void write_text(const char *name, const char *text)
{
	folder_write(&folder, name, text, strlen(text));
}

/* Calls of the inspection say on standard error what is wrong: what that was, and how many lines.
 */
struct said {
	int real_stderr;
	FILE *file;
	char text[4096];
	size_t n_lines;
};

static void said_begin(struct said *said)
{
	*said = (struct said){.real_stderr = dup(STDERR_FILENO), .file = tmpfile()};
	assert_non_null(said->file);
	assert_true(said->real_stderr >= 0);
	assert_true(dup2(fileno(said->file), STDERR_FILENO) >= 0);
}

static void said_end(struct said *said)
{
	assert_true(dup2(said->real_stderr, STDERR_FILENO) >= 0);
	close(said->real_stderr);
	rewind(said->file);
	said->text[fread(said->text, 1, sizeof(said->text) - 1, said->file)] = '\0';
	fclose(said->file);
	for (const char *byte = said->text; *byte; byte++)
		said->n_lines += *byte == '\n';
}

static void test_load(void **state)
{
	_cleanup_(policy_in_force_clear) struct policy_in_force policy = {.plan = {0}};
	struct sources sources = make_sources();

	write_text("agent.conf", "sweep = 7;\n");
	assert_int_equal(policy_in_force_load(&sources, &policy), 0);
	assert_int_equal(policy.config.sweep, 7);
	assert_int_equal(policy.rules.n_rules, SHIPPED);
}

/* Faults of configuration and rules are told together, a line each. */
static void test_load_faults(void **state)
{
	_cleanup_(policy_in_force_clear) struct policy_in_force policy = {.plan = {0}};
	struct sources sources = make_sources();
	struct said said;
	int result;

	write_text("agent.conf", "sleep = 7;\nsweep = -1;\n");
	sources.rules = folder.path;
	write_text("bad.rules", "rule = 7;\n");
	said_begin(&said);
	result = policy_in_force_load(&sources, &policy);
	said_end(&said);
	assert_int_equal(result, EXIT_CODE_BAD_INPUT);
	assert_int_equal(said.n_lines, 3);
	assert_non_null(strstr(said.text, "/agent.conf:1: sleep"));
	assert_non_null(strstr(said.text, "/agent.conf:2: sweep"));
	assert_non_null(strstr(said.text, "/bad.rules:1: "));
	assert_int_equal(policy.config.n_nics, 0);
	assert_int_equal(policy.rules.n_rules, 0);
}

static void test_load_config(void **state)
{
	_cleanup_(policy_in_force_clear) struct policy_in_force policy = {.plan = {0}};
	struct sources sources = make_sources();
	struct said said;
	int result;

	sources.config = "/run/no-such.conf";
	said_begin(&said);
	result = policy_in_force_load_config(&sources, &policy);
	said_end(&said);
	assert_int_equal(result, EXIT_CODE_BAD_INPUT);
	assert_string_equal(said.text, "offload-agent: /run/no-such.conf: no such file\n");
}

/* Options come before the configuration. */
static void test_detection(void **state)
{
	static char version[] = "v1.18.3", kubelet[] = "/usr/bin/kubelet";
	static char proxy_metrics[] = "127.0.0.1:10249";
	const struct sources given = {.detection = {.root = "/host",
						    .kubernetes_version = "v1.19.0",
						    .kernel_release = "5.4.0",
						    .kubelet = "/opt/kubelet",
						    .proxy_metrics = "127.0.0.1:1"}};
	static char id[] = "nat";
	struct rule rule = {.id = id, .nat = true, .mode = RULE_TELL};
	struct policy_in_force policy = {.config = {.kubernetes_version = version,
						    .kubelet = kubelet,
						    .proxy_metrics = proxy_metrics}};
	const struct sources nothing = {.detection = {.nat_rules = false}};
	const struct sources curious = {.detection = {.nat_rules = true}};
	struct detect_options detection;

	detection = policy_in_force_detection(&policy, &nothing);
	assert_false(detection.nat_rules);
	assert_null(detection.root);
	assert_null(detection.kernel_release);
	assert_string_equal(detection.kubernetes_version, version);
	assert_string_equal(detection.kubelet, kubelet);
	assert_string_equal(detection.proxy_metrics, proxy_metrics);
	assert_true(policy_in_force_detection(&policy, &curious).nat_rules);
	policy.rules = (struct rules){.rules = &rule, .n_rules = 1};
	detection = policy_in_force_detection(&policy, &given);
	assert_true(detection.nat_rules);
	assert_string_equal(detection.root, "/host");
	assert_string_equal(detection.kernel_release, "5.4.0");
	assert_string_equal(detection.kubernetes_version, "v1.19.0");
	assert_string_equal(detection.kubelet, "/opt/kubelet");
	assert_string_equal(detection.proxy_metrics, "127.0.0.1:1");
}

static const char affected_facts[] =
	"{\"kernel\":{\"release\":\"4.19.118\"},\"kubernetes\":{\"version\":\"v1.18.3\"},"
	"\"links\":["
	"{\"name\":\"vxlan.calico\",\"ifindex\":9,\"kind\":\"vxlan\",\"udp_csum\":true},"
	"{\"name\":\"eth0\",\"ifindex\":2},"
	"{\"name\":\"flannel.1\",\"ifindex\":4,\"kind\":\"vxlan\",\"udp_csum\":false}]}";

/* A facts file stands for the node: the verdict, and those of its NICs that concern the agent. */
static void test_facts_file(void **state)
{
	_cleanup_(inspection_clear) struct inspection inspection = {0};
	struct sources sources = make_sources();

	write_text("facts.json", affected_facts);
	assert_int_equal(inspection_judge(&sources, -1, &inspection, NULL), 0);
	assert_int_equal(inspection.policy->judgement.verdict, ANSWER_YES);
	assert_int_equal(inspection.policy->judgement.n_rules, SHIPPED);
	assert_int_equal(inspection_take_links(&inspection), 0);
	assert_int_equal(inspection.nics.n_nics, 2);
	assert_string_equal(inspection.nics.nics[0].link.name, "flannel.1");
	assert_string_equal(inspection.nics.nics[1].link.name, "vxlan.calico");
	assert_int_equal(inspection.nics.nics[0].error, -ENODATA);
	assert_true(inspection.nics.nics[0].plan.all.exposed);
	assert_true(inspection.nics.nics[1].plan.all.exposed);
}

static void test_bad_facts(void **state)
{
	static const char *const texts[] = {
		"", "{", "[]", "{\"kernel\":7}", "{\"links\":[{\"name\":7}]}", "\377\376"};

	for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
		_cleanup_(inspection_clear) struct inspection inspection = {0};
		struct sources sources = make_sources();
		struct said said;
		int result;

		write_text("facts.json", texts[i]);
		said_begin(&said);
		result = inspection_judge(&sources, -1, &inspection, NULL);
		said_end(&said);
		assert_int_equal(result, EXIT_CODE_BAD_INPUT);
		assert_int_equal(said.n_lines, 1);
		assert_non_null(strstr(said.text, facts_path));
	}
}

static void test_unreadable_facts(void **state)
{
	_cleanup_(inspection_clear) struct inspection inspection = {0};
	struct sources sources = make_sources();
	struct said said;
	int missing, huge;

	said_begin(&said);
	missing = inspection_judge(&sources, -1, &inspection, NULL);
	inspection_clear(&inspection);
	write_text("facts.json", "{");
	assert_int_equal(truncate(facts_path, 1 << 30), 0);
	huge = inspection_judge(&sources, -1, &inspection, NULL);
	said_end(&said);
	assert_int_equal(missing, EXIT_CODE_BAD_INPUT);
	assert_int_equal(huge, EXIT_CODE_BAD_INPUT);
	assert_int_equal(said.n_lines, 2);
	assert_non_null(strstr(said.text, "facts.json: cannot be read: No such file"));
	assert_non_null(strstr(said.text, "facts.json: cannot be read: File too large"));
}

/* NICs stay in the order of their ifindex, whatever the order in which they come and go. */
static void test_add_and_remove(void **state)
{
	static const unsigned int order[] = {5, 2, 9, 3};
	struct scene scene;
	struct inspection *inspection = &scene.inspection;
	struct link_facts bridge = sample_link(7, "cni0", "bridge", ANSWER_UNKNOWN);
	struct nic *nic = (struct nic *)&scene;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	for (size_t i = 0; i < N_ELEMENTS(order); i++)
		assert_int_equal(
			scene_add(&scene, order[i], "flannel.1", "vxlan", ANSWER_NO)->link.ifindex,
			order[i]);
	/* one that does not concern the agent */
	assert_int_equal(
		nics_add(&inspection->nics, &scene.policy.plan, &scene.record, &bridge, &nic), 0);
	assert_null(nic);
	assert_int_equal(inspection->nics.n_nics, 4);
	for (size_t i = 1; i < inspection->nics.n_nics; i++)
		assert_true(inspection->nics.nics[i - 1].link.ifindex <
			    inspection->nics.nics[i].link.ifindex);
	assert_null(nics_find(&inspection->nics, 1));
	assert_null(nics_find(&inspection->nics, 7));
	assert_null(nics_find(&inspection->nics, 10));
	assert_int_equal(nics_find(&inspection->nics, 9)->link.ifindex, 9);

	nics_remove(&inspection->nics, nics_find(&inspection->nics, 3));
	nics_remove(&inspection->nics, nics_find(&inspection->nics, 9));
	assert_null(nics_find(&inspection->nics, 3));
	assert_null(nics_find(&inspection->nics, 9));
	assert_int_equal(inspection->nics.n_nics, 2);
	assert_int_equal(inspection->nics.nics[0].link.ifindex, 2);
	assert_int_equal(inspection->nics.nics[1].link.ifindex, 5);
	scene_clear(&scene);
}

/* What is recorded concerns the agent although nothing else does, whatever it is called. */
static void test_recorded_nic(void **state)
{
	struct scene scene;
	struct inspection *inspection = &scene.inspection;
	struct link_facts bridge = sample_link(7, "cni0", "bridge", ANSWER_UNKNOWN);
	struct link_facts renamed = bridge;
	struct changed_nic entry;
	struct nic *nic = NULL;

	scene_make(&scene, ANSWER_NO, ANSWER_NO, ANSWER_NO);
	entry = changes_entry(&scene.record.changes, inspection->network_namespace, &bridge,
			      sample_mask(inspection->handle, "rx"));
	assert_int_equal(changes_put(&scene.record.changes, &entry), 0);
	assert_int_equal(
		nics_add(&inspection->nics, &scene.policy.plan, &scene.record, &bridge, &nic), 0);
	assert_non_null(nic);
	assert_features(inspection->handle, nic->recorded, "rx-checksum");
	assert_false(nic->plan.selected);
	strcpy(renamed.name, "br0");
	strcpy(renamed.mac, "02:00:00:00:00:99");
	nics_plan_one(nic, &scene.policy.plan, &scene.record, &renamed);
	assert_features(inspection->handle, nic->recorded, "rx-checksum");
	/* gone */
	changes_leave(&scene.record.changes, 7);
	nics_plan_one(nic, &scene.policy.plan, &scene.record, &renamed);
	assert_features(inspection->handle, nic->recorded, "");
	scene_clear(&scene);
}

static void test_read_features(void **state)
{
	struct scene scene;
	struct inspection *inspection = &scene.inspection;
	struct nic *nics[3];

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	for (unsigned int i = 0; i < 3; i++)
		scene_add(&scene, 3 + i, "flannel.1", "vxlan", ANSWER_NO);
	scene.devices[0].features.active = sample_mask(inspection->handle, "sg");
	scene.devices[1].ifindex = 0;
	scene.devices[2].read_error = -EOPNOTSUPP;
	for (unsigned int i = 0; i < 3; i++)
		nics[i] = &inspection->nics.nics[i];
	assert_int_equal(nics_read(inspection->handle, nics, 3), 0);
	assert_int_equal(inspection->nics.nics[0].error, 0);
	assert_features(inspection->handle, inspection->nics.nics[0].features.active,
			"tx-scatter-gather");
	assert_int_equal(inspection->nics.nics[1].error, -ENODEV);
	assert_int_equal(inspection->nics.nics[2].error, -EOPNOTSUPP);
	/* and when it can be read again, it is read again */
	scene.devices[2].read_error = 0;
	assert_int_equal(nics_read(inspection->handle, &nics[2], 1), 0);
	assert_int_equal(inspection->nics.nics[2].error, 0);
	scene_clear(&scene);
}

/* A NIC that could not be read has nothing to be done, whatever was planned before. */
static void test_plan_todos(void **state)
{
	struct scene scene;
	struct inspection *inspection = &scene.inspection;

	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	scene_add(&scene, 4, "flannel.2", "vxlan", ANSWER_NO);
	inspection_plan_todos(inspection);
	assert_features(inspection->handle, inspection->nics.nics[0].todo.turn_off,
			"tx-checksum-ip-generic rx-checksum tx-checksum-sctp");
	inspection->nics.nics[0].error = -EIO;
	inspection_plan_todos(inspection);
	assert_false(nic_has_todo(&inspection->nics.nics[0]));
	assert_true(nic_has_todo(&inspection->nics.nics[1]));
	scene_clear(&scene);
}

static size_t count_exposed(const struct inspection *inspection)
{
	size_t count = 0;

	for (size_t i = 0; i < inspection->nics.n_nics; i++)
		count += inspection->nics.nics[i].plan.all.exposed;
	return count;
}

/* The running kernel's NICs, by the back end that it offers: twice, and a NIC comes meanwhile. */
static void test_look(void **state)
{
	_cleanup_(inspection_clear) struct inspection inspection = {0};
	struct sources sources = make_sources();
	struct network_namespace network_namespace = {0};
	const struct nic *nic;

	write_text("facts.json", affected_facts);
	assert_true(live_run("ip link add vxlan0 type vxlan id 1 dstport 4789 noudpcsum && "
			     "ip link add bridge0 type bridge"));
	assert_int_equal(inspection_judge(&sources, -1, &inspection, NULL), 0);
	assert_int_equal(inspection_look(&sources, folder.fd, &inspection), 0);
	assert_true(inspection.policy->facts.links_known);
	assert_true(inspection.policy->facts.n_links >= 3);
	assert_int_equal(network_namespace_read(&network_namespace), 0);
	assert_true(network_namespace_equal(inspection.network_namespace, network_namespace));
	assert_int_equal(inspection.nics.n_nics, 1);
	nic = nics_find(&inspection.nics, if_nametoindex("vxlan0"));
	assert_non_null(nic);
	assert_int_equal(nic->error, 0);
	assert_string_equal(nic->link.driver, "vxlan");
	assert_true(nic->plan.all.exposed);
	assert_false(feature_mask_is_empty(&nic->features.changeable));
	inspection_plan_todos(&inspection);
	assert_true(nic_has_todo(nic));

	assert_true(live_run("ip link add vxlan1 type vxlan id 2 dstport 4790 udpcsum"));
	assert_int_equal(inspection_read(folder.fd, &inspection), 0);
	assert_int_equal(inspection.nics.n_nics, 2);
	assert_int_equal(count_exposed(&inspection), 2);
	assert_int_equal(folder_count(&folder), 2); /* looking writes nothing */
}

/* A record that cannot be read wholly is told, and left as it is by those who only look. */
static void test_broken_record(void **state)
{
	_cleanup_(inspection_clear) struct inspection inspection = {0};
	struct sources sources = make_sources();
	_cleanup_free_ char *text = NULL;
	struct said said;
	int result;

	write_text("facts.json", affected_facts);
	write_text("changes.json", "{\"schema\":1}\n");
	assert_int_equal(inspection_judge(&sources, -1, &inspection, NULL), 0);
	said_begin(&said);
	result = inspection_look(&sources, folder.fd, &inspection);
	said_end(&said);
	assert_int_equal(result, 0);
	assert_int_equal(said.n_lines, 1);
	assert_non_null(strstr(said.text, "changes.json: 1 of its lines cannot be read"));
	assert_true(inspection.record->is_damaged);
	text = folder_read(&folder, "changes.json");
	assert_string_equal(text, "{\"schema\":1}\n");
}

/* A reload: good rules come into force, a configuration that this kernel cannot follow does not. */
static void test_replace_policy(void **state)
{
	_cleanup_(policy_in_force_clear) struct policy_in_force fresh = {.plan = {0}},
								wrong = {.plan = {0}};
	_cleanup_(inspection_clear) struct inspection inspection = {0};
	struct sources sources = make_sources();
	struct said said;
	int result;

	write_text("facts.json", affected_facts);
	assert_int_equal(inspection_judge(&sources, -1, &inspection, NULL), 0);
	assert_int_equal(inspection_open(&sources, &inspection), 0);
	write_text("agent.conf", "sweep = 7;\nturn_off = [ \"tx\" ];\n");
	assert_int_equal(policy_in_force_load(&sources, &fresh), 0);
	assert_int_equal(policy_in_force_replace(inspection.policy, &fresh, inspection.handle), 0);
	assert_int_equal(inspection.policy->config.sweep, 7);
	assert_int_equal(fresh.config.sweep, 60);

	write_text("agent.conf", "sweep = 8;\nturn_off = [ \"no-such-feature\" ];\n");
	assert_int_equal(policy_in_force_load(&sources, &wrong), 0);
	said_begin(&said);
	result = policy_in_force_replace(inspection.policy, &wrong, inspection.handle);
	said_end(&said);
	assert_int_equal(result, EXIT_CODE_BAD_INPUT);
	assert_int_equal(said.n_lines, 1);
	assert_non_null(strstr(said.text, "/agent.conf:2: turn_off: this kernel has no feature"));
	assert_int_equal(inspection.policy->config.sweep, 7);
	assert_int_equal(inspection.policy->judgement.verdict, ANSWER_YES);
	assert_int_equal(inspection.policy->plan.n_rules, SHIPPED);
}

#define inspection_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		inspection_test(test_load),
		inspection_test(test_load_faults),
		inspection_test(test_load_config),
		cmocka_unit_test(test_detection),
		inspection_test(test_facts_file),
		inspection_test(test_bad_facts),
		inspection_test(test_unreadable_facts),
		cmocka_unit_test(test_add_and_remove),
		cmocka_unit_test(test_recorded_nic),
		cmocka_unit_test(test_read_features),
		cmocka_unit_test(test_plan_todos),
		inspection_test(test_look),
		inspection_test(test_broken_record),
		inspection_test(test_replace_policy),
	};
	int result = private_run_enter();

	if (result == 0)
		result = live_namespace_enter();
	if (result != 0)
		return result;
	umask(022);
	/* A checkout may be anybody's; rules must be root's. */
	if (!live_run("cp -r " RULES_DIR " " RULES " && chown -R 0:0 " RULES
		      " && chmod -R go-w " RULES))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
