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

static void fill(const struct tree *tree, const struct tree_entry *entries)
{
	for (; entries->path; entries++) {
		if (entries->commands)
			tree_script(tree, entries->path, entries->commands);
		else if (entries->target)
			tree_link(tree, entries->path, entries->target);
		else if (entries->text)
			tree_write(tree, entries->path, entries->text, 0644);
		else
			tree_folder(tree, entries->path, 0755);
	}
}

/* clang-format off */
#define FOLDER(at)	   {at, NULL, NULL, NULL}
#define SCRIPT(at, runs)   {at, runs, NULL, NULL}
#define LINK(at, to)	   {at, NULL, to, NULL}
#define TEXT(at, says)	   {at, NULL, NULL, says}
#define KUBELET(at, says)  SCRIPT(at, "echo Kubernetes " says)
/* clang-format on */
#define PACKAGE "Package: kubelet\nStatus: hold ok installed\nVersion: 1.18.3-00\n"

/* Whether it is there, how many answers there are, and of which component is which version from
 * where. */
static char *in_words(const struct kubernetes_facts *facts)
{
	char *words;

	assert_true(asprintf(&words, "%s: %zu%s%s%s%s%s%s", answer_name(facts->present),
			     facts->n_answers, facts->component ? " " : "",
			     facts->component ? facts->component : "", facts->version ? " " : "",
			     facts->version ? facts->version : "", facts->source ? " <- " : "",
			     facts->source ? facts->source : "") > 0);
	return words;
}

static void assert_found(const struct tree_entry *entries, const char *kubelet,
			 const char *expected)
{
	_cleanup_(kubernetes_facts_clear) struct kubernetes_facts facts = {0};
	_cleanup_free_ char *found = NULL;
	struct tree tree;

	tree_make(&tree);
	fill(&tree, entries);
	detect(&tree, kubelet, &facts);
	found = in_words(&facts);
	assert_string_equal(found, expected);
	if (facts.version) {
		assert_string_equal(facts.answers[0].version, facts.version);
		assert_string_equal(facts.answers[0].component, facts.component);
		assert_string_equal(facts.answers[0].source, facts.source);
	}
	tree_remove(&tree);
}

static void test_sources(void **state)
{
	static const struct {
		struct tree_entry entries[4]; /* the last one is empty */
		const char *found;
	} cases[] = {
		{{FOLDER("/usr")}, "no: 0"},
		/* Traces. */
		{{FOLDER("/var/lib/kubelet")}, "yes: 0 <- /var/lib/kubelet"},
		{{FOLDER("/etc/kubernetes")}, "yes: 0 <- /etc/kubernetes"},
		{{FOLDER("/var/lib/rancher/k3s")}, "yes: 0 <- /var/lib/rancher/k3s"},
		{{FOLDER("/var/lib/rancher/rke2")}, "yes: 0 <- /var/lib/rancher/rke2"},
		{{FOLDER("/var/lib/rancher")}, "no: 0"},
		/* Programs. */
		{{KUBELET("/opt/bin/kubelet", "v1.18.3")},
		 "yes: 1 kubelet v1.18.3 <- /opt/bin/kubelet --version"},
		{{KUBELET("/opt/real", "v1.18.3"), LINK("/usr/bin/kubelet", "../../opt/real")},
		 "yes: 1 kubelet v1.18.3 <- /usr/bin/kubelet --version"},
		/* The first place that has one is enough. */
		{{KUBELET("/usr/bin/kubelet", "v1.18.3"), KUBELET("/opt/bin/kubelet", "v1.17.0")},
		 "yes: 1 kubelet v1.18.3 <- /usr/bin/kubelet --version"},
		/* The next one is asked when the first fails, and counts. */
		{{SCRIPT("/usr/bin/kubelet", "exit 2"), KUBELET("/opt/bin/kubelet", "v1.17.0")},
		 "yes: 2 kubelet v1.17.0 <- /opt/bin/kubelet --version"},
		{{SCRIPT("/usr/local/bin/k3s", "echo 'k3s version v1.18.2+k3s1 (698e444a)'")},
		 "yes: 1 k3s v1.18.2+k3s1 <- /usr/local/bin/k3s --version"},
		{{SCRIPT("/opt/rke2/bin/rke2",
			 "echo 'rke2 version v1.18.9+rke2r1 (0)'; echo go version go1.13")},
		 "yes: 1 rke2 v1.18.9+rke2r1 <- /opt/rke2/bin/rke2 --version"},
		{{SCRIPT("/usr/local/bin/k0s", "[ $1 = version ] && echo v1.20.4+k0s.0")},
		 "yes: 1 k0s v1.20.4+k0s.0 <- /usr/local/bin/k0s version"},
		/* A text that is no version is kept, but anything better wins. */
		{{KUBELET("/usr/bin/kubelet", "v0.0.0-master+abc")},
		 "yes: 1 kubelet v0.0.0-master+abc <- /usr/bin/kubelet --version"},
		{{KUBELET("/usr/bin/kubelet", "v0.0.0-master+abc"),
		  SCRIPT("/usr/bin/k3s", "echo k3s version v1.18.2")},
		 "yes: 2 k3s v1.18.2 <- /usr/bin/k3s --version"},
		/* kube-proxy's snap counts before the kubelet. */
		{{KUBELET("/usr/bin/kubelet", "v1.18.6"),
		  TEXT("/snap/kube-proxy/1/meta/snap.yaml", "version: 1.18.3\n"),
		  LINK("/snap/kube-proxy/current", "1")},
		 "yes: 2 kube-proxy 1.18.3 <- /snap/kube-proxy/current/meta/snap.yaml"},
		{{TEXT("/snap/microk8s/current/meta/snap.yaml", "version: v1.18.2\n")},
		 "yes: 1 microk8s v1.18.2 <- /snap/microk8s/current/meta/snap.yaml"},
		/* dpkg is asked only when no program answers. */
		{{TEXT("/var/lib/dpkg/status", PACKAGE)},
		 "yes: 1 kubelet 1.18.3-00 <- /var/lib/dpkg/status"},
		{{TEXT("/var/lib/dpkg/status", PACKAGE), KUBELET("/opt/bin/kubelet", "v1.18.6")},
		 "yes: 1 kubelet v1.18.6 <- /opt/bin/kubelet --version"},
		{{SCRIPT("/usr/bin/kubelet", "echo garbage")},
		 "yes: 1 <- /usr/bin/kubelet --version: printed something else than a version"},
		{{SCRIPT("/usr/bin/kubelet", "yes")},
		 "yes: 1 <- /usr/bin/kubelet --version: printed more than 4096 bytes, was killed"},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++)
		assert_found(cases[i].entries, NULL, cases[i].found);
}

/* A configured kubelet is the only program that is executed. */
static void test_configured_kubelet(void **state)
{
	static const struct tree_entry both[3] = {KUBELET("/srv/kubelet", "v1.16.9"),
						  KUBELET("/usr/bin/kubelet", "v1.18.6")};

	assert_found(both, "/srv/kubelet", "yes: 1 kubelet v1.16.9 <- /srv/kubelet --version");
	assert_found(both + 1, "/srv/kubelet", "no: 1");
	assert_found(both + 1, "usr/bin/kubelet", "no: 1");
}

static void test_refused(void **state)
{
	struct kubernetes_facts facts = {0};
	struct tree tree;

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

/* A program that must not be executed is found all the same, and a package has the version in its
 * place. */
static void test_never_execute(void **state)
{
	const struct detect_kubernetes_options options = {
		.program_limit_ms = 20000,
		.never_execute = "for a reason",
	};
	struct kubernetes_facts facts = {0};
	struct tree tree;

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
		cmocka_unit_test(test_parse_output), cmocka_unit_test(test_parse_snap),
		cmocka_unit_test(test_sources),	     cmocka_unit_test(test_configured_kubelet),
		cmocka_unit_test(test_refused),	     cmocka_unit_test(test_hidden_folder),
		cmocka_unit_test(test_places),	     cmocka_unit_test(test_never_execute),
		cmocka_unit_test(test_hanging),	     cmocka_unit_test(test_given),
	};

	tree_require_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
