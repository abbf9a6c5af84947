/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The child is this same program: started as `offload-agent facts ...` it plays the part that
 * --proxy-metrics names, or really detects.
 */

#include "agent/child_process.h"
#include "agent/detect_child.h"
#include "agent/facts_json.h"
#include "agent/monotonic.h"
#include "cleanup.h"
#include "tests/unit/agent/tree.h"
#include "tests/unit/ethtool_nl/unit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static const char *find_option(char *argv[], const char *name)
{
	size_t length = strlen(name);

	for (; *argv; argv++) {
		if (strncmp(*argv, name, length) == 0 && (*argv)[length] == '=')
			return *argv + length + 1;
	}
	return NULL;
}

static int play_detection(char *argv[])
{
	const struct detect_options options = {
		.root = find_option(argv, "--root"),
		.kubelet = find_option(argv, "--kubelet"),
		.proxy_metrics = "",
		.kubernetes_version = find_option(argv, "--kubernetes-version"),
		.kernel_release = find_option(argv, "--kernel-release"),
	};
	struct json_writer writer = {.output = stdout};
	struct facts facts = {0};

	if (detect_node(&options, &facts) < 0)
		return 70;
	facts_json_write(&writer, NULL, &facts, NULL);
	facts_clear(&facts);
	return 0;
}

/* Its command line, and who it is, in the form of facts. */
static int play_mirror(char *argv[])
{
	char line[256], uid[256] = "", capabilities[256] = "";
	_cleanup_fclose_ FILE *file = fopen("/proc/self/status", "re");

	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Uid: %255s", uid) == 1)
			continue;
		sscanf(line, "CapEff: %255s", capabilities);
	}
	printf("{\"kernel\":{\"release\":\"");
	for (size_t i = 0; argv[i]; i++)
		printf("%s%s", i ? " " : "", argv[i]);
	printf("\",\"version\":\"%s\",\"signature\":\"%s\"}}", uid, capabilities);
	return 0;
}

static int play(char *argv[])
{
	const char *part = find_option(argv, "--proxy-metrics");

	if (!part)
		return play_detection(argv);
	if (strcmp(part, "mirror") == 0)
		return play_mirror(argv);
	if (strcmp(part, "garbage") == 0)
		return puts("{garbage") < 0;
	if (strcmp(part, "error") == 0)
		return puts("{}") < 0 ? 1 : 70;
	while (strcmp(part, "flood") == 0)
		puts("and more of it, without an end");
	if (strcmp(part, "killed") == 0)
		raise(SIGKILL);
	if (strcmp(part, "not executed") == 0)
		_exit(CHILD_PROCESS_NOT_EXECUTED);
	while (strcmp(part, "hang") == 0)
		pause();
	return 1;
}

static void test_detects(void **state)
{
	struct facts facts = {0};
	struct tree tree;
	const struct detect_options options = {.root = tree.path};

	(void)state;
	tree_copy(&tree, "debian-10");
	assert_int_equal(detect_node_in_child(&options, &facts), 0);
	assert_string_equal(facts.kernel.release, "4.19.0-9-amd64");
	assert_string_equal(facts.kernel.base, "4.19.118");
	assert_string_equal(facts.kubernetes.version, "v1.18.3");
	assert_string_equal(facts.kubernetes.answers[0].source, "/usr/bin/kubelet --version");
	assert_int_equal(facts.kubernetes.present, ANSWER_YES);
	assert_false(facts.links_known);
	facts_clear(&facts);
	tree_remove(&tree);
}

static void test_command_line_and_power(void **state)
{
	struct facts facts = {0};
	struct detect_options options = {.proxy_metrics = "mirror"};

	(void)state;
	assert_int_equal(detect_node_in_child(&options, &facts), 0);
	assert_string_equal(facts.kernel.release,
			    "offload-agent facts --json --without-links --config=/dev/null "
			    "--proxy-metrics=mirror");
	assert_string_equal(facts.kernel.version, "65534");
	assert_string_equal(facts.kernel.signature, "0000000000000000");
	facts_clear(&facts);

	options.root = "/tmp";
	options.kubelet = "/usr/bin/kubelet";
	options.kubernetes_version = "v1.18.3";
	assert_int_equal(detect_node_in_child(&options, &facts), 0);
	assert_string_equal(facts.kernel.release,
			    "offload-agent facts --json --without-links --config=/dev/null "
			    "--root=/tmp --kubelet=/usr/bin/kubelet --proxy-metrics=mirror "
			    "--kubernetes-version=v1.18.3");
	/* The same user, to read a tree of his; but without power. */
	assert_string_equal(facts.kernel.version, "0");
	assert_string_equal(facts.kernel.signature, "0000000000000000");
	facts_clear(&facts);
}

static void test_bad_answers(void **state)
{
	static const struct {
		const char *part;
		int result;
	} cases[] = {
		{"garbage", -EBADMSG}, {"error", -EPROTO},  {"flood", -EFBIG},
		{"nothing", -EPROTO},  {"killed", -ECHILD}, {"not executed", -ECHILD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct detect_options options = {.proxy_metrics = cases[i].part};
		struct facts facts = {0};

		assert_int_equal(detect_node_in_child(&options, &facts), cases[i].result);
		assert_null(facts.kernel.release);
	}
}

static void test_step_by_step(void **state)
{
	const struct detect_options options = {.proxy_metrics = "mirror"};
	struct detect_child *child = NULL;
	struct facts facts = {0};
	int result;

	(void)state;
	assert_int_equal(detect_child_start(&options, &child), 0);
	while ((result = detect_child_read(child)) == -EAGAIN) {
		struct pollfd polled = {.fd = detect_child_fd(child), .events = POLLIN};

		assert_int_equal(poll(&polled, 1, 20000), 1);
	}
	assert_int_equal(result, 0);
	assert_int_equal(detect_child_finish(child, &facts), 0);
	assert_string_equal(facts.kernel.version, "65534");
	facts_clear(&facts);
	assert_null(detect_child_free(child));
}

static void test_hanging_child_is_killed(void **state)
{
	const struct detect_options options = {.proxy_metrics = "hang"};
	uint64_t started = monotonic_now_ms();
	struct detect_child *child = NULL;

	(void)state;
	assert_int_equal(detect_child_start(&options, &child), 0);
	assert_true(detect_child_deadline(child) >= started + DETECT_TIME_LIMIT_MS);
	assert_int_equal(detect_child_read(child), -EAGAIN);
	assert_null(detect_child_free(child));
	assert_true(monotonic_now_ms() - started < 10000);
	/* Reaped, too: no child is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_nothing_to_detect(void **state)
{
	const struct detect_options options = {
		.proxy_metrics = "hang",
		.kubernetes_version = "v1.18.3",
		.kernel_release = "4.19.118",
	};
	struct facts facts = {0};

	(void)state;
	assert_int_equal(detect_node_in_child(&options, &facts), 0);
	assert_string_equal(facts.kernel.base, "4.19.118");
	assert_string_equal(facts.kubernetes.version, "v1.18.3");
	assert_null(facts.os.id);
	facts_clear(&facts);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detects),
		cmocka_unit_test(test_command_line_and_power),
		cmocka_unit_test(test_bad_answers),
		cmocka_unit_test(test_step_by_step),
		cmocka_unit_test(test_hanging_child_is_killed),
		cmocka_unit_test(test_nothing_to_detect),
	};

	if (argc > 1 && strcmp(argv[1], "facts") == 0)
		return play(argv);
	tree_require_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
