/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/monotonic.h"
#include "agent/detect/detect_kubernetes.h"
#include "cleanup.h"
#include "tests/unit/agent/tree.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static void test_parse_output(void **state)
{
	static const struct {
		const char *output, *version;
	} cases[] = {
		{"Kubernetes v1.18.3\n", "v1.18.3"},
		{"Kubernetes v1.18.3", "v1.18.3"},
		{"Kubernetes 1.18.3\n", "1.18.3"},
		{"Kubernetes v1.18.9-eks-d1db3c\n", "v1.18.9-eks-d1db3c"},
		{"Kubernetes v0.0.0-master+$Format:%H$\n", "v0.0.0-master+$Format:%H$"},
		{"k3s version v1.18.2+k3s1 (698e444a)\n", "v1.18.2+k3s1"},
		{"k3s version v1.18.2+k3s1\n", "v1.18.2+k3s1"},
		{"k3s version v1.19.5+k3s2 (746cf403)\ngo version go1.15.5\n", "v1.19.5+k3s2"},
		{"rke2 version v1.23.7+rke2r2 (f1a6b1b2)\ngo version go1.17.5b7\n",
		 "v1.23.7+rke2r2"},
		{"v1.20.4+k0s.0\n", "v1.20.4+k0s.0"},
		{"v1.20.4\n", NULL},
		{"v1.20.4+k0s.0 more\n", NULL},
		{"", NULL},
		{"\n", NULL},
		{"Kubernetes \n", NULL},
		{"Kubernetes v\n", NULL},
		{"Kubernetes unknown\n", NULL},
		{"Kubernetes  v1.18.3\n", NULL},
		{" Kubernetes v1.18.3\n", NULL},
		{"warning\nKubernetes v1.18.3\n", NULL},
		{"Kubernetes v1.18.3\nmore\n", NULL},
		{"Kubernetes v1.18.3 more\n", NULL},
		{"Kubernetes v1.18.3\n\n", NULL},
		{"Kubernetes v1.18.3\033[31m\n", NULL},
		{"Kubernetes v1.18.3 (698e444a)\n", NULL},
		{"kubernetes v1.18.3\n", NULL},
		{"k3s version v1.18.2+k3s1 (698e444a\n", NULL},
		{"k3s version v1.18.2+k3s1 (a b)\n", NULL},
		{"k3s version v1.18.2+k3s1 (698e444a)\nrust version 1\n", NULL},
		{"v1.18.3\n", NULL},
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_free_ char *version = NULL;
		int result = detect_kubernetes_parse_output(cases[i].output, &version);

		if (result != (cases[i].version ? 0 : -EBADMSG))
			fail_msg("%s: %d, %s", cases[i].output, result, version);
		if (cases[i].version)
			assert_string_equal(version, cases[i].version);
	}
}

static void test_parse_snap(void **state)
{
	static const struct {
		const char *text, *version;
	} cases[] = {
		{"name: kubelet\nversion: 1.18.3\nsummary: x\n", "1.18.3"},
		{"version: 'v1.18.3'\n", "v1.18.3"},
		{"version: \"1.18.3\"  \n", "1.18.3"},
		{"version:   v1.18.3\r\n", "v1.18.3"},
		{"version: v1.18.3", "v1.18.3"},
		{"", NULL},
		{"version:\n", NULL},
		{"name: kubelet\n", NULL},
		{"apps:\n  version: 1.18.3\n", NULL}, /* not on the top level */
		{"xversion: 1.18.3\n", NULL},
		{"version: two words\n", NULL},
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_free_ char *version = NULL;
		int result = detect_kubernetes_parse_snap(cases[i].text, &version);

		if (result != (cases[i].version ? 0 : -ENOENT))
			fail_msg("%s: %d, %s", cases[i].text, result, version);
		if (cases[i].version)
			assert_string_equal(version, cases[i].version);
	}
}

static void detect(const struct tree *tree, const char *kubelet, struct kubernetes_facts *facts)
{
	const struct detect_kubernetes_options options = {
		.kubelet = kubelet,
		.program_limit_ms = 20000,
	};

	assert_int_equal(detect_kubernetes(tree->root, &options, facts), 0);
}

/* One file of a tree: a script when `commands`, a link when `target`, a folder else. */
struct tree_entry {
	const char *path, *commands, *target, *text;
};

static void fill(const struct tree *tree, const struct tree_entry entries[3])
{
	for (size_t i = 0; i < 3 && entries[i].path; i++) {
		if (entries[i].commands)
			tree_script(tree, entries[i].path, entries[i].commands);
		else if (entries[i].target)
			tree_link(tree, entries[i].path, entries[i].target);
		else if (entries[i].text)
			tree_write(tree, entries[i].path, entries[i].text, 0644);
		else
			tree_folder(tree, entries[i].path, 0755);
	}
}

#define K(version) .commands = "echo Kubernetes " version

static void test_sources(void **state)
{
	static const struct {
		struct tree_entry entries[3];
		const char *kubelet; /* as configured */
		enum answer present;
		const char *version, *component, *source;
		size_t n_answers;
	} cases[] = {
		{.entries = {{.path = "/usr"}}, .present = ANSWER_NO},
		/* Traces. */
		{.entries = {{.path = "/var/lib/kubelet"}},
		 .present = ANSWER_YES,
		 .source = "/var/lib/kubelet"},
		{.entries = {{.path = "/etc/kubernetes"}},
		 .present = ANSWER_YES,
		 .source = "/etc/kubernetes"},
		{.entries = {{.path = "/var/lib/rancher/k3s"}},
		 .present = ANSWER_YES,
		 .source = "/var/lib/rancher/k3s"},
		{.entries = {{.path = "/var/lib/rancher/rke2"}},
		 .present = ANSWER_YES,
		 .source = "/var/lib/rancher/rke2"},
		{.entries = {{.path = "/var/lib/rancher"}}, .present = ANSWER_NO},
		/* Programs. */
		{.entries = {{.path = "/opt/bin/kubelet", K("v1.18.3")}},
		 .present = ANSWER_YES,
		 .version = "v1.18.3",
		 .component = "kubelet",
		 .source = "/opt/bin/kubelet --version",
		 .n_answers = 1},
		{.entries = {{.path = "/opt/real", K("v1.18.3")},
			     {.path = "/usr/bin/kubelet", .target = "../../opt/real"}},
		 .present = ANSWER_YES,
		 .version = "v1.18.3",
		 .component = "kubelet",
		 .source = "/usr/bin/kubelet --version",
		 .n_answers = 1},
		/* The first place that tells one is enough. */
		{.entries = {{.path = "/usr/bin/kubelet", K("v1.18.3")},
			     {.path = "/opt/bin/kubelet", K("v1.17.0")}},
		 .present = ANSWER_YES,
		 .version = "v1.18.3",
		 .component = "kubelet",
		 .source = "/usr/bin/kubelet --version",
		 .n_answers = 1},
		/* The next one is asked when the first fails, and counts. */
		{.entries = {{.path = "/usr/bin/kubelet", .commands = "exit 2"},
			     {.path = "/opt/bin/kubelet", K("v1.17.0")}},
		 .present = ANSWER_YES,
		 .version = "v1.17.0",
		 .component = "kubelet",
		 .source = "/opt/bin/kubelet --version",
		 .n_answers = 2},
		{.entries = {{.path = "/usr/local/bin/k3s",
			      .commands = "echo 'k3s version v1.18.2+k3s1 (698e444a)'"}},
		 .present = ANSWER_YES,
		 .version = "v1.18.2+k3s1",
		 .component = "k3s",
		 .source = "/usr/local/bin/k3s --version",
		 .n_answers = 1},
		{.entries = {{.path = "/opt/rke2/bin/rke2",
			      .commands = "echo 'rke2 version v1.18.9+rke2r1 (0)'; "
					  "echo go version go1.13"}},
		 .present = ANSWER_YES,
		 .version = "v1.18.9+rke2r1",
		 .component = "rke2",
		 .source = "/opt/rke2/bin/rke2 --version",
		 .n_answers = 1},
		{.entries = {{.path = "/usr/local/bin/k0s",
			      .commands = "[ $1 = version ] && echo v1.20.4+k0s.0"}},
		 .present = ANSWER_YES,
		 .version = "v1.20.4+k0s.0",
		 .component = "k0s",
		 .source = "/usr/local/bin/k0s version",
		 .n_answers = 1},
		/* A text that is no version is kept, but anything better wins. */
		{.entries = {{.path = "/usr/bin/kubelet", K("v0.0.0-master+abc")}},
		 .present = ANSWER_YES,
		 .version = "v0.0.0-master+abc",
		 .component = "kubelet",
		 .source = "/usr/bin/kubelet --version",
		 .n_answers = 1},
		{.entries = {{.path = "/usr/bin/kubelet", K("v0.0.0-master+abc")},
			     {.path = "/usr/bin/k3s", .commands = "echo k3s version v1.18.2"}},
		 .present = ANSWER_YES,
		 .version = "v1.18.2",
		 .component = "k3s",
		 .source = "/usr/bin/k3s --version",
		 .n_answers = 2},
		/* kube-proxy's snap counts before the kubelet. */
		{.entries = {{.path = "/usr/bin/kubelet", K("v1.18.6")},
			     {.path = "/snap/kube-proxy/1/meta/snap.yaml",
			      .text = "version: 1.18.3\n"},
			     {.path = "/snap/kube-proxy/current", .target = "1"}},
		 .present = ANSWER_YES,
		 .version = "1.18.3",
		 .component = "kube-proxy",
		 .source = "/snap/kube-proxy/current/meta/snap.yaml",
		 .n_answers = 2},
		{.entries = {{.path = "/snap/microk8s/current/meta/snap.yaml",
			      .text = "version: v1.18.2\n"}},
		 .present = ANSWER_YES,
		 .version = "v1.18.2",
		 .component = "microk8s",
		 .source = "/snap/microk8s/current/meta/snap.yaml",
		 .n_answers = 1},
		/* dpkg is asked only when no program answers. */
		{.entries = {{.path = "/var/lib/dpkg/status",
			      .text = "Package: kubelet\nStatus: hold ok installed\n"
				      "Version: 1.18.3-00\n"}},
		 .present = ANSWER_YES,
		 .version = "1.18.3-00",
		 .component = "kubelet",
		 .source = "/var/lib/dpkg/status",
		 .n_answers = 1},
		{.entries = {{.path = "/var/lib/dpkg/status",
			      .text = "Package: kubelet\nStatus: hold ok installed\n"
				      "Version: 1.18.3-00\n"},
			     {.path = "/opt/bin/kubelet", K("v1.18.6")}},
		 .present = ANSWER_YES,
		 .version = "v1.18.6",
		 .component = "kubelet",
		 .source = "/opt/bin/kubelet --version",
		 .n_answers = 1},
		/* A configured kubelet is the only program that is executed. */
		{.entries = {{.path = "/srv/kubelet", K("v1.16.9")},
			     {.path = "/usr/bin/kubelet", K("v1.18.6")}},
		 .kubelet = "/srv/kubelet",
		 .present = ANSWER_YES,
		 .version = "v1.16.9",
		 .component = "kubelet",
		 .source = "/srv/kubelet --version",
		 .n_answers = 1},
		{.entries = {{.path = "/usr/bin/kubelet", K("v1.18.6")}},
		 .kubelet = "/srv/kubelet",
		 .present = ANSWER_NO,
		 .n_answers = 1},
		{.entries = {{.path = "/usr/bin/kubelet", K("v1.18.6")}},
		 .kubelet = "usr/bin/kubelet",
		 .present = ANSWER_NO,
		 .n_answers = 1},
		{.entries = {{.path = "/usr/bin/kubelet", .commands = "echo garbage"}},
		 .present = ANSWER_YES,
		 .source = "/usr/bin/kubelet --version: printed something else than a version",
		 .n_answers = 1},
		{.entries = {{.path = "/usr/bin/kubelet", .commands = "yes"}},
		 .present = ANSWER_YES,
		 .source = "/usr/bin/kubelet --version: printed more than 4096 bytes, was killed",
		 .n_answers = 1},
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct kubernetes_facts facts = {0};
		struct tree tree;

		tree_make(&tree);
		fill(&tree, cases[i].entries);
		detect(&tree, cases[i].kubelet, &facts);
		print_message("%zu: %s <- %s\n", i, facts.version, facts.source);
		assert_int_equal(facts.present, cases[i].present);
		assert_int_equal(facts.n_answers, cases[i].n_answers);
		assert_int_equal(!facts.version, !cases[i].version);
		assert_int_equal(!facts.source, !cases[i].source);
		if (facts.source)
			assert_string_equal(facts.source, cases[i].source);
		if (facts.version) {
			assert_string_equal(facts.version, cases[i].version);
			assert_string_equal(facts.component, cases[i].component);
			assert_string_equal(facts.answers[0].version, facts.version);
			assert_string_equal(facts.answers[0].component, facts.component);
			assert_string_equal(facts.answers[0].source, facts.source);
		}
		kubernetes_facts_clear(&facts);
		tree_remove(&tree);
	}
}

static void test_refused(void **state)
{
	struct kubernetes_facts facts = {0};
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_script(&tree, "/usr/bin/kubelet", "echo Kubernetes v1.18.6");
	assert_int_equal(chmod(tree_path(&tree, "/usr/bin"), 0777), 0);
	detect(&tree, NULL, &facts);
	assert_int_equal(facts.present, ANSWER_YES);
	assert_null(facts.version);
	assert_int_equal(facts.n_answers, 1);
	assert_null(facts.answers[0].version);
	assert_string_equal(facts.answers[0].component, "kubelet");
	assert_non_null(strstr(facts.answers[0].source, "/usr/bin/kubelet: not executed: "));
	assert_non_null(strstr(facts.answers[0].source, "chmod go-w "));
	assert_string_equal(facts.source, facts.answers[0].source);
	kubernetes_facts_clear(&facts);
	tree_remove(&tree);
}

/* A folder that may not be searched, as a service's /home, is no sign of what may be in it. */
static void test_hidden_folder(void **state)
{
	struct kubernetes_facts facts = {0};
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_folder(&tree, "/home", 0700);
	assert_int_equal(chmod(tree.path, 0755), 0);
	assert_int_equal(seteuid(1000), 0);
	detect(&tree, NULL, &facts);
	assert_int_equal(facts.present, ANSWER_NO);
	assert_int_equal(facts.n_answers, 0);
	detect(&tree, "/home/kubernetes/bin/kubelet", &facts);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(facts.present, ANSWER_NO);
	assert_string_equal(facts.answers[0].source,
			    "/home/kubernetes/bin/kubelet: not executed: Permission denied");
	kubernetes_facts_clear(&facts);
	tree_remove(&tree);
}

/* Each place of tests/data/field/places.tsv, which says what its columns are. */
static void test_places(void **state)
{
	FILE *file = fopen(TEST_DATA_DIR "/field/places.tsv", "re");
	_cleanup_free_ char *line = NULL;
	size_t n_places = 0, size = 0;

	(void)state;
	assert_non_null(file);
	while (getline(&line, &size, file) >= 0) {
		_cleanup_(kubernetes_facts_clear) struct kubernetes_facts facts = {0};
		char *at = line, *path = strsep(&at, "\t"), *output = strsep(&at, "\t");
		const char *version = strsep(&at, "\t");
		_cleanup_free_ char *commands = NULL;
		struct tree tree;

		if (*path == '#')
			continue;
		assert_non_null(version);
		assert_true(asprintf(&commands, "echo '%s'", output) > 0);
		tree_make(&tree);
		tree_script(&tree, path, commands);
		detect(&tree, NULL, &facts);
		if (!facts.version || strcmp(facts.version, version) != 0)
			fail_msg("%s: %s instead of %s", path, facts.version, version);
		tree_remove(&tree);
		n_places++;
	}
	fclose(file);
	assert_true(n_places > 10);
}

/* A program that must not be executed is found all the same, and a package tells in its place. */
static void test_never_execute(void **state)
{
	const struct detect_kubernetes_options options = {
		.program_limit_ms = 20000,
		.never_execute = "for a reason",
	};
	struct kubernetes_facts facts = {0};
	struct tree tree;

	(void)state;
	tree_make(&tree);
	assert_int_equal(detect_kubernetes(tree.root, &options, &facts), 0);
	assert_int_equal(facts.present, ANSWER_NO);
	tree_script(&tree, "/usr/bin/kubelet", "touch $0.executed; echo Kubernetes v1.18.3");
	assert_int_equal(detect_kubernetes(tree.root, &options, &facts), 0);
	assert_int_equal(facts.present, ANSWER_YES);
	assert_null(facts.version);
	assert_string_equal(facts.source, "/usr/bin/kubelet: not executed: for a reason");
	kubernetes_facts_clear(&facts);
	tree_write(&tree, "/var/lib/dpkg/status",
		   "Package: kubelet\nStatus: install ok installed\nVersion: 1.18.4-00\n", 0644);
	assert_int_equal(detect_kubernetes(tree.root, &options, &facts), 0);
	assert_string_equal(facts.version, "1.18.4-00");
	assert_false(node_root_has(tree.root, "/usr/bin/kubelet.executed"));
	kubernetes_facts_clear(&facts);
	tree_remove(&tree);
}

/* However many programs hang, all together get no more than twice the limit. */
static void test_hanging(void **state)
{
	const struct detect_kubernetes_options options = {
		.program_limit_ms = 300,
	};
	struct kubernetes_facts facts = {0};
	uint64_t started = monotonic_now_ms();
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_script(&tree, "/usr/bin/kubelet", "sleep 300");
	tree_script(&tree, "/usr/local/bin/kubelet", "sleep 300");
	tree_script(&tree, "/opt/bin/kubelet", "sleep 300");
	tree_script(&tree, "/usr/bin/k3s", "sleep 300");
	assert_int_equal(detect_kubernetes(tree.root, &options, &facts), 0);
	assert_true(monotonic_now_ms() - started >= 600);
	assert_true(monotonic_now_ms() - started < 10000);
	assert_int_equal(facts.present, ANSWER_YES);
	assert_null(facts.version);
	assert_int_equal(facts.n_answers, 4);
	assert_string_equal(facts.answers[0].source,
			    "/usr/bin/kubelet --version: did not end within 300 ms, was killed");
	kubernetes_facts_clear(&facts);
	tree_remove(&tree);
}

static void test_given(void **state)
{
	struct kubernetes_facts facts = {0};

	(void)state;
	assert_int_equal(detect_kubernetes_given("v1.18.3", &facts), 0);
	assert_int_equal(facts.present, ANSWER_YES);
	assert_string_equal(facts.version, "v1.18.3");
	assert_string_equal(facts.source, "option or configuration");
	assert_null(facts.component);
	assert_int_equal(facts.n_answers, 0);
	kubernetes_facts_clear(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_output),  cmocka_unit_test(test_parse_snap),
		cmocka_unit_test(test_sources),	      cmocka_unit_test(test_refused),
		cmocka_unit_test(test_hidden_folder), cmocka_unit_test(test_places),
		cmocka_unit_test(test_never_execute), cmocka_unit_test(test_hanging),
		cmocka_unit_test(test_given),
	};

	tree_require_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
