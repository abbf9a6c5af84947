/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The child is this same program: started as `offload-agent facts ...` it plays the part that
 * --proxy-metrics names, or really detects; with --nat-rules that which --root names; as
 * `offload-agent probe ...` it plays what --backend stands for, in a /run of the test's own.
 */

#include "agent/base/boot_id.h"
#include "agent/base/json_writer.h"
#include "agent/base/monotonic.h"
#include "agent/detect/detect_child.h"
#include "agent/facts/facts_json.h"
#include "agent/guarded/child_process.h"
#include "agent/guarded/privileges.h"
#include "agent/probe/probe_child.h"
#include "cleanup.h"
#include "tests/unit/agent/private_run.h"
#include "tests/unit/agent/tree.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <linux/capability.h>

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

	if (detect_node(&options, NULL, NULL, &facts) < 0)
		return 70;
	facts_json_write(&writer, NULL, &facts, NULL);
	facts_clear(&facts);
	return 0;
}

static void read_power(char uid[static 256], char capabilities[static 256])
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/status", "re");
	char line[256];

	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Uid: %255s", uid) == 1)
			continue;
		sscanf(line, "CapEff: %255s", capabilities);
	}
}

static void print_command_line(char *argv[])
{
	for (size_t i = 0; argv[i]; i++)
		printf("%s%s", i ? " " : "", argv[i]);
}

/* Its command line, and who it is, in the form of facts. */
static int play_mirror(char *argv[])
{
	char uid[256] = "", capabilities[256] = "";

	read_power(uid, capabilities);
	printf("{\"kernel\":{\"release\":\"");
	print_command_line(argv);
	printf("\",\"version\":\"%s\",\"signature\":\"%s\"}}", uid, capabilities);
	return 0;
}

/* What it may do, in the form of facts. */
static int play_nat_rules(char *argv[])
{
	const char *part = find_option(argv, "--root");

	if (!part)
		printf("{\"nat_rules\":{\"read\":true,\"vulnerable\":\"yes\",\"reason\":"
		       "\"admin %d, raw %d, sys_admin %d\",\"source\":\"%s\"},"
		       "\"nat_seen\":{\"looked\":true,\"flows\":3,\"rewritten\":2}}",
		       privileges_have(CAP_NET_ADMIN), privileges_have(CAP_NET_RAW),
		       privileges_have(CAP_SYS_ADMIN), argv[4]);
	else if (strcmp(part, "garbage") == 0)
		puts("{garbage");
	while (part && strcmp(part, "flood") == 0)
		puts("and more of it, without an end");
	return part && strcmp(part, "error") == 0 ? 70 : 0;
}

/* auto: a measurement that prints its command line and power; netlink: nonsense; ioctl: nothing. */
static int play_probe(char *argv[])
{
	char uid[256] = "", capabilities[256] = "", boot_id[BOOT_ID_SIZE] = "";
	const char *part = find_option(argv, "--backend");

	if (strcmp(part, "netlink") == 0)
		return puts("{garbage") < 0;
	while (strcmp(part, "ioctl") == 0)
		pause();
	read_power(uid, capabilities);
	if (boot_id_read(boot_id) < 0)
		return 70;
	printf("{\"schema\":1,\"boot_id\":\"%s\",\"zero_checksum\":\"clean\","
	       "\"udp_checksum\":\"corrupt\",\"time\":\"%s %s ",
	       boot_id, uid, capabilities);
	print_command_line(argv);
	puts("\"}");
	return 1; /* as for "corrupts" */
}

static int play(char *argv[])
{
	const char *part = find_option(argv, "--proxy-metrics");

	if (strcmp(argv[3], "--nat-rules") == 0)
		return play_nat_rules(argv);
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
	const struct detect_options options = {.root = tree.path, .root_is_this_node = true};

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

/* The mirror prints a user that no other process has. */
static void assert_own_user(const struct facts *facts)
{
	unsigned long user = strtoul(facts->kernel.version, NULL, 10);

	assert_true(user - PRIVILEGES_OWN_USER_FIRST < PRIVILEGES_OWN_USERS);
}

static void test_command_line_and_power(void **state)
{
	struct facts facts = {0};
	struct detect_options options = {.proxy_metrics = "mirror"};

	assert_int_equal(detect_node_in_child(&options, &facts), 0);
	assert_string_equal(facts.kernel.release,
			    "offload-agent facts --json --without-links --config=/dev/null "
			    "--proxy-metrics=mirror");
	assert_own_user(&facts);
	assert_string_equal(facts.kernel.signature, "0000000000000000");
	facts_clear(&facts);

	options.root = "/tmp";
	options.root_is_this_node = true;
	options.kubelet = "/usr/bin/kubelet";
	options.kubernetes_version = "v1.18.3";
	assert_int_equal(detect_node_in_child(&options, &facts), 0);
	assert_string_equal(
		facts.kernel.release,
		"offload-agent facts --json --without-links --config=/dev/null "
		"--root=/tmp --root-is-this-node --kubelet=/usr/bin/kubelet --proxy-metrics=mirror "
		"--kubernetes-version=v1.18.3");
	/* A tree can be closed to all but root: it may be read all the same (CAP_DAC_READ_SEARCH).
	 */
	assert_own_user(&facts);
	assert_string_equal(facts.kernel.signature, "0000000000000004");
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

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
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

	assert_int_equal(detect_child_start(&options, &child), 0);
	while ((result = detect_child_read(child)) == -EAGAIN) {
		struct pollfd polled = {.fd = detect_child_fd(child), .events = POLLIN};

		assert_int_equal(poll(&polled, 1, 20000), 1);
	}
	assert_int_equal(result, 0);
	assert_int_equal(detect_child_finish(child, &facts), 0);
	assert_own_user(&facts);
	facts_clear(&facts);
	assert_null(detect_child_free(child));
}

static void test_hanging_child_is_killed(void **state)
{
	const struct detect_options options = {.proxy_metrics = "hang"};
	uint64_t started = monotonic_now_ms();
	struct detect_child *child = NULL;

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

	assert_int_equal(detect_node_in_child(&options, &facts), 0);
	assert_string_equal(facts.kernel.base, "4.19.118");
	assert_string_equal(facts.kubernetes.version, "v1.18.3");
	assert_null(facts.os.id);
	facts_clear(&facts);
}

/* The nat rules come from a second child, with just the power that it needs. */
static void test_nat_rules(void **state)
{
	static const char reason[] = "admin 1, raw 1, sys_admin 0";
	struct detect_options options = {.proxy_metrics = "mirror", .nat_rules = true};
	struct facts alone = {0};
	struct facts facts = {0};

	assert_int_equal(detect_node_in_child(&options, &facts), 0);
	assert_string_equal(facts.kernel.signature, "0000000000000000");
	assert_true(facts.nat_rules.read);
	assert_int_equal(facts.nat_rules.vulnerable, ANSWER_YES);
	assert_string_equal(facts.nat_rules.reason, reason);
	assert_string_equal(facts.nat_rules.source, "--config=/dev/null");
	facts_clear(&facts);

	assert_int_equal(detect_nat_rules_in_child(&options, &alone), 0);
	assert_string_equal(alone.nat_rules.reason, reason);
	assert_int_equal(alone.nat_seen.rewritten, 2);
	facts_clear(&alone);
}

/* Whatever goes wrong in there: the rest is as good as without it. */
static void test_bad_nat_rules(void **state)
{
	static const char *const parts[] = {"garbage", "error", "flood", "nothing"};

	for (size_t i = 0; i < N_ELEMENTS(parts); i++) {
		const struct detect_options options = {
			.root = parts[i],
			.proxy_metrics = "mirror",
			.nat_rules = true,
		};
		struct facts facts = {0};

		assert_int_equal(detect_node_in_child(&options, &facts), 0);
		assert_non_null(facts.kernel.release);
		assert_false(facts.nat_rules.read);
		assert_non_null(strstr(facts.nat_rules.reason, "the process that reads them"));
		facts_clear(&facts);
	}
}

/* The facts and the measurement are of two children; the second keeps the power to measure. */
static void test_measures(void **state)
{
	struct detect_options options = {.proxy_metrics = "mirror", .measure = true};
	char expected[1024], uid[256] = "", capabilities[256] = "";
	struct facts facts = {0};

	read_power(uid, capabilities);
	snprintf(capabilities, sizeof(capabilities), "%016llx",
		 (unsigned long long)PROBE_CHILD_CAPABILITIES);
	for (int i = 0; i < 2; i++) {
		options.keep_measurement = i;
		assert_int_equal(detect_node_in_child(&options, &facts), 0);
		assert_own_user(&facts);
		assert_int_equal(facts.measured.zero_checksum, ANSWER_NO);
		assert_int_equal(facts.measured.udp_checksum, ANSWER_YES);
		snprintf(expected, sizeof(expected),
			 "offload-agent probe, %s %s offload-agent probe --json --backend=auto%s",
			 uid, capabilities, i ? " --keep" : "");
		assert_string_equal(facts.measured.source, expected);
		facts_clear(&facts);
	}

	/* There may be nothing to detect, but something to measure. */
	options = (struct detect_options){
		.proxy_metrics = "mirror",
		.kubernetes_version = "v1.18.3",
		.kernel_release = "4.19.118",
		.measure = true,
	};
	assert_int_equal(detect_node_in_child(&options, &facts), 0);
	assert_int_equal(facts.measured.udp_checksum, ANSWER_YES);
	facts_clear(&facts);
}

/* No measurement is asked for: unknown, without a source. */
static void test_does_not_measure(void **state)
{
	const struct detect_options options = {.proxy_metrics = "mirror"};
	struct facts facts = {0};

	assert_int_equal(detect_node_in_child(&options, &facts), 0);
	assert_null(facts.measured.source);
	facts_clear(&facts);
}

/* A measurement that goes wrong does not spoil the facts. */
static void test_bad_measurement(void **state)
{
	const struct detect_options options = {
		.proxy_metrics = "mirror",
		.measure = true,
		.backend = ETHTOOL_NL_NETLINK,
	};
	struct facts facts = {0};

	assert_int_equal(detect_node_in_child(&options, &facts), 0);
	assert_own_user(&facts);
	assert_int_equal(facts.measured.zero_checksum, ANSWER_UNKNOWN);
	assert_int_equal(facts.measured.udp_checksum, ANSWER_UNKNOWN);
	assert_string_equal(facts.measured.source, "the measurement failed: Bad message");
	facts_clear(&facts);
}

/* The answer is complete when both are; nothing is polled in vain meanwhile. */
static void test_slow_measurement(void **state)
{
	const struct detect_options options = {
		.proxy_metrics = "mirror",
		.measure = true,
		.backend = ETHTOOL_NL_IOCTL,
	};
	struct detect_child *child = NULL;
	struct pollfd polled = {.events = POLLIN};
	int n_wakeups = 0;

	assert_int_equal(detect_child_start(&options, &child), 0);
	polled.fd = detect_child_fd(child);
	while (poll(&polled, 1, 500) > 0) {
		assert_int_equal(detect_child_read(child), -EAGAIN);
		assert_true(++n_wakeups < 20);
	}
	assert_true(n_wakeups > 0);
	assert_null(detect_child_free(child));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
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
		cmocka_unit_test(test_nat_rules),
		cmocka_unit_test(test_bad_nat_rules),
		cmocka_unit_test(test_measures),
		cmocka_unit_test(test_does_not_measure),
		cmocka_unit_test(test_bad_measurement),
		cmocka_unit_test(test_slow_measurement),
	};
	int result;

	if (argc > 1 && strcmp(argv[1], "facts") == 0)
		return play(argv);
	if (argc > 1 && strcmp(argv[1], "probe") == 0)
		return play_probe(argv);
	tree_require_root();
	result = private_run_enter();
	return result ? result : cmocka_run_group_tests(tests, NULL, NULL);
}
