/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/detect/detect.h"
#include "tests/unit/agent/tree.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

/* The trees below tests/data, as one of each kind of node looks. */
static const struct {
	const char *name, *os_id, *os_version, *release, *signature;
	const char *family, *base, *build;
	enum answer present;
	const char *component, *version, *source;
} nodes[] = {
	{"debian-10", "debian", "10", "4.19.0-9-amd64", NULL, "debian", "4.19.118", NULL,
	 ANSWER_YES, "kubelet", "v1.18.3", "/usr/bin/kubelet --version"},
	{"ubuntu-18.04", "ubuntu", "18.04", "4.15.0-106-generic",
	 "Ubuntu 4.15.0-106.107-generic 4.15.18", "ubuntu", "4.15.18", "106.107", ANSWER_YES,
	 "kube-proxy", "1.18.3", "/snap/kube-proxy/current/meta/snap.yaml"},
	{"rhel-8", "rhel", "8.2", "4.18.0-193.6.3.el8_2.x86_64", NULL, "rhel", "4.18.0", "193.6.3",
	 ANSWER_YES, "kubelet", "v1.18.4", "/usr/bin/kubelet --version"},
	{"amazon-2", "amzn", "2", "4.14.177-139.254.amzn2.x86_64", NULL, "amazon", "4.14.177", NULL,
	 ANSWER_YES, "kubelet", "v1.17.5", "/usr/bin/kubelet --version"},
	{"flatcar", "flatcar", "2466.0.0", "4.19.113-flatcar", NULL, "flatcar", "4.19.113", NULL,
	 ANSWER_YES, "kubelet", "v1.18.2", "/opt/bin/kubelet --version"},
	{"k3s", "ubuntu", "20.04", "5.4.0-31-generic", "Ubuntu 5.4.0-31.35-generic 5.4.34",
	 "ubuntu", "5.4.34", "31.35", ANSWER_YES, "k3s", "v1.18.2+k3s1",
	 "/usr/local/bin/k3s --version"},
	{"eks", "amzn", "2", "4.14.181-140.257.amzn2.x86_64", NULL, "amazon", "4.14.181", NULL,
	 ANSWER_YES, "kubelet", "v1.18.9-eks-d1db3c", "/usr/bin/kubelet --version"},
	{"kubeadm-deb", "ubuntu", "18.04", "4.15.0-108-generic",
	 "Ubuntu 4.15.0-108.109-generic 4.15.18", "ubuntu", "4.15.18", "108.109", ANSWER_YES,
	 "kubelet", "1.18.3-00", "/var/lib/dpkg/status"},
	{"plain", "debian", "10", "4.19.0-9-amd64", NULL, "debian", "4.19.118", NULL, ANSWER_NO,
	 NULL, NULL, NULL},
};

static void test_nodes(void **state)
{
	for (size_t i = 0; i < N_ELEMENTS(nodes); i++) {
		struct facts facts = {0};
		struct tree tree;
		const struct detect_options options = {.root = tree.path, .proxy_metrics = ""};

		tree_copy(&tree, nodes[i].name);
		assert_int_equal(detect_node(&options, NULL, NULL, &facts), 0);
		assert_same_text(nodes[i].name, facts.os.id, nodes[i].os_id);
		assert_same_text(nodes[i].name, facts.os.version_id, nodes[i].os_version);
		assert_same_text(nodes[i].name, facts.os.source, "/etc/os-release");
		assert_same_text(nodes[i].name, facts.kernel.release, nodes[i].release);
		assert_same_text(nodes[i].name, facts.kernel.signature, nodes[i].signature);
		assert_same_text(nodes[i].name, facts.kernel.source, "/proc");
		assert_same_text(nodes[i].name, facts.kernel.family, nodes[i].family);
		assert_same_text(nodes[i].name, facts.kernel.base, nodes[i].base);
		assert_same_text(nodes[i].name, facts.kernel.build, nodes[i].build);
		assert_int_equal(facts.kubernetes.present, nodes[i].present);
		assert_same_text(nodes[i].name, facts.kubernetes.component, nodes[i].component);
		assert_same_text(nodes[i].name, facts.kubernetes.version, nodes[i].version);
		assert_same_text(nodes[i].name, facts.kubernetes.source, nodes[i].source);
		assert_false(facts.links_known);
		facts_clear(&facts);
		tree_remove(&tree);
	}
}

static void test_overrides(void **state)
{
	struct facts facts = {0};
	struct tree tree;
	struct detect_options options = {.root = tree.path, .proxy_metrics = ""};

	tree_copy(&tree, "debian-10");
	options.kernel_release = "5.4.38";
	assert_int_equal(detect_node(&options, NULL, NULL, &facts), 0);
	assert_string_equal(facts.kernel.release, "5.4.38");
	assert_string_equal(facts.kernel.base, "5.4.38");
	assert_null(facts.kernel.version);
	assert_null(facts.os.id);
	assert_string_equal(facts.kubernetes.version, "v1.18.3");
	assert_non_null(facts.machine.arch); /* the machine remains this one */
	facts_clear(&facts);

	options.kernel_release = NULL;
	options.kubernetes_version = "v1.17.1";
	assert_int_equal(detect_node(&options, NULL, NULL, &facts), 0);
	assert_string_equal(facts.kernel.release, "4.19.0-9-amd64");
	assert_string_equal(facts.os.id, "debian");
	assert_string_equal(facts.kubernetes.version, "v1.17.1");
	assert_int_equal(facts.kubernetes.n_answers, 0);
	facts_clear(&facts);
	tree_remove(&tree);

	/* With both, the root folder need not be there. */
	options.kernel_release = "5.4.38";
	assert_int_equal(detect_node(&options, NULL, NULL, &facts), 0);
	assert_string_equal(facts.kernel.release, "5.4.38");
	assert_string_equal(facts.kubernetes.version, "v1.17.1");
	facts_clear(&facts);
	options.kernel_release = NULL;
	assert_int_equal(detect_node(&options, NULL, NULL, &facts), -ENOENT);
}

/* This very machine: whatever it is, its kernel is known. */
static void test_here(void **state)
{
	const struct detect_options options = {.kubernetes_version = "v1.18.3"};
	struct facts facts = {0};
	struct utsname name;

	assert_int_equal(uname(&name), 0);
	assert_int_equal(detect_node(&options, NULL, NULL, &facts), 0);
	assert_string_equal(facts.kernel.release, name.release);
	assert_string_equal(facts.kernel.version, name.version);
	facts_clear(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_overrides),
		cmocka_unit_test(test_here),
	};

	tree_require_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
